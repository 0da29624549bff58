import Dynamics
import Guardians
import PolicyOptimisation
import SafeRL

/// The policy being improved by roll-outs in the guarded model.
final class PolicyStage {
    /// What one update reports.
    struct Report {
        /// Mean undiscounted return of the roll-outs, and mean length.
        var modelReturn: Double, length: Double
        /// Share of the policy's decisions outside the data.
        var outsideShare: Double
        /// Mean spending of each budget, in the order of the constraints.
        var spending: [Double]
        /// KL divergence of the update, and whether the policy moved; of `exact`, whether its bounds keep the budgets.
        var divergence: Double, isAccepted: Bool
        /// Entropy after the update.
        var entropy: Double
        /// Case of the step, −1 for PPO-Lagrangian and `exact`; multipliers of the budgets.
        var stepCase: Int, multipliers: [Double]
        /// Mean squared error of the reward's value network before it was fitted.
        var valueError: Double
    }

    enum Learner {
        case trustRegion(TrustRegionLearner)
        case lagrangian(PPOLagrangian)
        case exact(ExactPlanner)

        var state: LearnerState {
            switch self {
            case .trustRegion(let learner): learner.state
            case .lagrangian(let learner): learner.state
            case .exact(let planner): planner.state
            }
        }
    }

    let form: PolicyForm
    let model: GuardedModel
    let constraints: [CostConstraint]
    private let options: OGSRL.Configuration
    private let starts: Matrix
    /// Steps of a recorded episode, in the mean.
    private let recordedLength: Double
    private let seed: UInt64
    private let viewer: PolicyViewer
    private let policy: StochasticPolicy
    private let mask: RememberedMask?
    let learner: Learner
    /// Judges the policy exactly, in place of roll-outs; nil where these are drawn.
    let critic: CountedCritic?
    /// Whether exact advantages lead nowhere any more.
    var isSettled = false
    var sampling: RandomStream
    /// Roll-outs so far: the number of the next one's random streams.
    var rolledOut = 0

    init(
        _ options: OGSRL.Configuration, _ form: PolicyForm, _ model: GuardedModel, on data: ModelData,
        guardian: (any SupportGuardian)?, startingFrom clone: [Double]?, seed: UInt64
    ) throws {
        (self.options, self.form, self.model, self.seed) = (options, form, model, seed)
        let first = data.firstRows
        starts = data.observations.rows(at: try RecordedStarts(options, data).rows)
        recordedLength = Double(data.count) / Double(first.count)
        constraints = model.constraints
        (viewer, policy) = (form.viewer(), form.policy())
        mask = ProposalMask(form, guardian).map {
            RememberedMask($0, observation: form.observationSize, choices: form.actionTable?.rows ?? 0)
        }
        sampling = RandomStream(seed: seed, for: .sampling, index: 1)
        var values = ValueFitting()
        values.hidden = options.widths
        if let own = options.optimiser.sampling { values.rate = own.valueRate }
        switch options.optimiser {
        case .cpo(let own), .trpo(let own):
            var chosen = TrustRegionLearner.Configuration()
            (chosen.divergence, chosen.damping, chosen.values) = (own.divergence, own.damping, values)
            let made = TrustRegionLearner(
                policy, constraints: constraints.count, configuration: chosen, seed: seed)
            if let clone { made.replaceParameters(clone) }
            learner = .trustRegion(made)
        case .ppoLagrangian(let own):
            var chosen = PPOLagrangian.Configuration()
            (chosen.largestDivergence, chosen.values) = (own.divergence, values)
            let made = PPOLagrangian(
                policy, constraints: constraints.count, configuration: chosen, seed: seed)
            if let clone { made.replaceParameters(clone) }
            learner = .lagrangian(made)
        case .exact(let own):
            learner = .exact(
                try ExactPlanner(
                    options, form, data, shrinkage: own.shrinkage, guardian: guardian, constraints))
        case .spibb(let own):
            learner = .exact(
                try ExactPlanner(
                    options, form, data, shrinkage: own.shrinkage, leastRecords: own.leastRecords,
                    guardian: guardian, constraints))
        }
        guard case .exact(let own) = options.optimiser.advantages else {
            critic = nil
            return
        }
        critic = try CountedCritic(
            options, form, data, shrinkage: own.shrinkage, guardian: guardian, constraints)
    }

    /// Whether further updates would change nothing.
    var isComplete: Bool { planner?.isSettled ?? isSettled }

    /// What planning or exact advantages say of the policy; nil for what learns from roll-outs.
    ///
    /// - Throws: as `CountedCritic.judge`.
    func plannedFigures() throws -> PlannedFigures? {
        try planner?.plan ?? critic?.judge(parameters).figures
    }

    /// The planner of `exact` and `spibb`; nil for others.
    var planner: ExactPlanner? {
        guard case .exact(let planner) = learner else { return nil }
        return planner
    }

    /// The policy's parameters.
    var parameters: [Double] {
        switch learner {
        case .trustRegion(let learner): learner.parameters
        case .lagrangian(let learner): learner.parameters
        case .exact(let planner): planner.parameters
        }
    }

    /// Rolls out and improves; of `exact` one round.
    ///
    /// - Throws: `NonFiniteError`, `DynamicsError`, `GuardianError`; as `ExactPlanner.round`; what `goOn` throws, with
    ///   everything as before.
    func update(asking goOn: () throws -> Void) throws -> Report {
        if let planner { return Self.report(try planner.round(), isSettled: planner.isSettled) }
        if let critic { return try improve(by: critic) }
        var drawing = sampling
        guard let own = options.optimiser.sampling else { preconditionFailure("no roll-outs are drawn") }
        let buffer = try rollOut(own.rollouts, number: rolledOut, from: &drawing, asking: goOn)
        sampling = drawing
        rolledOut += own.rollouts
        let batch = try batch(of: buffer, trace: own.trace)
        var report = Report(
            modelReturn: mean(buffer.returns(discount: 1)),
            length: Double(buffer.count) / Double(buffer.episodes.count),
            outsideShare: mean(buffer.decisions.map { buffer.isOutside[$0] ? 1 : 0 }),
            spending: try constraints.map { mean(try spending(of: $0, in: buffer)) }, divergence: 0,
            isAccepted: true, entropy: 0, stepCase: -1, multipliers: [], valueError: 0)
        switch learner {
        case .trustRegion(let learner): report.take(try learner.update(batch))
        case .lagrangian(let learner):
            let done = try learner.update(batch)
            (report.divergence, report.entropy) = (done.change.divergence, done.entropy)
            (report.multipliers, report.valueError) = (done.multipliers, done.valueErrors[0])
        case .exact: preconditionFailure("a planner takes no roll-outs")
        }
        return report
    }

    /// One step by exact advantages.
    private func improve(by critic: CountedCritic) throws -> Report {
        guard case .trustRegion(let learner) = learner else {
            preconditionFailure("exact advantages for another optimiser")
        }
        let (figures, batch) = try critic.judge(parameters)
        let done = try learner.update(batch)
        var report = Self.report(figures, isSettled: false)
        report.take(done)
        // Nothing is drawn: where no step is accepted, or none is left to gain, the next update would be this one again.
        let gain = done.search.attempts.last?.values.rewardChange ?? 0
        isSettled =
            !done.isAccepted
            || (gain < 1e-6 * max(1, abs(figures.value)) && batch.excess.allSatisfy { $0 <= 1e-6 })
        return report
    }

    private static func report(_ plan: PlannedFigures, isSettled: Bool) -> Report {
        Report(
            modelReturn: plan.value, length: plan.length, outsideShare: plan.outsideShare,
            spending: plan.costs, divergence: 0, isAccepted: isSettled, entropy: 0, stepCase: -1,
            multipliers: plan.prices, valueError: 0)
    }

    /// Fresh roll-outs of the policy as it acts, from starts drawn from the data.
    ///
    /// - Parameters:
    ///   - count: episodes.
    ///   - number: of the first one's random streams.
    ///   - stream: draws the starts.
    ///   - goOn: called before every step; what it throws ends the roll-outs.
    /// - Returns: every step.
    /// - Throws: `DynamicsError`, `GuardianError`.
    func rollOut(
        _ count: Int, number: Int, from stream: inout RandomStream, asking goOn: () throws -> Void = {}
    ) throws -> RolloutBuffer {
        let chosen = (0..<count).map { _ in stream.nextInteger(below: starts.rows) }
        let (policy, parameters) = (policy, parameters)
        let acting = ModelPolicy(variables: model.variables) { states, streams in
            policy.vectors(
                of: policy.sample(
                    try self.inputs(self.viewer(states), of: states), parameters: parameters, using: &streams)
            )
        }
        return try model.rollOut(
            acting, from: starts.rows(at: chosen), horizon: options.horizon, seed: seed, firstNumber: number,
            asking: goOn)
    }

    /// What the policy sees of states, with what it may propose there.
    private func inputs(_ seen: Matrix, of states: Matrix) throws -> PolicyInputs {
        PolicyInputs(seen, allowed: try mask?.allowed(in: states))
    }

    private func batch(of buffer: RolloutBuffer, trace: Double) throws -> PolicyBatch {
        let rows = buffer.decisions
        let (seen, next) = (viewer(buffer.states), viewer(buffer.nextStates))
        func of(_ values: [Double]) -> [Double] { rows.map { values[$0] } }
        let (rewardValue, costValues) = values
        let frozen = options.discount < 1 ? FrozenValue.forEver : .toHorizon
        let reward = buffer.rewardAdvantages(
            AdvantageEstimation(discount: options.discount, trace: trace), values: rewardValue(seen),
            nextValues: ahead(rewardValue(next), options.discount, buffer), frozen: frozen)
        var (costAdvantages, costReturns, excess): ([[Double]], [[Double]], [Double]) = ([], [], [])
        for (constraint, value) in zip(constraints, costValues) {
            let discount = constraint.sum.discount
            // A plain sum is one to the horizon: a frozen state costs what is left of it.
            let cost = try buffer.costAdvantages(
                constraint.name, AdvantageEstimation(discount: discount, trace: trace),
                values: value(seen), nextValues: ahead(value(next), discount, buffer), frozen: .toHorizon)
            costAdvantages.append(of(cost.advantages))
            costReturns.append(of(cost.targets))
            excess.append(
                mean(try buffer.spending(of: constraint)) - constraint.budget * budgetShare(of: buffer))
        }
        return PolicyBatch(
            inputs: try inputs(seen.rows(at: rows), of: buffer.states.rows(at: rows)),
            actions: actions(buffer, rows),
            advantages: of(reward.advantages), returns: of(reward.targets), costAdvantages: costAdvantages,
            costReturns: costReturns, excess: excess,
            rowsPerEpisode: Double(rows.count) / Double(buffer.episodes.count))
    }

    /// What part of its budget an episode in the model has; 1 unless budgets are per recorded episode.
    ///
    /// Its steps over those of a recorded one, both in the mean. What follows in a frozen state counts for nothing where it costs
    /// nothing.
    private func budgetShare(of buffer: RolloutBuffer) -> Double {
        guard options.budgetsPer == .episode else { return 1 }
        let steps = options.chargesLeaving ? buffer.count : buffer.decisions.count
        return min(1, Double(steps) / Double(buffer.episodes.count) / recordedLength)
    }

    /// What each episode in the model spent of a constraint's budget, in the unit of the budget.
    ///
    /// - Throws: `DynamicsError`.
    func spending(of constraint: CostConstraint, in buffer: RolloutBuffer) throws -> [Double] {
        let share = budgetShare(of: buffer)
        return try buffer.spending(of: constraint).map { $0 / share }
    }

    /// Values of the states reached; a sum without discount ends at the horizon, where nothing is left of it.
    private func ahead(_ values: [Double], _ discount: Double, _ buffer: RolloutBuffer) -> [Double] {
        guard discount == 1 else { return values }
        return zip(values, buffer.isTruncated).map { $1 ? 0 : $0 }
    }

    private func actions(_ buffer: RolloutBuffer, _ rows: [Int]) -> PolicyActions {
        let asked = buffer.actions.rows(at: rows)
        guard let table = form.actionTable else { return .vectors(asked) }
        let numbers = DistinctRows(of: table).numbers(of: asked)
        return .choices(
            numbers.map { number in
                guard let number else { preconditionFailure("an action that the policy does not have") }
                return number
            })
    }

    private var values: (ValueFunction, [ValueFunction]) {
        switch learner {
        case .trustRegion(let learner): (learner.rewardValue, learner.costValues)
        case .lagrangian(let learner): (learner.rewardValue, learner.costValues)
        case .exact: preconditionFailure("a planner has no value networks")
        }
    }
}

extension PolicyStage.Report {
    /// What a step within the trust region did.
    fileprivate mutating func take(_ done: TrustRegionLearner.UpdateReport) {
        divergence = done.isAccepted ? done.search.attempts.last?.values.divergence ?? 0 : 0
        (isAccepted, entropy) = (done.isAccepted, done.entropy)
        (stepCase, multipliers) = (done.step.stepCase.rawValue, done.step.costMultipliers)
        valueError = done.valueErrors.first ?? 0
    }
}

/// 0 for no values.
func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}
