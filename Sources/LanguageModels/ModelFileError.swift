import Storage

/// Why a model is not written, or not spoken to.
public enum ModelFileError: Fault, Equatable {
    /// Another format has no place for something of the model.
    case cannotHold(String, String)
    /// A conversation is too long for the model.
    case tooLong(String, tokens: Int, context: Int)
    /// A text gives no tokens to go on from.
    case nothingToContinue(String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .cannotHold: .badData
        case .tooLong, .nothingToContinue: .usage
        }
    }

    /// One sentence beginning with the model.
    public var description: String {
        switch self {
        case .cannotHold(let path, let reason):
            "\(path): cannot be written in another format: \(reason). Keep it as it is."
        case .tooLong(let path, let tokens, let context):
            "\(path): the text has \(tokens) tokens, and the model has room for \(context). Say less, or begin anew."
        case .nothingToContinue(let path): "\(path): the text has no tokens. Say something."
        }
    }
}
