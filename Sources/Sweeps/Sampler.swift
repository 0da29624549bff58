import Tensors

/// What chooses the parameters of the next trial.
public enum Sampler: String, Sendable, CaseIterable {
    /// Every combination, the last parameter fastest.
    case grid
    /// Evenly over the space.
    case random
    /// Where good trials are denser than the others: tree-structured Parzen estimators.
    case tpe

    /// Trials that are drawn evenly before there is anything to learn from.
    public static let startup = 10
    /// Draws from the good mixture among which the best ratio wins.
    static let candidates = 24

    /// The parameters of a trial; nothing behind the last of a grid.
    ///
    /// - Parameters:
    ///   - number: of the trial.
    ///   - seed: of the sweep.
    ///   - space: what is tried, at least one parameter.
    ///   - trials: those before, whose running ones count as bad.
    ///   - direction: of the objective.
    /// - Returns: a value for each parameter; equal for equal arguments.
    public func parameters(
        of number: Int, seed: UInt64, over space: [SearchParameter], after trials: [Trial],
        _ direction: Direction
    ) -> [Double]? {
        // A stream for each trial: one more draw in a trial changes no other.
        var random = RandomStream(seed: seed, for: .sampling, index: UInt32(truncatingIfNeeded: number))
        switch self {
        case .grid: return Self.gridPoint(number, space)
        case .random: return Self.uniform(space, &random)
        case .tpe:
            let split = TrialSplit(trials, direction)
            guard number >= Self.startup, !split.below.isEmpty else { return Self.uniform(space, &random) }
            let below = ParzenMixture(split.below.map(\.parameters), over: space)
            let above = ParzenMixture(split.above.map(\.parameters), over: space)
            let draws = (0..<Self.candidates).map { _ in below.sample(&random) }
            return draws[Self.choice(among: draws, below, above)]
        }
    }

    /// The first of the candidates at which the ratio of densities is largest.
    package static func choice(among draws: [[Double]], _ below: ParzenMixture, _ above: ParzenMixture) -> Int
    {
        let scores = draws.map { below.logDensity(at: $0) - above.logDensity(at: $0) }
        return scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    }

    /// The number of combinations; nothing where there is no end of them.
    public static func gridSize(_ space: [SearchParameter]) -> Int? {
        var size = 1
        for parameter in space {
            guard let count = parameter.values?.count else { return nil }
            let (product, overflow) = size.multipliedReportingOverflow(by: count)
            if overflow { return nil }
            size = product
        }
        return size
    }

    private static func gridPoint(_ number: Int, _ space: [SearchParameter]) -> [Double]? {
        guard let size = gridSize(space), number < size else { return nil }
        var rest = number
        return space.reversed().map { parameter in
            let values = parameter.values ?? [0]
            defer { rest /= values.count }
            return values[rest % values.count]
        }.reversed()
    }

    private static func uniform(_ space: [SearchParameter], _ random: inout RandomStream) -> [Double] {
        space.map { parameter in
            let share = random.nextPreciseUniform()
            let axis = parameter.axis
            if case .choices(let choices) = parameter.domain {
                return Double(min(Int(share * Double(choices.count)), choices.count - 1))
            }
            return parameter.value(at: axis.lowerBound + share * (axis.upperBound - axis.lowerBound))
        }
    }
}

/// Trials parted into good and bad ones.
package struct TrialSplit {
    /// By rising number.
    package let below, above: [Trial]

    /// The number of good ones: a tenth, rounded up, 25 at most.
    package static func goodCount(of finished: Int) -> Int { min((finished + 9) / 10, 25) }

    /// Parts trials; those that failed are left out.
    package init(_ trials: [Trial], _ direction: Direction) {
        let finished = trials.filter { $0.state == .complete || $0.state == .pruned }
        let ordered = finished.sorted { a, b in
            let keys = (Self.key(a, direction), Self.key(b, direction))
            return keys.0 == keys.1 ? a.number < b.number : keys.0 < keys.1
        }
        let good = ordered.prefix(Self.goodCount(of: finished.count))
        let numbers = Set(good.map(\.number))
        below = good.sorted { $0.number < $1.number }
        above = trials.filter { $0.state != .failed && !numbers.contains($0.number) }
            .sorted { $0.number < $1.number }
    }

    /// Feasible ones that are complete, by their objective; those that were stopped, by how far they came; infeasible ones.
    private static func key(_ trial: Trial, _ direction: Direction) -> (Int, Double, Double) {
        if !trial.isFeasible { return (2, trial.violation, 0) }
        if trial.state == .complete { return (0, direction.loss(trial.value), 0) }
        return (1, -Double(trial.steps), direction.loss(trial.value))
    }
}
