import SafeRL

/// Why the parameters of ICU-Sepsis cannot be used.
public enum ICUSepsisError: Fault, Equatable, Sendable {
    /// They have not been set up.
    case absent(folder: String)
    /// A file that cannot be read.
    case unreadable(file: String, reason: String)
    /// A file that is not the one of version 2.0.1.
    case other(file: String, digest: String)

    /// Whether something has to be set up or found first, as against data that are wrong.
    public var isMissing: Bool {
        switch self {
        case .absent, .unreadable: true
        case .other: false
        }
    }

    /// What kind of fault it is.
    public var kind: FaultKind { isMissing ? .missingInput : .badData }

    /// One sentence.
    public var description: String {
        switch self {
        case .absent(let folder):
            oneLine(
                "\(folder): the parameters of ICU-Sepsis are not there. Fetch them with \"\(ICUSepsisKit.command)\", or "
                    + "name their folder in \(ICUSepsisFolder.variable).")
        case .unreadable(let file, let reason):
            oneLine("\(file): \(reason). Fetch the parameters anew with \"\(ICUSepsisKit.command)\".")
        case .other(let file, let digest):
            oneLine(
                "\(file): not the file of icu-sepsis 2.0.1 (its SHA-256 is \(digest)). Fetch the parameters anew with "
                    + "\"\(ICUSepsisKit.command)\".")
        }
    }
}
