import Storage

/// A hub directory that was refused.
public enum HubError: Fault, Equatable {
    /// The configuration describes something that is not understood.
    case configuration(path: String, reason: String)
    /// The list of shards is not usable.
    case index(path: String, reason: String)
    /// A tensor that the configuration asks for is missing, has another shape or an element type that is not read.
    case tensor(String, path: String, reason: String)
    /// A tensor holds NaN or an infinite number, or one beyond single precision.
    case notFinite(String, path: String)

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One sentence beginning with the path.
    public var description: String {
        switch self {
        case .configuration(let path, let reason):
            "\(path): \(reason). Use a LLaMA, Qwen2 or Qwen3 checkpoint in hub format, or correct the file."
        case .index(let path, let reason): "\(path): \(reason). Copy the whole checkpoint again."
        case .tensor(let name, let path, let reason):
            "\(path): tensor \"\(name)\" \(reason). Check that config.json and the weights belong together."
        case .notFinite(let name, let path):
            "\(path): tensor \"\(name)\" holds NaN or an infinite number. Copy the whole checkpoint again, or use another."
        }
    }
}
