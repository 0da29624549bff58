import Foundation
import Serving
import Storage
import Testing

/// Who is let in, and what stands at which path.
@Suite struct RequestGateTests {
    private static let post = "POST /v1/chat/completions\nContent-Type: application/json\nContent-Length: 2"

    private func status(
        _ served: ServedModel, _ text: String, host: String = "127.0.0.1:80"
    ) throws -> Int {
        switch served.service.admission(of: try ServedModel.head(text, host: host)) {
        case .answer(let answer): answer.status
        case .body: 0
        }
    }

    @Test func aTokenIsNeeded() throws {
        let served = try ServedModel(token: "abcdefghijklmnop")
        for line in [
            "", "\nAuthorization: Bearer abcdefghijklmnoq", "\nAuthorization: Bearer",
            "\nAuthorization: Basic abcdefghijklmnop",
            "\nAuthorization: Bearer abcdefghijklmnop x", "\nAuthorization: abcdefghijklmnop",
            "\nAuthorization: Bearer abcdefghijklmno",
        ] {
            #expect(try status(served, Self.post + line) == 401, "\(line)")
            #expect(try status(served, "GET /v1/models" + line) == 401)
        }
        for line in ["\nAuthorization: Bearer abcdefghijklmnop", "\nauthorization:  bearer abcdefghijklmnop"]
        {
            #expect(try status(served, Self.post + line) == 0)
            #expect(try status(served, "GET /v1/models/tiny" + line) == 200)
        }
        #expect(try status(served, "GET /health") == 200)
        served.slots.stop()
    }

    @Test func aNameOfSomebodyElseIsRefused() throws {
        let served = try ServedModel()
        for host in [
            "127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "10.0.0.7",
            "served.test:8080",
        ] {
            #expect(try status(served, Self.post, host: host) == 0, "\(host)")
        }
        for host in [
            "evil.test", "evil.test:8080", "localhost.evil.test", "127.0.0.1.evil.test", "served.test.",
            "127.1",
        ] {
            #expect(try status(served, Self.post, host: host) == 403, "\(host)")
        }
        for host in ["", ":80", "localhost:x", "localhost:99999", "[::1", "[]"] {
            #expect(try status(served, Self.post, host: host) == 400, "\(host)")
        }
        let bare = try RequestHead(parsing: Array("GET /health HTTP/1.1\r\n\r\n".utf8))
        guard case .answer(let answer) = served.service.admission(of: bare) else {
            Issue.record("let in")
            return
        }
        #expect(answer.status == 400)
        served.slots.stop()
    }

    @Test func paths() throws {
        let served = try ServedModel()
        #expect(try status(served, "GET /") == 404 && status(served, "GET /v1/models/other") == 404)
        #expect(
            try status(served, "GET /v1/chat/completions") == 405 && status(served, "POST /v1/models") == 405)
        #expect(try status(served, "POST /v1/completions\nContent-Length: 2") == 415)
        #expect(
            try status(served, "POST /v1/completions\nContent-Length: 2\nContent-Type: text/plain") == 415)
        #expect(try status(served, "POST /v1/completions\nContent-Type: application/json") == 411)
        #expect(
            try status(
                served,
                "POST /v1/completions\nContent-Type: application/json; charset=utf-8\nContent-Length: 4096")
                == 0)
        #expect(
            try status(served, "POST /v1/completions\nContent-Type: application/json\nContent-Length: 4097")
                == 413)
        guard case .answer(let answer) = served.service.admission(of: try ServedModel.head("GET /v1/models"))
        else {
            Issue.record("no list")
            return
        }
        #expect(
            try JSONValue(parsing: answer.content)["data"]?.elements?.first?["id"]?.string == "tiny")
        let text = String(decoding: answer.bytes, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.contains("\r\nConnection: close\r\n"))
        served.slots.stop()
    }

    @Test func addresses() {
        func isLoopback(_ host: String) -> Bool? { ServedAddress(host, port: 1)?.isLoopback }
        #expect(
            isLoopback("127.0.0.1") == true && isLoopback("localhost") == true
                && isLoopback("127.9.9.9") == true)
        #expect(
            isLoopback("::1") == true && isLoopback("0.0.0.0") == false && isLoopback("10.0.0.1") == false)
        #expect(isLoopback("::") == false && isLoopback("example.test") == nil && isLoopback("") == nil)
        #expect(ServedAddress("::1", port: 0)?.url(port: 7) == "http://[::1]:7")
    }

    @Test func aTokenIsALineOfAFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func token(_ text: String) throws -> String {
            let path = folder.appending(path: "t").path
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try TokenFileError.token(in: path)
        }
        #expect(
            try token("0123456789abcdef\n") == "0123456789abcdef"
                && token("0123456789abcde-._~+/=").count == 22)
        for bad in [
            "", "\n", "short\n", "0123456789 abcdef\n", "0123456789abcdef\n\n", "0123456789abcd\u{E9}f",
        ] {
            #expect(throws: TokenFileError.self) { try token(bad) }
        }
        #expect(throws: StorageError.self) { try TokenFileError.token(in: folder.path + "/none") }
    }
}
