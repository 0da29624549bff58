import Board
import Testing

/// Who may look at the board.
@Suite struct BoardGateTests {
    private func status(
        _ board: StagedBoard, _ path: String = "/", method: String = "GET", host: String = "127.0.0.1",
        token: String? = nil, cookie: String? = nil
    ) throws -> Int? {
        try board.ask(
            path, method: method, host: host, token: token, fields: cookie.map { ["Cookie: \($0)"] } ?? [])?
            .status
    }

    @Test func aTokenIsNeededAndKeptAsACookie() throws {
        let board = try StagedBoard()
        #expect(try status(board) == 403)
        #expect(try status(board, "/runs/none") == 403 && status(board, "/nothing") == 403)
        let first = try #require(try board.ask("/"))
        let line = try #require(first.fields.first { $0.hasPrefix("Set-Cookie: ") })
        #expect(line.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
        let cookie = String(try #require(line.dropFirst(12).split(separator: ";").first))
        #expect(cookie.hasSuffix("=" + StagedBoard.token) && cookie.hasPrefix("saferl-board-"))
        #expect(try status(board, cookie: cookie) == 200)
        #expect(try status(board, cookie: "a=b; \(cookie); c=d") == 200)
        #expect(try status(board, cookie: "a=b") == 403 && status(board, cookie: cookie + "0") == 403)
        #expect(try status(board, cookie: "other=\(StagedBoard.token)") == 403)
        // A wrong token is not made good by a cookie.
        #expect(try status(board, token: "no", cookie: cookie) == 403)
    }

    @Test(arguments: ["", "0", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeeff0", "%00"])
    func aWrongTokenIsRefused(_ token: String) throws {
        let answer = try #require(try StagedBoard().ask("/", token: token))
        #expect(answer.status == 403 && !answer.fields.contains { $0.hasPrefix("Set-Cookie") })
    }

    @Test func tokensHave128BitsAndDiffer() {
        let tokens = (0..<200).map { _ in BoardService.makeToken() }
        #expect(Set(tokens).count == 200)
        #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
        // Every place takes every digit somewhere: a constant half would be seen.
        for place in 0..<32 { #expect(Set(tokens.map { Array($0)[place] }).count > 8) }
    }

    @Test(arguments: [
        ("127.0.0.1", 200), ("127.0.0.1:80", 200), ("localhost:9", 200), ("LOCALHOST", 200),
        ("example.test", 403), ("127.0.0.1.example.test", 403), ("10.0.0.1", 403), ("[::1]:80", 403),
        ("127.0.0.1@evil.test", 403), ("", 403),
    ])
    func theHostIsThisMachine(_ host: String, _ expected: Int) throws {
        #expect(try status(StagedBoard(), host: host, token: StagedBoard.token) == expected)
    }

    @Test func onlyLookingIsAllowed() throws {
        let board = try StagedBoard()
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "get", "TRACE"] {
            let answer = try #require(try board.ask("/", method: method))
            #expect(answer.status == 405 && answer.fields.contains("Allow: GET, HEAD"), "\(method)")
        }
        let body = try #require(try board.ask("/", fields: ["Content-Length: 3"]))
        #expect(body.status == 400)
        let (whole, bare) = (
            try #require(try board.ask("/")), try #require(try board.ask("/", method: "HEAD"))
        )
        #expect(bare.status == 200 && bare.text == "" && bare.fields == whole.fields && whole.text != "")
    }

    @Test func pagesTakeNothingFromElsewhere() throws {
        let board = try StagedBoard()
        board.runs.add("a")
        for path in ["/", "/runs/a", "/nothing"] {
            let answer = try #require(try board.ask(path))
            let policy = try #require(answer.fields.first { $0.hasPrefix("Content-Security-Policy: ") })
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe") && policy.contains("script-src 'sha256-"))
            #expect(answer.fields.contains("Referrer-Policy: no-referrer"))
            #expect(!answer.text.contains("style=\"") && !answer.text.contains("onclick"))
            #expect(!answer.text.contains("://") || !answer.text.contains("src="))
        }
    }
}
