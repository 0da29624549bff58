import Glibc
import Storage

/// What a program that has sockets is given to serve.
public struct ServedProgram: Sendable {
    /// Where it listens.
    public let address: ServedAddress
    /// Seconds that a reply may take, waiting included; nil for as many as it likes.
    public let replySeconds: Int?
    /// Makes what answers, once the port is taken.
    public let open: @Sendable () throws -> any ServedApplication
    /// Is told the port in use once requests are answered.
    public let began: @Sendable (UInt16) throws -> Void
    /// Asked a few times a second; false ends the server.
    public let goesOn: @Sendable () -> Bool

    /// Puts it together.
    public init(
        address: ServedAddress, replySeconds: Int?,
        open: @escaping @Sendable () throws -> any ServedApplication,
        began: @escaping @Sendable (UInt16) throws -> Void, goesOn: @escaping @Sendable () -> Bool
    ) {
        (self.address, self.replySeconds, self.open) = (address, replySeconds, open)
        (self.began, self.goesOn) = (began, goesOn)
    }

    /// Connections that are open at the same time.
    public static let mostConnections = 128
    /// Seconds within which a request has to come.
    public static let requestSeconds = 20
}

/// A port that cannot be listened on.
public struct ListeningError: Fault, Equatable {
    /// Where.
    public let address: ServedAddress
    /// The error number of the system.
    public let code: Int32

    /// States it.
    public init(_ address: ServedAddress, code: Int32) { (self.address, self.code) = (address, code) }

    /// A place where nothing can be created.
    public var kind: FaultKind { .cannotCreate }

    /// One line.
    public var description: String {
        let reason =
            switch code {
            case EADDRINUSE: "the port is in use. Choose another by --port, or end the program that has it"
            case EACCES: "the port may not be used. Choose one from 1024 on by --port"
            case EADDRNOTAVAIL: "no address of this machine. Choose another by --host"
            default: "cannot listen: \(String(cString: strerror(code))). Choose another by --host and --port"
            }
        return "\(address.host) port \(address.port): \(reason)."
    }
}
