import Dynamics
import Guardians
import SafeRL

/// A finite model counted from recorded transitions, as planning needs it.
///
/// States are the distinct observations acted in, actions the distinct actions; an episode ends where a recorded one
/// did, and where nobody acted any more. The law of a pair (with its mean reward and costs) is drawn towards the law of
/// all its state's records: to n records of its own, m pseudo-records of the state's are added. Of all pairs, the optimum
/// picks those that chance has flattered; what is drawn towards the state's mean flatters less.
package struct CountedModel {
    /// The model; its last state is the end.
    package let model: TabularCMDP
    /// The pairs to choose from: those inside, and the least outside one of a state that has none.
    package let allowed: ActionSet
    /// 1 for each pair outside the data, else 0, `[states, actions]`.
    let outsideNumbers: [Double]
    /// The states but the end, `[states, S]`.
    let observations: Matrix
    /// Records of each pair, `[states, actions]` without the end.
    let records: [Double]
    /// Variance of each constraint's cost within each pair.
    private let costVariances: [[Double]]
    private let shrinkage: Double
    private let episodes: Double

    /// Counts.
    ///
    /// - Parameters:
    ///   - data: recorded transitions.
    ///   - shrinkage: m, above 0.
    ///   - discount: of rewards and costs alike.
    ///   - guardian: who says which pairs are inside; everything is where nil.
    ///   - choiceRecords: how often each action was recorded, for the least outside of several; nil for the first.
    ///   - constraints: names of the costs.
    /// - Throws: `GuardianError`, `DynamicsError`, `TabularModelError`; `OptionIssue` for more than 5,000 states or 4,194,304
    ///   pairs.
    package init(
        _ data: ModelData, shrinkage: Double, discount: Double, guardian: (any SupportGuardian)?,
        choiceRecords: [Int]? = nil, constraints: [String]
    ) throws {
        let counts = try Counts(data)
        let (states, actions) = (counts.states.count, counts.actions.count)
        let judged = try Self.judge(counts, guardian, choiceRecords)
        let isOutside = judged.isOutside
        let columns = try constraints.map { name -> CountedColumn? in
            name == outOfSupportChannel ? nil : CountedColumn(try data.cost(name), counts)
        }
        let rewards = CountedColumn(data.rewards, counts)
        model = try TabularCMDP(
            states: states + 1, actions: actions, start: counts.start, discount: discount,
            costNames: constraints, isTerminal: (0...states).map { $0 == states }
        ) { state, action in
            let pair = state * actions + action
            return TabularCMDP.Outcome(
                counts.law(state, action, shrinkage),
                reward: rewards.mean(pair, state, counts, shrinkage),
                costs: columns.map {
                    $0.map { max(0, $0.mean(pair, state, counts, shrinkage)) } ?? (isOutside[pair] ? 1 : 0)
                })
        }
        allowed = ActionSet(states: states + 1, actions: actions) { state, action in
            state == states || !isOutside[state * actions + action] || judged.least[state] == action
        }
        records = counts.ofPair
        costVariances = columns.map { column in
            (0..<states * actions).map {
                column?.variance($0, $0 / actions, counts, shrinkage) ?? 0
            }
        }
        observations = counts.states.rows
        outsideNumbers = isOutside.map { $0 ? 1 : 0 } + [Double](repeating: 0, count: actions)
        (self.shrinkage, episodes) = (shrinkage, Double(data.firstRows.count))
    }

    /// Which pairs are outside, and the least outside action of a state where all are.
    private static func judge(
        _ counts: Counts, _ guardian: (any SupportGuardian)?, _ choiceRecords: [Int]?
    ) throws -> (isOutside: [Bool], least: [Int?]) {
        let (states, actions) = (counts.states.count, counts.actions.count)
        guard let guardian else {
            return ([Bool](repeating: false, count: states * actions), [Int?](repeating: nil, count: states))
        }
        let pairs = counts.states.rows.rows(at: (0..<states * actions).map { $0 / actions })
            .joined(counts.actions.rows.rows(at: (0..<states * actions).map { $0 % actions }))
        let (outside, scores) = (try guardian.isOutside(pairs), try guardian.score(pairs))
        let least = (0..<states).map { state -> Int? in
            let own = state * actions..<(state + 1) * actions
            guard own.allSatisfy({ outside[$0] }) else { return nil }
            return ProposalMask.leastOutside(scores[own], choiceRecords)
        }
        return (outside, least)
    }

    /// The recorded behaviour among the allowed pairs; in a state without records of those, all alike.
    var behaviour: TabularPolicy {
        let actions = model.actions
        return TabularPolicy(states: model.states, actions: actions) { state, action in
            guard allowed.contains(state, action) else { return 0 }
            guard (state + 1) * actions <= records.count else { return 1 }
            let own = allowed.actions(in: state).reduce(0) { $0 + records[state * actions + $1] }
            return own > 0 ? records[state * actions + action] : 1
        }
    }

    /// How uncertain a policy's expected costs are, because the laws are estimates: the standard deviation of each cost
    /// over the Dirichlet laws that the counts leave possible, to first order, with that of the starts.
    ///
    /// For independent pairs Var J = Σ d(s, a)²·Var[c + γV(s′)] / (n + m + 1) + Var V(s₀) / episodes, with the visits d.
    ///
    /// - Parameters:
    ///   - policy: stationary.
    ///   - occupancy: its visits.
    /// - Returns: one for each constraint.
    /// - Throws: `TabularModelError`.
    package func deviations(of policy: TabularPolicy, _ occupancy: Occupancy) throws -> [Double] {
        deviations(occupancy, try model.costs.map { try model.stateValues(of: policy, for: $0) })
    }

    /// The same of costs whose totals from every state on are known.
    ///
    /// - Parameters:
    ///   - occupancy: of the policy.
    ///   - values: of each cost, `[states]`.
    /// - Returns: one for each constraint.
    func deviations(_ occupancy: Occupancy, _ values: [[Double]]) -> [Double] {
        model.costs.indices.map { channel in
            let values = values[channel]
            var variance = Self.variance(zip(model.start, values)) / episodes
            for pair in records.indices {
                let (state, action) = (pair / model.actions, pair % model.actions)
                let visits = occupancy.visits(of: state, action: action)
                guard visits > 0 else { continue }
                let ahead = Self.variance(
                    model.successors(of: state, after: action).map { ($0.probability, values[$0.state]) })
                let own = costVariances[channel][pair] + model.discount * model.discount * ahead
                variance += visits * visits * own / (records[pair] + shrinkage + 1)
            }
            return variance.squareRoot()
        }
    }

    private static func variance(_ law: some Sequence<(Double, Double)>) -> Double {
        var (mean, square) = (0.0, 0.0)
        for (probability, value) in law {
            mean += probability * value
            square += probability * value * value
        }
        return max(0, square - mean * mean)
    }
}

/// Numbers of the recorded states, actions and outcomes.
private struct Counts {
    let states, actions: DistinctRows
    /// Pair and outcome of each row that may be followed; the outcome `states.count` is the end.
    let rows: [(row: Int, pair: Int, next: Int)]
    let ofPair: [Double]
    let ofState: [Double]
    let start: [Double]
    private let outcomesOfPair: [[Int: Double]]
    private let outcomesOfState: [[(next: Int, count: Double)]]

    /// Exact values factorise a dense matrix of the states.
    private static let mostStates = 5000, mostPairs = 1 << 22

    init(_ data: ModelData) throws {
        (states, actions) = (DistinctRows(of: data.observations), DistinctRows(of: data.actions))
        guard states.count <= Self.mostStates && actions.count <= Self.mostPairs / states.count else {
            throw OptionIssue(
                "optimiser",
                "\"exact\" plans in a table, and \(states.count) observations and \(actions.count) actions are "
                    + "too many for one. Write \"cpo\".")
        }
        let (end, choices) = (states.count, actions.count)
        let acted = states.numbers(of: data.observations), taken = actions.numbers(of: data.actions)
        let reached = states.numbers(of: data.nextObservations)
        var rows: [(row: Int, pair: Int, next: Int)] = []
        var ofPair = [Double](repeating: 0, count: end * choices)
        var outcomes = [[Int: Double]](repeating: [:], count: end * choices)
        for row in 0..<data.count where data.hasSuccessor[row] || data.isTerminated[row] {
            guard let state = acted[row], let action = taken[row] else { continue }
            let next = data.isTerminated[row] ? end : reached[row] ?? end
            rows.append((row, state * choices + action, next))
            ofPair[state * choices + action] += 1
            outcomes[state * choices + action][next, default: 0] += 1
        }
        var pooled = [[Int: Double]](repeating: [:], count: end)
        for (pair, counts) in outcomes.enumerated() {
            for (next, count) in counts { pooled[pair / choices][next, default: 0] += count }
        }
        (self.rows, self.ofPair, outcomesOfPair) = (rows, ofPair, outcomes)
        outcomesOfState = pooled.map { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
        ofState = (0..<end).map { ofPair[$0 * choices..<($0 + 1) * choices].reduce(0, +) }
        var start = [Double](repeating: 0, count: end + 1)
        let first = data.firstRows
        for row in first { start[acted[row] ?? end] += 1 }
        self.start = start.map { $0 / Double(first.count) }
    }

    /// The shrunk law of a pair; a state whose records were all cut off before their next observation ends.
    func law(_ state: Int, _ action: Int, _ shrinkage: Double) -> [TabularCMDP.Successor] {
        let pair = state * actions.count + action
        guard ofState[state] > 0 else { return [.init(states.count, 1)] }
        return outcomesOfState[state].map { next, count in
            let own = outcomesOfPair[pair][next] ?? 0
            return .init(next, (own + shrinkage * count / ofState[state]) / (ofPair[pair] + shrinkage))
        }
    }
}

/// Sums of a recorded number and of its square over pairs and states.
private struct CountedColumn {
    private var ofPair: [(sum: Double, squares: Double)]
    private var ofState: [(sum: Double, squares: Double)]

    init(_ values: [Double], _ counts: Counts) {
        ofPair = .init(repeating: (0, 0), count: counts.ofPair.count)
        ofState = .init(repeating: (0, 0), count: counts.ofState.count)
        for (row, pair, _) in counts.rows {
            let (state, value) = (pair / counts.actions.count, values[row])
            ofPair[pair].sum += value
            ofPair[pair].squares += value * value
            ofState[state].sum += value
            ofState[state].squares += value * value
        }
    }

    /// The mean over the shrunk law.
    func mean(_ pair: Int, _ state: Int, _ counts: Counts, _ shrinkage: Double) -> Double {
        drawn(ofPair[pair].sum, ofState[state].sum, pair, state, counts, shrinkage)
    }

    /// The variance over the shrunk law.
    func variance(_ pair: Int, _ state: Int, _ counts: Counts, _ shrinkage: Double) -> Double {
        let mean = mean(pair, state, counts, shrinkage)
        return max(
            0,
            drawn(ofPair[pair].squares, ofState[state].squares, pair, state, counts, shrinkage) - mean * mean)
    }

    private func drawn(
        _ own: Double, _ all: Double, _ pair: Int, _ state: Int, _ counts: Counts, _ shrinkage: Double
    ) -> Double {
        guard counts.ofState[state] > 0 else { return 0 }
        return (own + shrinkage * all / counts.ofState[state]) / (counts.ofPair[pair] + shrinkage)
    }
}
