import LanguageModels
import Rules
import Storage

/// Why rules do not fit the tools that they are to guard.
public struct CallGuardError: Fault, Equatable {
    /// The rules' file, line and column.
    public let place: String
    /// Cause and remedy, one sentence.
    public let message: String

    init(_ rules: RuleFile, _ event: EventDeclaration, _ message: String) {
        (place, self.message) = ("\(rules.name):\(event.position)", message)
    }

    /// The configuration's.
    public var kind: FaultKind { .configuration }

    /// One line.
    public var description: String { "\(place): \(message)" }
}

/// Why a step is not taken.
public struct CallRefusal: Sendable, Equatable {
    /// The call; nothing for a step without one.
    public let call: ToolCall?
    /// The numbers of the rules that it would break; none where it cannot be judged.
    public let rules: [Int]
    /// One sentence, fit to be told to the model.
    public let reason: String
}
