/// How many further steps can be survived behind a step, where choices of actions and what is observed are finite.
///
/// A step is survived where, whatever is observed in it, some choice is allowed. What was found is kept by the monitor's state, so that one
/// object serves all episodes; what it says does not depend on what it was asked before.
public final class LookAhead {
    /// What may be observed in a step, at most.
    public static let mostObservations = 4096
    /// States that are kept.
    private static let mostStates = 200_000

    private struct Place: Hashable {
        let state: MonitorState
        let steps: Int
    }

    private let choices: [[Float]]
    private let observations: [[Float]]
    private var known: [Place: Bool] = [:]

    /// Looks for what cannot be tried.
    ///
    /// - Parameters:
    ///   - rules: of the monitors that will be given.
    ///   - values: of columns of observations.
    /// - Returns: the first signal of observations that a rule reads and that has no list of values; nothing where all have one.
    public static func unlisted(_ rules: RuleFile, values: [Int: [Float]]) -> Signal? {
        let program = Program(rules)
        let read = Set(program.nodes.filter { $0.operation == .signal }.map(\.index))
        return rules.signals.enumerated().first { number, signal in
            signal.source == .observation && read.contains(number)
                && (values[signal.index] ?? []).isEmpty
        }?.element
    }

    /// Combinations of the values that rules read.
    ///
    /// - Returns: how many; `Int.max` for more than can be counted.
    public static func combinations(_ rules: RuleFile, values: [Int: [Float]]) -> Int {
        columns(rules, values).reduce(1) { count, column in
            let (product, isLarge) = count.multipliedReportingOverflow(by: column.values.count)
            return isLarge ? .max : product
        }
    }

    private static func columns(
        _ rules: RuleFile, _ values: [Int: [Float]]
    ) -> [(index: Int, values: [Float])] {
        let read = Set(rules.signals.filter { $0.source == .observation }.map(\.index))
        var found: [(index: Int, values: [Float])] = []
        for index in read.sorted() {
            guard let own = values[index], !own.isEmpty else { continue }
            found.append((index, own))
        }
        return found
    }

    /// Lists what may happen.
    ///
    /// - Parameters:
    ///   - rules: of the monitors that will be given; none reads a signal of observations without a list.
    ///   - choices: of actions, at least one.
    ///   - values: of columns of observations, in at most `mostObservations` combinations.
    public init(_ rules: RuleFile, choices: [[Float]], values: [Int: [Float]]) {
        precondition(
            !choices.isEmpty && Self.unlisted(rules, values: values) == nil, "nothing to choose from")
        self.choices = choices
        let columns = Self.columns(rules, values)
        var found = [[Float]](
            repeating: [Float](repeating: .nan, count: (columns.last?.index ?? -1) + 1), count: 1)
        for (index, values) in columns {
            found = found.flatMap { observation in
                values.map { value in
                    var next = observation
                    next[index] = value
                    return next
                }
            }
        }
        precondition(found.count <= Self.mostObservations, "\(found.count) observations")
        observations = found
    }

    /// How many steps can be survived behind those that a monitor took, whatever is observed, up to a number.
    public func survived(behind monitor: RuleMonitor, upTo most: Int) -> Int {
        var steps = 0
        while steps < most, survives(steps + 1, from: monitor) { steps += 1 }
        return steps
    }

    private func survives(_ steps: Int, from monitor: RuleMonitor) -> Bool {
        guard steps > 0 else { return true }
        let place = Place(state: MonitorState(of: monitor), steps: steps)
        if let found = known[place] { return found }
        let found = observations.allSatisfy { observation in
            choices.contains { choice in
                var next = monitor
                guard let judgement = try? next.propose(choice.span, seeing: observation.span),
                    judgement.isAllowed
                else { return false }
                next.commit()
                return survives(steps - 1, from: next)
            }
        }
        if known.count >= Self.mostStates { known.removeAll(keepingCapacity: true) }
        known[place] = found
        return found
    }
}
