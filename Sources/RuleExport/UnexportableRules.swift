import Rules
import Storage

/// Rules that no monitor of their own can be written of.
public struct UnexportableRules: Fault, Equatable {
    private let file: String
    private let rule: String
    private let what: String

    init(_ file: String, _ rule: String, _ what: String) {
        (self.file, self.rule, self.what) = (file, rule, what)
    }

    /// What kind of fault it is.
    public var kind: FaultKind { .configuration }

    /// One line.
    public var description: String {
        "\(oneLine(file)): rule \(rule) reads \(what), and a monitor in C reads signals alone. Link saferlguard for it "
            + "(docs/guard.md), or leave the rule out."
    }
}

extension RuleExpression {
    /// What is read beside signals, in words; nothing where that is all.
    var foreign: String? {
        switch self {
        case .event, .each, .some, .total: "events or calls"
        case .state: "a state of the world"
        case .text, .variable, .with: "values other than numbers of signals"
        default: inside.lazy.compactMap { $0.foreign }.first
        }
    }

    /// What stands directly inside of an expression that reads signals.
    private var inside: [RuleExpression] {
        switch self {
        case .function(_, let terms), .seq(let terms): terms
        case .negate(let a), .count(_, let a), .sum(_, let a), .maximum(_, let a), .minimum(_, let a),
            .age(let a), .before(let a, _), .not(let a), .previous(let a), .started(let a), .once(_, let a),
            .historically(_, let a):
            [a]
        case .arithmetic(_, let a, let b), .compare(_, let a, let b), .and(let a, let b), .or(let a, let b),
            .implies(let a, let b), .since(_, let a, let b):
            [a, b]
        default: []
        }
    }

    /// Whether it is true or false, not a number.
    var isFormula: Bool {
        switch self {
        case .flag, .compare, .not, .and, .or, .implies, .previous, .started, .once, .historically, .since,
            .seq:
            true
        default: false
        }
    }
}
