import Serving
import Storage

/// Who may look: a browser of this machine that names the token.
struct BoardGate: Sendable {
    /// What came of a request's name and token.
    enum Passage: Equatable {
        /// It may look; the header lines are sent with the answer.
        case open(fields: [String])
        /// It may not: status and one sentence.
        case closed(Int, String)
    }

    private let token: String
    private let digest: TokenDigest
    private let cookie: String
    private static let hosts: Set = ["127.0.0.1", "localhost"]

    /// - Parameter token: letters and digits.
    init(token: String) {
        (self.token, digest) = (token, TokenDigest(token))
        // Cookies of one host are sent to all of its ports: boards that run beside each other need names of their own.
        cookie = "saferl-board-" + SHA256.hexadecimal(of: "cookie \(token)".utf8).prefix(12)
    }

    /// Judges a request.
    func passage(of head: RequestHead, _ query: BoardQuery) -> Passage {
        // A page on the web can make a browser send requests here under a name of its own (DNS rebinding).
        guard let host = head.fields["host"].flatMap(RequestGate.host), Self.hosts.contains(host) else {
            return .closed(403, "This board answers to 127.0.0.1 and localhost alone.")
        }
        guard ["GET", "HEAD"].contains(head.method) else {
            return .closed(405, "This board is only looked at: GET and HEAD.")
        }
        guard head.bodyLength ?? 0 == 0 else { return .closed(400, "A request to this board has no body.") }
        if let said = query["token"] {
            guard digest.isOf(said) else { return .closed(403, Self.refusal) }
            return .open(fields: ["Set-Cookie: \(cookie)=\(token); Path=/; HttpOnly; SameSite=Strict"])
        }
        guard let said = kept(head), digest.isOf(said) else { return .closed(403, Self.refusal) }
        return .open(fields: [])
    }

    private static let refusal =
        "The token is missing or wrong. Open the address that \"saferl board\" printed."

    /// The token in the cookie of this board.
    private func kept(_ head: RequestHead) -> String? {
        for pair in (head.fields["cookie"] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].drop(while: { $0 == " " }) == cookie { return String(parts[1]) }
        }
        return nil
    }

    /// A token of 128 bits, as 32 digits of base 16.
    static func makeToken() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<16).map { _ in
            let text = String(UInt8.random(in: .min ... .max, using: &random), radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
