/// Why a file could not be fetched, and what to do.
public enum TransferError: Fault, Equatable {
    /// A file of that name is there already.
    case exists(path: String)
    /// Another process fetches it.
    case inUse(path: String)
    /// The program that speaks HTTP is not installed.
    case noCurl(address: String)
    /// No answer at all: no network, no such host, nobody there, no trust.
    case unreachable(address: String, reason: String)
    /// The server does not give the file.
    case refused(address: String, status: Int)
    /// The transfer broke off; `kept` bytes are on the disk.
    case interrupted(address: String, reason: String, kept: Int, total: Int?)
    /// An answer that makes no sense.
    case badAnswer(address: String, reason: String)
    /// More or fewer bytes than the server states.
    case otherLength(address: String, got: Int, stated: Int)
    /// More bytes than the server states, or than are taken where it states nothing.
    case tooLong(address: String, limit: Int, stated: Int?)
    /// The bytes are not those that the server has.
    case otherChecksum(address: String, got: String, stated: String)
    /// The file does not begin as files of its kind do.
    case otherKind(address: String, kind: String)

    /// What kind of failure it is.
    public var kind: FaultKind {
        switch self {
        case .exists, .inUse: .cannotCreate
        case .noCurl: .missingInput
        case .unreachable, .refused, .interrupted: .inputOutput
        case .badAnswer, .otherLength, .tooLong, .otherChecksum, .otherKind: .badData
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .exists(let path):
            "\(path): there already, and never overwritten. Use it, or remove it first."
        case .inUse(let path): "\(path): another process is fetching it. Wait for it, or stop it."
        case .noCurl(let address):
            "curl: not found. Install it (Debian: apt-get install curl), or fetch \(address) by other means."
        case .unreachable(let address, let reason):
            "\(address): cannot be reached: \(reason). Check the network, name a mirror with --from, or fetch the file "
                + "by other means."
        case .refused(let address, let status):
            "\(address): the server answers \(status)\(Self.meaning(of: status)). Name a mirror with --from, or fetch "
                + "the file by other means."
        case .interrupted(let address, let reason, let kept, let total):
            "\(address): interrupted: \(reason). \(kept)\(total.map { " of \($0)" } ?? "") bytes are kept; the same "
                + "command continues from there."
        case .badAnswer(let address, let reason):
            "\(address): \(reason). Call again, or name a mirror with --from."
        case .otherLength(let address, let got, let stated):
            "\(address): \(got) bytes came, the server states \(stated). Nothing was kept; call again."
        case .tooLong(let address, _, let stated?):
            "\(address): more than the \(stated) bytes come that the server states. Nothing was kept; call again."
        case .tooLong(let address, let limit, nil):
            "\(address): the server states no length and sends more than \(limit) bytes. Nothing was kept; name a mirror "
                + "with --from, or allow more with --max-gigabytes."
        case .otherChecksum(let address, let got, let stated):
            "\(address): the SHA-256 of what came is \(got), the server states \(stated). Nothing was kept; call again."
        case .otherKind(let address, let kind):
            "\(address): what came is no \(kind) file. Nothing was kept; look at the address in a browser."
        }
    }

    private static func meaning(of status: Int) -> String {
        switch status {
        case 401, 403: " (not allowed)"
        case 404, 410: " (not there)"
        case 429: " (too many requests)"
        case 500...: " (its own fault; try later)"
        default: ""
        }
    }
}
