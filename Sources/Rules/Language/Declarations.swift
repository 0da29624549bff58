import Storage

/// What a value of the language is.
public enum ValueType: String, Sendable, CaseIterable {
    /// In double precision, finite.
    case number
    /// Any characters.
    case text
    /// True or false.
    case flag

    var described: String {
        switch self {
        case .number: "a number"
        case .text: "a text"
        case .flag: "something true or false"
        }
    }
}

/// A value of an event's argument, or of an answer.
public enum RuleValue: Hashable, Sendable {
    /// In double precision, finite.
    case number(Double)
    /// Any characters.
    case text(String)
    /// True or false.
    case flag(Bool)

    /// What it is.
    public var type: ValueType {
        switch self {
        case .number: .number
        case .text: .text
        case .flag: .flag
        }
    }
}

/// A column that rules read.
public struct Signal: Sendable, Equatable {
    /// Where a signal comes from.
    public enum Source: String, Sendable, CaseIterable {
        /// What the policy saw.
        case observation
        /// What it does.
        case action
        /// What will be seen, by a model.
        case next
    }

    /// Its name.
    public let name: String
    /// Where it comes from.
    public let source: Source
    /// Its place there, from 0.
    public let index: Int
    /// What it lies in, as the file says; a promise about the data, not a rule.
    public let range: ClosedRange<Double>?
}

/// A parameter of an event, a call or a state function.
public struct Parameter: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it is.
    public let type: ValueType
}

/// Something that happens in a step: told to the policy, or done by it.
public struct EventDeclaration: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it says.
    public let parameters: [Parameter]
    /// Whether the policy does it.
    public let isCall: Bool
    /// Valuations that are remembered at most.
    public let remembered: Int
    /// Where the file declares it.
    public let position: TextPosition
}

/// Something asked of the world, now.
public struct StateDeclaration: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// What it is asked with.
    public let parameters: [Parameter]
    /// What it answers.
    public let type: ValueType
}

/// What a next signal will be, by the model, and by how much at most it errs.
public struct OneStepModel: Sendable, Equatable {
    /// The number of the next signal.
    public let signal: Int
    package let term: RuleExpression
    /// ε, at least 0.
    public let error: Double
}
