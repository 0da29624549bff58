import Tensors

/// A constrained Markov decision process with finitely many states and actions, all of it known.
///
/// Rewards and costs belong to a state and the action taken there. Episodes begin by `start` and end on entering a
/// terminal state; where there is a `horizon`, also after so many steps. With a discount of 1 and no horizon every
/// allowed behaviour must end with probability 1, which is checked where it matters.
///
/// Only successors that can occur are stored, so a model of n states may have far more than n² pairs; exact solutions
/// without a horizon, however, factorise a dense matrix of its non-terminal states.
public struct TabularCMDP: Sendable, Equatable {
    /// A state that may follow, with its probability.
    public struct Successor: Sendable, Equatable {
        /// In 0 ..< `states`.
        public let state: Int
        /// In (0, 1].
        public let probability: Double

        /// Names a state and its probability.
        public init(_ state: Int, _ probability: Double) {
            (self.state, self.probability) = (state, probability)
        }
    }

    /// What an action in a state leads to.
    public struct Outcome: Sendable, Equatable {
        /// The states that may follow, in any order; a state named twice counts with the sum.
        public var successors: [Successor]
        /// Expected reward.
        public var reward: Double
        /// Expected cost of every channel, at least 0.
        public var costs: [Double]

        /// Describes an outcome.
        public init(_ successors: [Successor], reward: Double, costs: [Double] = []) {
            (self.successors, self.reward, self.costs) = (successors, reward, costs)
        }
    }

    /// Number of states, terminal ones included.
    public let states: Int
    /// Number of actions, the same in every state.
    public let actions: Int
    /// Probability of every state at the start of an episode.
    public let start: [Double]
    /// Factor by which a step counts less than the one before, in (0, 1].
    public let discount: Double
    /// Steps after which an episode is cut; nothing for episodes of any length.
    public let horizon: Int?
    /// Names of the cost channels.
    public let costNames: [String]
    /// Whether entering a state ends the episode.
    public let isTerminal: [Bool]
    /// Expected reward of every pair, `[states, actions]`; 0 in terminal states.
    public let rewards: [Double]
    /// Expected cost of every pair, for each channel `[states, actions]`; 0 in terminal states.
    public let costs: [[Double]]

    /// Where the successors of pair `state·actions + action` begin; one entry more than there are pairs.
    let offsets: [Int]
    let successorStates: [Int32]
    let successorProbabilities: [Double]

    /// Builds a model by asking for the outcome of every pair of a non-terminal state and an action.
    ///
    /// - Parameters:
    ///   - states: number of states, at least 1.
    ///   - actions: number of actions, at least 1.
    ///   - start: a probability for every state; it may begin in a terminal state, where nothing follows.
    ///   - discount: in (0, 1].
    ///   - horizon: at least 1, or nothing.
    ///   - costNames: one name for each cost of an outcome.
    ///   - isTerminal: whether a state ends the episode.
    ///   - outcome: what an action leads to.
    /// - Throws: `badLaw`, `badStart`, `badOutcome`.
    public init(
        states: Int, actions: Int, start: [Double], discount: Double = 1, horizon: Int? = nil,
        costNames: [String] = [], isTerminal: [Bool], outcome: (_ state: Int, _ action: Int) -> Outcome
    ) throws(TabularModelError) {
        precondition(states >= 1 && actions >= 1, "\(states) states, \(actions) actions")
        precondition(
            start.count == states && isTerminal.count == states,
            "\(start.count) start probabilities and \(isTerminal.count) endings for \(states) states")
        precondition(discount > 0 && discount <= 1, "a discount of \(discount) is outside (0, 1]")
        precondition(horizon.map { $0 >= 1 } ?? true, "a horizon below one step")
        try Self.checkStart(start)
        var table = TransitionTable(states: states, channels: costNames.count)
        for state in 0..<states {
            for action in 0..<actions {
                try table.append(isTerminal[state] ? nil : outcome(state, action), state, action)
            }
        }
        (self.states, self.actions, self.start) = (states, actions, start)
        (self.discount, self.horizon, self.costNames) = (discount, horizon, costNames)
        (self.isTerminal, rewards, costs) = (isTerminal, table.rewards, table.costs)
        (offsets, successorStates) = (table.offsets, table.states)
        successorProbabilities = table.probabilities
    }

    private static func checkStart(_ start: [Double]) throws(TabularModelError) {
        if let state = start.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
            throw .badStart(reason: "state \(state) has the probability \(start[state])")
        }
        let sum = start.reduce(0, +)
        guard abs(sum - 1) <= 1e-9 else { throw .badStart(reason: "the probabilities sum to \(sum)") }
    }

    /// Number of pairs of a state and an action.
    public var pairs: Int { states * actions }

    /// The states that may follow an action in a state, ascending; none in a terminal state.
    public func successors(of state: Int, after action: Int) -> [Successor] {
        row(state * actions + action).map { Successor(Int(successorStates[$0]), successorProbabilities[$0]) }
    }

    /// The state that follows when a number uniform in [0, 1) is drawn: the quantile of the law over ascending states.
    ///
    /// - Parameters:
    ///   - state: not terminal.
    ///   - action: in 0 ..< `actions`.
    ///   - fraction: in [0, 1).
    /// - Returns: a state of positive probability.
    public func successor(of state: Int, after action: Int, at fraction: Double) -> Int {
        let row = row(state * actions + action)
        precondition(!row.isEmpty, "nothing follows the terminal state \(state)")
        var rest = fraction
        for index in row {
            rest -= successorProbabilities[index]
            if rest < 0 { return Int(successorStates[index]) }
        }
        // The probabilities may sum to a little less than 1.
        return Int(successorStates[row.upperBound - 1])
    }

    /// The same process counted differently, or begun elsewhere.
    ///
    /// - Parameters:
    ///   - discount: in (0, 1].
    ///   - horizon: at least 1, or nothing.
    ///   - start: another start law, or nothing for the same.
    /// - Returns: a model with the same transitions, rewards and costs.
    /// - Throws: `badStart`.
    public func with(
        discount: Double, horizon: Int?, start: [Double]? = nil
    ) throws(TabularModelError) -> TabularCMDP {
        try TabularCMDP(
            states: states, actions: actions, start: start ?? self.start, discount: discount,
            horizon: horizon, costNames: costNames, isTerminal: isTerminal
        ) { state, action in
            let pair = state * actions + action
            return Outcome(
                successors(of: state, after: action), reward: rewards[pair], costs: costs.map { $0[pair] })
        }
    }

    /// Places of a pair's successors.
    func row(_ pair: Int) -> Range<Int> { offsets[pair]..<offsets[pair + 1] }

    /// Σ p(s′ | s, a)·values[s′] over the non-terminal successors of a pair.
    func expectation(of values: [Double], after pair: Int) -> Double {
        var sum = 0.0
        for index in row(pair) {
            let next = Int(successorStates[index])
            if !isTerminal[next] { sum += successorProbabilities[index] * values[next] }
        }
        return sum
    }
}

/// A model's transitions while they are gathered.
private struct TransitionTable {
    let channels, stateCount: Int
    var offsets = [0]
    var states: [Int32] = []
    var probabilities: [Double] = []
    var rewards: [Double] = []
    var costs: [[Double]]

    init(states: Int, channels: Int) {
        (stateCount, self.channels) = (states, channels)
        costs = .init(repeating: [], count: channels)
    }

    /// Adds the next pair; nothing follows a terminal state.
    mutating func append(
        _ outcome: TabularCMDP.Outcome?, _ state: Int, _ action: Int
    ) throws(TabularModelError) {
        guard let outcome else {
            rewards.append(0)
            for channel in 0..<channels { costs[channel].append(0) }
            offsets.append(states.count)
            return
        }
        precondition(outcome.costs.count == channels, "\(outcome.costs.count) costs for \(channels) channels")
        try check(outcome, state, action)
        rewards.append(outcome.reward)
        for channel in 0..<channels { costs[channel].append(outcome.costs[channel]) }
        let first = states.count
        for successor in outcome.successors.sorted(by: { $0.state < $1.state })
        where successor.probability > 0 {
            if let last = states.last, states.count > first, Int(last) == successor.state {
                probabilities[probabilities.count - 1] += successor.probability
            } else {
                states.append(Int32(successor.state))
                probabilities.append(successor.probability)
            }
        }
        offsets.append(states.count)
    }

    private func check(
        _ outcome: TabularCMDP.Outcome, _ state: Int, _ action: Int
    ) throws(TabularModelError) {
        guard outcome.reward.isFinite else {
            throw .badOutcome(state: state, action: action, reason: "the reward is \(outcome.reward)")
        }
        if let cost = outcome.costs.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw .badOutcome(state: state, action: action, reason: "a cost is \(cost)")
        }
        for successor in outcome.successors {
            guard 0..<stateCount ~= successor.state else {
                throw .badLaw(state: state, action: action, reason: "\(successor.state) is no state")
            }
            guard successor.probability >= 0, successor.probability.isFinite else {
                throw .badLaw(
                    state: state, action: action, reason: "a probability is \(successor.probability)")
            }
        }
        let sum = outcome.successors.reduce(0) { $0 + $1.probability }
        guard abs(sum - 1) <= 1e-9 else {
            throw .badLaw(state: state, action: action, reason: "the probabilities sum to \(sum)")
        }
    }
}
