/// Something that happened in a step: an event told, or a call proposed or made.
public struct TraceEvent: Sendable, Hashable {
    /// The number of its declaration.
    public var event: Int
    /// One value for each parameter.
    public var arguments: [RuleValue]

    /// Names an event.
    public init(_ event: Int, _ arguments: [RuleValue]) { (self.event, self.arguments) = (event, arguments) }
}

/// One step of a trace, as rules read it.
public struct TraceStep: Sendable, Equatable {
    /// One number for each signal of the file; not a number where it is not known.
    public var signals: [Double]
    /// What happened since the last step, and what is done in this one.
    public var events: [TraceEvent] = []
    /// For each state function: what it answers, by its arguments' texts joined with `|`.
    public var answers: [[String: RuleValue]]
    /// Whether the episode ends with it.
    public var isEnd = false

    /// A step in which nothing happens and nothing is known.
    public init(for rules: RuleFile) {
        signals = [Double](repeating: .nan, count: rules.signals.count)
        answers = [[String: RuleValue]](repeating: [:], count: rules.states.count)
    }
}

extension RuleValue {
    /// What stands for it in the key of an answer.
    var key: String {
        switch self {
        case .text(let text): text
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .flag(let flag): "\(flag)"
        }
    }
}
