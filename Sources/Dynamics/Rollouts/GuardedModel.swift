import Guardians
import Tensors

/// What a guarded model answers to a batch of states and actions.
public struct GuardedStep: Equatable, Sendable {
    /// States reached, `[n, S]`; the state acted in where no transition was made.
    public var nextStates: Matrix
    /// Rewards.
    public var rewards: [Double]
    /// Costs, `[n, channels]`, at least 0.
    public var costs: Matrix
    /// Whether the episode ends with this step, by itself or because the mode ends it.
    public var isTerminated: [Bool]
    /// Whether the pair asked for lies outside the data, or the model has no successor for it.
    public var isOutside: [Bool]
    /// Whether the mode made no transition: the state froze or the episode was ended.
    public var isStopped: [Bool]
    /// Whether a fallback's action was done instead of the one asked for.
    public var isReplaced: [Bool]
    /// What was done, `[n, A]`.
    public var executedActions: Matrix
    /// The recorded transition that each successor was read from; −1 where there is none.
    public var provenance: [Int]
    /// Disagreement of an ensemble; NaN where no transition was made, nil for models without members.
    public var disagreement: [Double]?
    /// How many predictions of each channel were clamped at 0.
    public var clamped: [Int]
}

/// The guarded, estimated constrained decision process: a model with its reward, its named costs and their budgets, and
/// a guardian whose judgement is one more cost.
///
/// Every channel is at least 0. The guardian's is called `out-of-support`, is the last one, and is 1 for a step outside the data; in
/// mode `off` it does not exist. A pair for which the model has no successor counts as outside.
///
/// - SeeAlso: Yan et al. 2025, arXiv:2505.16242, guarded E-CMDP; docs/guarded-model.md.
public struct GuardedModel {
    /// How the environment goes on.
    public let dynamics: any DynamicsModel
    /// The reward of a transition.
    public let reward: RewardModel
    /// The costs of a transition.
    public let costs: [CostModel]
    /// Who judges pairs; nil in mode `off`.
    public let guardian: (any SupportGuardian)?
    /// What happens outside.
    public let mode: GuardMode
    /// What may be spent.
    public let constraints: [CostConstraint]
    /// Names of the cost channels, in the order of the columns of `GuardedStep.costs`.
    public let channels: [String]
    /// What each of `costs` has in a step that makes no transition because it lies outside.
    public let outsideCosts: [Double]
    /// What each number of an action is brought into before it is judged and done, as an environment clips it; nil for anything.
    public let actionRange: ClosedRange<Double>?
    private let guardianColumns: ColumnOrder?

    /// Puts a guarded model together; the parts must agree on the names of their columns.
    ///
    /// - Parameters:
    ///   - dynamics: how the environment goes on.
    ///   - reward: of a transition.
    ///   - costs: of a transition, of different names.
    ///   - guardian: who judges pairs. Its features are found by name; without names they are all observations, then all
    ///     actions.
    ///   - mode: what happens outside.
    ///   - constraints: budgets for some or all channels.
    ///   - outsideCosts: what each cost has in a step that freezes the state or ends the episode because it lies outside, and in every
    ///     frozen step that follows, at least 0; nothing where empty. With the largest costs possible, the model's costs are an upper bound
    ///     of those of leaving; with none, leaving is an escape from costs.
    ///   - actionRange: what each number of an action is brought into before it is judged and done; nil for anything.
    /// - Throws: `DynamicsError` for parts that do not fit; `GuardianError` for a guardian of another size.
    public init(
        dynamics: any DynamicsModel, reward: RewardModel, costs: [CostModel] = [],
        guardian: (any SupportGuardian)? = nil, mode: GuardMode, constraints: [CostConstraint] = [],
        outsideCosts: [Double] = [], actionRange: ClosedRange<Double>? = nil
    ) throws {
        precondition(
            outsideCosts.isEmpty || outsideCosts.count == costs.count,
            "\(outsideCosts.count) costs outside for \(costs.count) costs")
        self.outsideCosts = outsideCosts.isEmpty ? costs.map { _ in 0 } : outsideCosts
        self.actionRange = actionRange
        (self.dynamics, self.reward, self.costs, self.mode) = (dynamics, reward, costs, mode)
        self.constraints = constraints
        var names = costs.map(\.name)
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw DynamicsError.repeatedName(names[twice], of: "costs")
        }
        if case .off = mode {
            (self.guardian, guardianColumns) = (nil, nil)
        } else {
            guard let guardian else { throw DynamicsError.noGuardian(mode: mode.name) }
            self.guardian = guardian
            guardianColumns = try Self.columns(of: guardian, in: dynamics.variables)
            names.append(outOfSupportChannel)
        }
        channels = names
        try CostConstraint.check(constraints, against: names)
        try checkParts()
    }

    /// Names and order of the columns of states and actions.
    public var variables: ModelVariables { dynamics.variables }

    private static func columns(of guardian: any SupportGuardian, in variables: ModelVariables) throws
        -> ColumnOrder
    {
        if let names = guardian.features.names { return try ColumnOrder(names, in: variables.all) }
        try guardian.features.check(
            GuardianFeatures(named: variables.all), of: type(of: guardian).kind)
        return try ColumnOrder(variables.all, in: variables.all)
    }

    private func checkParts() throws(DynamicsError) {
        let signals = [("reward", reward)] + costs.map { ("cost \"\($0.name)\"", $0.signal) }
        for (name, signal) in signals {
            if let given = signal.variables, given != variables {
                throw .otherVariables(of: name, given: given.all, expected: variables.all)
            }
            if case .head(let head) = signal, !dynamics.heads.contains(head) {
                throw .unknownName(head, present: dynamics.heads)
            }
        }
        switch mode {
        case .off, .costOnly: return
        case .absorbingPenalty(let reward), .terminate(let reward):
            guard reward.isFinite else {
                throw .outOfRange(option: "penalty", value: reward, range: "(−∞, ∞)")
            }
        case .reject(let fallback): try fallback.check(variables.actions)
        }
    }

    /// Whether each pair lies outside the data, or the model has no successor for it; never in mode `off`.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`, finite.
    ///   - actions: `[n, A]`, finite.
    /// - Returns: one a row.
    /// - Throws: `DynamicsError.divergedInput`, `GuardianError`; what the model throws.
    public func isOutside(_ states: Matrix, _ actions: Matrix) throws -> [Bool] {
        try variables.check(states, actions)
        return try outside(states, actions)
    }

    /// As `isOutside`, of pairs that were checked; a guardian may know the answer sooner than the score.
    func outside(_ states: Matrix, _ actions: Matrix) throws -> [Bool] {
        guard let guardian, let guardianColumns else { return [Bool](repeating: false, count: states.rows) }
        var outside = try guardian.isOutside(guardianColumns(states.joined(actions)))
        for (row, isKnown) in try dynamics.isKnown(states, actions).enumerated() where !isKnown {
            outside[row] = !(.infinity <= guardian.threshold)
        }
        return outside
    }

    /// Whether each pair lies outside the data, or the model has no successor for it, and how far outside it lies.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`.
    ///   - actions: `[n, A]`.
    /// - Returns: nothing is outside in mode `off`, and all scores are 0; a pair without a successor has score `+inf`.
    /// - Throws: `GuardianError`; what the model throws.
    func judge(_ states: Matrix, _ actions: Matrix) throws -> (isOutside: [Bool], scores: [Double]) {
        guard let guardian, let guardianColumns else {
            return ([Bool](repeating: false, count: states.rows), [Double](repeating: 0, count: states.rows))
        }
        var scores = try guardian.score(guardianColumns(states.joined(actions)))
        for (row, isKnown) in try dynamics.isKnown(states, actions).enumerated() where !isKnown {
            scores[row] = .infinity
        }
        return (scores.map { !($0 <= guardian.threshold) }, scores)
    }

    /// Takes one step in each row.
    ///
    /// Rows that make no transition draw nothing from their stream.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`, finite.
    ///   - actions: `[n, A]`, finite.
    ///   - streams: one a row.
    /// - Returns: what happened.
    /// - Throws: `DynamicsError`, `GuardianError`; what the parts throw.
    public func step(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws
        -> GuardedStep
    {
        try variables.check(states, actions)
        let actions = clipped(actions)
        var plan = StepPlan(
            isOutside: try outside(states, actions), actions: actions, columns: channels.count,
            states: states)
        try follow(mode, states, &plan)
        let going = plan.step.isStopped.indices.filter { !plan.step.isStopped[$0] }
        try move(going, states, &plan.step, using: &streams)
        if guardian != nil {
            for row in 0..<states.rows where plan.counts[row] {
                plan.step.costs[row, channels.count - 1] = 1
            }
        }
        for row in 0..<states.rows where plan.step.isStopped[row] {
            for (channel, cost) in outsideCosts.enumerated() { plan.step.costs[row, channel] = cost }
        }
        return plan.step
    }

    /// What a frozen step costs: 1 in the guardian's channel.
    var absorbingCosts: [Double] { guardian == nil ? outsideCosts : outsideCosts + [1] }

    private func clipped(_ actions: Matrix) -> Matrix {
        guard let actionRange else { return actions }
        return Matrix(
            actions.rows, actions.columns,
            actions.elements.map { min(max($0, actionRange.lowerBound), actionRange.upperBound) })
    }

    /// Applies the mode to the rows outside.
    private func follow(_ mode: GuardMode, _ states: Matrix, _ plan: inout StepPlan) throws {
        let outside = plan.step.isOutside.indices.filter { plan.step.isOutside[$0] }
        guard !outside.isEmpty else { return }
        switch mode {
        case .off: return
        case .costOnly: plan.count(outside)
        case .absorbingPenalty(let reward): plan.stop(outside, reward: reward, ending: false)
        case .terminate(let reward): plan.stop(outside, reward: reward, ending: true)
        case .reject(let fallback):
            let chosen = try fallback.actions(in: states.rows(at: outside), of: self)
            plan.replace(outside, by: chosen.actions)
            let still = zip(outside, chosen.isOutside).filter(\.1).map(\.0)
            switch fallback.whenOutside {
            case .proceed: plan.count(still)
            case .terminate(let reward): plan.stop(still, reward: reward, ending: true)
            }
        }
    }

    /// Makes the transitions of some rows.
    private func move(
        _ going: [Int], _ states: Matrix, _ step: inout GuardedStep, using streams: inout [RandomStream]
    ) throws {
        guard !going.isEmpty else { return }
        let (s, a) = (states.rows(at: going), step.executedActions.rows(at: going))
        var own = going.map { streams[$0] }
        let model = try dynamics.sample(s, a, using: &own)
        if let unknown = model.isKnown.firstIndex(of: false) {
            throw DynamicsError.unknownPair(row: going[unknown], mode: mode.name)
        }
        let rewards = try reward.values(of: "reward", s, a, model, heads: dynamics.heads)
        for (channel, cost) in costs.enumerated() {
            let (values, clamped) = try cost.values(s, a, model, heads: dynamics.heads)
            step.clamped[channel] = clamped
            for (at, row) in going.enumerated() { step.costs[row, channel] = values[at] }
        }
        if model.disagreement != nil {
            step.disagreement = [Double](repeating: .nan, count: states.rows)
        }
        for (at, row) in going.enumerated() {
            streams[row] = own[at]
            step.nextStates.setRow(row, to: model.nextStates, at)
            (step.rewards[row], step.isTerminated[row]) = (rewards[at], model.isTerminated[at])
            if let provenance = model.provenance { step.provenance[row] = provenance[at] }
            if let disagreement = model.disagreement { step.disagreement?[row] = disagreement[at] }
        }
        if let row = step.nextStates.firstNotFinite?.row {
            throw DynamicsError.divergedPrediction(of: "the next state", row: row)
        }
    }
}

/// A step being made up: what the mode decides before the model is asked.
private struct StepPlan {
    var step: GuardedStep
    /// Rows that count in the guardian's channel.
    var counts: [Bool]

    init(isOutside: [Bool], actions: Matrix, columns: Int, states: Matrix) {
        let (n, none) = (states.rows, [Bool](repeating: false, count: states.rows))
        step = GuardedStep(
            nextStates: states, rewards: [Double](repeating: 0, count: n), costs: Matrix(n, columns),
            isTerminated: none, isOutside: isOutside, isStopped: none, isReplaced: none,
            executedActions: actions, provenance: [Int](repeating: -1, count: n),
            clamped: [Int](repeating: 0, count: columns))
        counts = none
    }

    mutating func count(_ rows: [Int]) { for row in rows { counts[row] = true } }

    mutating func stop(_ rows: [Int], reward: Double, ending: Bool) {
        count(rows)
        for row in rows {
            step.isStopped[row] = true
            (step.rewards[row], step.isTerminated[row]) = (reward, ending)
        }
    }

    mutating func replace(_ rows: [Int], by actions: Matrix) {
        for (at, row) in rows.enumerated() {
            step.isReplaced[row] = true
            step.executedActions.setRow(row, to: actions, at)
        }
    }
}
