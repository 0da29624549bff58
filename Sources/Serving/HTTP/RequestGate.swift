import Glibc
import Storage

/// Who may ask: whoever names the token, where there is one, and reached the server by a name of this machine.
public struct RequestGate: Sendable {
    private let digest: TokenDigest?
    private let names: Set<String>

    /// Describes it.
    ///
    /// - Parameters:
    ///   - token: must stand in `Authorization: Bearer`; nil for nobody's.
    ///   - names: hosts that `Host` may name, besides `localhost` and addresses.
    public init(token: String?, names: [String] = []) {
        digest = token.map { TokenDigest($0) }
        self.names = Set((names + ["localhost"]).map { $0.lowercased() })
    }

    /// Why a request is not let in; nil where it is.
    ///
    /// A page on the web can make a browser send requests here under a name of its own (DNS rebinding), but not under an address.
    public func refusal(of head: RequestHead) -> ServingError? {
        guard let host = head.fields["host"].flatMap(Self.host) else {
            return ServingError(400, "the request names no host.")
        }
        guard names.contains(host) || Self.isAddress(host) else {
            return ServingError(
                403,
                "this server is not called \(quoted(host)). Name an address, or start it with --allow-host.",
                code: "host_not_allowed")
        }
        guard let digest, head.path != "/health" else { return nil }
        let words = (head.fields["authorization"] ?? "").split(
            separator: " ", omittingEmptySubsequences: false)
        let said = words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : ""
        return digest.isOf(said)
            ? nil
            : ServingError(
                401, "the token is missing or wrong. Send it as \"Authorization: Bearer TOKEN\".",
                type: "authentication_error", code: "invalid_api_key")
    }

    /// The host of a field `Host` in lower case, without its port; nil for what is none.
    public static func host(_ field: String) -> String? {
        let isBracketed = field.hasPrefix("[")
        guard
            let end = isBracketed
                ? field.firstIndex(of: "]").map({ field.index(after: $0) })
                : field.firstIndex(of: ":") ?? field.endIndex
        else { return nil }
        let (host, port) = (field[..<end], field[end...])
        let isPort = port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil
        let bare = isBracketed ? host.dropFirst().dropLast() : host
        return isPort && !bare.isEmpty ? bare.lowercased() : nil
    }

    static func isAddress(_ host: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }
}

/// Where a server listens.
public struct ServedAddress: Sendable, Equatable {
    /// An address of IPv4 or IPv6.
    public let host: String
    /// The port; 0 for any.
    public let port: UInt16

    /// Takes an address or `localhost`; nil for anything else.
    public init?(_ host: String, port: UInt16) {
        let address = host == "localhost" ? "127.0.0.1" : host
        guard RequestGate.isAddress(address) else { return nil }
        (self.host, self.port) = (address, port)
    }

    /// Whether it is one of IPv6.
    public var isSix: Bool { host.contains(":") }

    /// Whether this machine alone reaches it.
    public var isLoopback: Bool {
        if isSix { return host == "::1" }
        var address = in_addr()
        inet_pton(AF_INET, host, &address)
        return UInt32(bigEndian: address.s_addr) >> 24 == 127
    }

    /// As an address of the web.
    ///
    /// - Parameter port: the port in use.
    /// - Returns: such as `http://127.0.0.1:8080`.
    public func url(port: UInt16) -> String { "http://\(isSix ? "[\(host)]" : host):\(port)" }
}

/// A file with a token that cannot be used.
public struct TokenFileError: Fault, Equatable {
    let path: String
    /// What the file says.
    public var kind: FaultKind { .badData }
    /// One line.
    public var description: String {
        "\(path): no token. Write one line of 16 to 1024 letters, digits and - . _ ~ + / =, such as \"openssl rand -hex 32\" makes."
    }

    /// Reads the token of a file.
    ///
    /// - Throws: `StorageError`; `TokenFileError`.
    public static func token(in path: String) throws -> String {
        let bytes = try fileContents(path, limit: 4096)
        let text = String(decoding: bytes.last == 10 ? bytes.dropLast() : bytes[...], as: UTF8.self)
        let isSound = text.utf8.allSatisfy { byte in
            (48..<58).contains(byte) || (65..<91).contains(byte) || (97..<123).contains(byte)
                || "-._~+/=".utf8.contains(byte)
        }
        guard isSound, (16...1024).contains(text.utf8.count) else { throw TokenFileError(path: path) }
        return text
    }
}
