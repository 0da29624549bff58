import Storage

/// A setting that was tried, or is.
public struct Trial: Sendable, Equatable {
    /// Where it stands.
    public enum State: String, Sendable {
        /// It runs, or was interrupted.
        case running
        /// It ran to its end.
        case complete
        /// It was stopped early, because others were better so far.
        case pruned
        /// It ended with an error, twice where that can be chance.
        case failed
    }

    /// From 0.
    public let number: Int
    /// A value for each parameter of the space, in its order.
    public let parameters: [Double]
    /// Where it stands.
    public var state: State
    /// The objective, as it is written; nothing while it runs, after a fault, and where no solution was found.
    public var value: Double?
    /// By how much conditions are missed, summed; 0 where all hold.
    public var violation: Double
    /// Updates after which it was judged last.
    public var steps: Int

    /// Makes a trial.
    public init(
        number: Int, parameters: [Double], state: State = .running, value: Double? = nil,
        violation: Double = 0, steps: Int = 0
    ) {
        (self.number, self.parameters, self.state) = (number, parameters, state)
        (self.value, self.violation, self.steps) = (value, violation, steps)
    }

    /// Whether all conditions hold.
    public var isFeasible: Bool { violation <= 0 && value != nil }
}

/// What a figure is to become.
public enum Direction: String, Sendable {
    /// As small as it can be.
    case minimise
    /// As large as it can be.
    case maximise

    /// A number that is smaller for what is better; what does not exist comes last.
    func loss(_ value: Double?) -> Double {
        guard let value, !value.isNaN else { return .infinity }
        return self == .minimise ? value : -value
    }
}

extension Sequence<Trial> {
    /// The feasible trial that ran to its end and is best; the first of equals.
    public func best(_ direction: Direction) -> Trial? {
        filter { $0.state == .complete && $0.isFeasible }.min {
            let losses = (direction.loss($0.value), direction.loss($1.value))
            return losses.0 < losses.1 || losses.0 == losses.1 && $0.number < $1.number
        }
    }
}
