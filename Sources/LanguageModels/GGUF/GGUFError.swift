import Storage

/// A GGUF file that was refused.
public enum GGUFError: Fault, Equatable {
    /// The file breaks a rule of the format.
    case malformed(path: String, reason: String)
    /// A tensor is stored in a way that is not read.
    case blockType(path: String, tensor: String, type: String)
    /// A key is missing, of another type, or says what is not understood.
    case key(String, path: String, reason: String)
    /// A tensor is missing or has another shape than the keys say.
    case tensor(String, path: String, reason: String)
    /// The file is sound, and of a kind that is not read.
    case unsupported(path: String, reason: String)

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One sentence beginning with the path, and what to do.
    public var description: String {
        switch self {
        case .malformed(let path, let reason):
            "\(path): not a valid GGUF file: \(reason). Fetch or convert the file again."
        case .blockType(let path, let tensor, let type):
            "\(path): tensor \(quoted(tensor)) is \(type), which saferl does not read; "
                + "`llama-quantize ... Q4_K_M` writes one that it does."
        case .key(let key, let path, let reason):
            "\(path): \(key) \(reason). Use a LLaMA, Qwen2 or Qwen3 model, or convert it again."
        case .tensor(let name, let path, let reason):
            "\(path): tensor \(quoted(name)) \(reason). Convert the model again."
        case .unsupported(let path, let reason): "\(path): \(reason)."
        }
    }
}
