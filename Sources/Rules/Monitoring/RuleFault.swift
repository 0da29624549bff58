import Storage

/// What a rule could not be judged by: never a truth value, and at a proposal a refusal.
public enum RuleFault: Fault, Equatable {
    /// A signal, or what is computed of signals, is no finite number.
    case notFinite(String)
    /// A state function did not answer.
    case unanswered(String, with: String)
    /// An answer, or an event's argument, is of another type than declared.
    case otherType(String, wanted: ValueType)
    /// An event with too few or too many arguments.
    case arguments(String, wanted: Int)
    /// An amount below 0 under a total that is bounded from above.
    case negativeAmount(String)
    /// More valuations than are remembered.
    case memoryFull(remembered: Int)

    /// The data's.
    public var kind: FaultKind { .badData }

    /// One sentence.
    public var description: String {
        switch self {
        case .notFinite(let what): "\(oneLine(what)) is no finite number."
        case .unanswered(let name, let arguments):
            "\(name)(\(oneLine(arguments))) has no answer. Give one for every argument that rules ask with."
        case .otherType(let name, let wanted): "\(oneLine(name)) is not \(wanted.described)."
        case .arguments(let name, let wanted): "\(oneLine(name)) needs exactly \(wanted) arguments."
        case .negativeAmount(let name):
            "an amount of \(name) is below 0, under a total that may not rise above a bound."
        case .memoryFull(let remembered):
            "more than \(remembered) valuations would have to be remembered. Declare a larger number by \"remember\"."
        }
    }
}
