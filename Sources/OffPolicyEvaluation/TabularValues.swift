import Tensors

/// What is assumed about actions that the policy takes and nobody recorded in that state.
public enum UnseenPairs: Codable, Sendable, Hashable {
    /// Nothing: fitting fails where the policy takes one.
    case refuse
    /// Their value, for example the worst there can be.
    case value(Double)
}

/// Values in the empirical model of distinct states and actions: an exact solution of its linear equation.
///
/// Rows are compared number by number. Frequencies of successors, mean signals, and the share of terminations are those of
/// the data; a truncated step leads to the observation that followed it. For many episodes the value tends to the true one
/// wherever the policy stays within recorded pairs.
public struct TabularValues: ActionValues, Sendable {
    /// Distinct states that are solved for at most.
    public static let mostStates = 3000

    private struct Pair {
        var count = 0.0
        var signal = 0.0
        var next: [Int: Double] = [:]
    }

    private let numbers: [[Double]: Int]
    private let pairs: [[[Double]: Pair]]
    private let states: [Double]
    private let discount: Double
    private let unseen: UnseenPairs
    /// Share of the policy's actions, over all recorded states with their frequencies, that were not recorded there.
    public let unseenShare: Double

    /// Fits values.
    ///
    /// - Parameters:
    ///   - data: the recorded episodes.
    ///   - signal: what is summed up.
    ///   - policy: whose value it is.
    ///   - discount: in [0, 1].
    ///   - unseen: what is assumed about pairs that were not recorded.
    /// - Throws: `OffPolicyError`: `unseenPair`, `tooManyStates`, `endless`, `noSolution`.
    public init(
        _ data: TrajectorySet, _ signal: Signal, of policy: some EvaluatedPolicy, discount: Double,
        unseen: UnseenPairs = .refuse
    ) throws(OffPolicyError) {
        precondition(discount >= 0 && discount <= 1, "a discount of \(discount) is outside [0, 1]")
        let values = data.values(of: signal)
        var numbers: [[Double]: Int] = [:]
        var pairs: [[[Double]: Pair]] = []
        func number(_ observation: [Double]) -> Int {
            if let known = numbers[observation] { return known }
            numbers[observation] = pairs.count
            pairs.append([:])
            return pairs.count - 1
        }
        for (index, episode) in data.episodes.enumerated() {
            for step in 0..<episode.length {
                let state = number(episode.observations[step])
                let isOver = step + 1 == episode.length && episode.end == .terminated
                let next = isOver ? nil : number(episode.observations[step + 1])
                var pair = pairs[state][episode.actions[step]] ?? Pair()
                pair.count += 1
                pair.signal += values[index][step]
                if let next { pair.next[next, default: 0] += 1 }
                pairs[state][episode.actions[step]] = pair
            }
        }
        guard pairs.count <= Self.mostStates else { throw .tooManyStates(pairs.count, most: Self.mostStates) }
        (self.numbers, self.pairs, self.discount, self.unseen) = (numbers, pairs, discount, unseen)
        var observations = [[Double]](repeating: [], count: pairs.count)
        for (observation, number) in numbers { observations[number] = observation }
        let equation = try Self.equation(observations, pairs, policy, discount, unseen)
        unseenShare = equation.unseenShare
        states = try equation.solve(discount, observations)
    }

    /// V = constant + γ·transitions·V.
    private struct Equation {
        var transitions: Matrix
        var constant: Matrix
        var unseenShare = 0.0
        /// States that may end, or take a pair of stated value, at once.
        var mayEnd: [Bool]

        /// The values of all states.
        func solve(_ discount: Double, _ observations: [[Double]]) throws(OffPolicyError) -> [Double] {
            if discount == 1, let stuck = firstEndless { throw .endless(observation: observations[stuck]) }
            let count = transitions.rows
            var left = Matrix.identity(count)
            for index in left.elements.indices {
                left.elements[index] -= discount * transitions.elements[index]
            }
            let solution: Matrix
            do { solution = try left.solve(constant) } catch { throw .noSolution("\(error)") }
            let scale = max(1, (solution.elements + constant.elements).reduce(0) { max($0, abs($1)) })
            let miss = zip((left * solution).elements, constant.elements).reduce(0) {
                max($0, abs($1.0 - $1.1))
            }
            guard miss <= 1e-8 * scale else { throw .noSolution("the equation is too badly conditioned") }
            return solution.elements
        }

        /// The first state from which no recorded way leads to an end.
        private var firstEndless: Int? {
            var ends = mayEnd
            var frontier = ends.indices.filter { ends[$0] }
            while let state = frontier.popLast() {
                for before in ends.indices where !ends[before] && transitions[before, state] > 0 {
                    ends[before] = true
                    frontier.append(before)
                }
            }
            return ends.firstIndex(of: false)
        }
    }

    private static func equation(
        _ observations: [[Double]], _ pairs: [[[Double]: Pair]], _ policy: some EvaluatedPolicy,
        _ discount: Double, _ unseen: UnseenPairs
    ) throws(OffPolicyError) -> Equation {
        let count = pairs.count
        var equation = Equation(
            transitions: Matrix(count, count), constant: Matrix(count, 1),
            mayEnd: [Bool](repeating: false, count: count))
        var (all, missing) = (0.0, 0.0)
        for state in 0..<count {
            let visits = pairs[state].values.reduce(0) { $0 + $1.count }
            all += visits
            for choice in policy.weightedActions(at: observations[state]) where choice.weight > 0 {
                guard let pair = pairs[state][choice.action] else {
                    guard case .value(let value) = unseen else {
                        throw .unseenPair(observation: observations[state], action: choice.action)
                    }
                    missing += visits * choice.weight
                    equation.constant[state, 0] += choice.weight * value
                    equation.mayEnd[state] = true
                    continue
                }
                equation.constant[state, 0] += choice.weight * pair.signal / pair.count
                var continued = 0.0
                for (next, times) in pair.next.sorted(by: { $0.key < $1.key }) {
                    equation.transitions[state, next] += choice.weight * times / pair.count
                    continued += times
                }
                if continued < pair.count { equation.mayEnd[state] = true }
            }
        }
        equation.unseenShare = missing / all
        return equation
    }

    /// Q of a pair: its mean signal and what follows; the stated value of a pair that was not recorded.
    public func value(of action: [Double], at observation: [Double]) throws(OffPolicyError) -> Double {
        guard let number = numbers[observation], let pair = pairs[number][action] else {
            guard case .value(let value) = unseen else {
                throw .unseenPair(observation: observation, action: action)
            }
            return value
        }
        let next = pair.next.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * states[$1.key] }
        return (pair.signal + discount * next) / pair.count
    }
}
