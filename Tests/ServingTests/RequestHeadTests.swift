import Serving
import TestSupport
import Testing

/// Headers as clients and strangers send them.
@Suite struct RequestHeadTests {
    private static func head(_ text: String) throws -> RequestHead {
        try RequestHead(parsing: Array(text.replacing("\n", with: "\r\n").utf8))
    }

    @Test func aHeaderIsRead() throws {
        let head = try Self.head(
            "POST /v1/x?y=1 HTTP/1.1\nHost: a:1\nX-A: b: c \t\nx-a:\nContent-Length: 12\n\n")
        #expect(head.method == "POST" && head.path == "/v1/x" && head.bodyLength == 12)
        #expect(head.fields == ["host": "a:1", "x-a": "", "content-length": "12"])
        #expect(try Self.head("GET / HTTP/1.1\n\n").bodyLength == nil)
    }

    static let bad: [(String, Int)] = [
        ("GET / HTTP/1.0\n\n", 505), ("GET /\n\n", 400), ("GET  / HTTP/1.1\n\n", 400),
        ("G(T / HTTP/1.1\n\n", 400),
        ("GET http://a/ HTTP/1.1\n\n", 400), ("GET / HTTP/1.1\nA : b\n\n", 400),
        ("GET / HTTP/1.1\n b\n\n", 400),
        ("GET / HTTP/1.1\nHost: a\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\nContent-Length: 1\ncontent-length: 1\n\n", 400),
        ("GET / HTTP/1.1\nContent-Length: +1\n\n", 400), ("GET / HTTP/1.1\nContent-Length: 1,1\n\n", 400),
        ("GET / HTTP/1.1\nContent-Length:\n\n", 400),
        ("GET / HTTP/1.1\nContent-Length: 9999999999999\n\n", 400),
        ("GET / HTTP/1.1\nTransfer-Encoding: chunked\n\n", 411), ("GET / HTTP/1.1\nA: \u{E9}\n\n", 400),
        ("GET / HTTP/1.1\nA: \u{0}\n\n", 400), ("\n\n", 400), ("GET / HTTP/1.1\n", 400),
        ("GET / HTTP/1.1\n" + String(repeating: "A: b\n", count: 101) + "\n", 431),
    ]

    @Test(arguments: bad) func whatMayBeReadInTwoWaysIsRefused(text: String, status: Int) {
        let error = #expect(throws: ServingError.self) { try Self.head(text) }
        #expect(error?.status == status, "\(text)")
    }

    @Test func aLineFeedAloneEndsNoLine() {
        let error = #expect(throws: ServingError.self) {
            try RequestHead(parsing: Array("GET / HTTP/1.1\nA: b\r\n\r\n".utf8))
        }
        #expect(error?.status == 400)
    }

    @Test func theEndIsFoundWhereverThePiecesAreCut() throws {
        let bytes = Array("GET / HTTP/1.1\r\nA: b\r\n\r\nrest".utf8)
        for cut in 0..<bytes.count {
            let first = try RequestHead.end(in: Array(bytes[..<cut]))
            #expect(first == (cut < 24 ? nil : 24))
            if first == nil { #expect(try RequestHead.end(in: bytes, known: cut) == 24) }
        }
        let error = #expect(throws: ServingError.self) {
            try RequestHead.end(in: [UInt8](repeating: 65, count: RequestHead.mostBytes))
        }
        #expect(error?.status == 431)
    }

    @Test func changedHeadersAreReadOrRefused() {
        let sound =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 12\r\nAccept: */*\r\n\r\n"
        var changes = ChangedFiles(Array(sound.utf8), pieces: "\r\n: HTTP/1.1\t,0", seed: 16)
        let taken = changes.accepted(of: 20_000) { bytes in
            guard let end = try RequestHead.end(in: bytes) else { throw ServingError(400, "") }
            let head = try RequestHead(parsing: bytes[..<end])
            #expect(head.path.hasPrefix("/") && !head.method.isEmpty && head.bodyLength ?? 0 >= 0)
        }
        #expect((100..<19_000).contains(taken))
    }
}
