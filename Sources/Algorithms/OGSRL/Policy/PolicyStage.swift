import Dynamics
import Guardians
import PolicyOptimisation
import SafeRL

/// The policy with what improves it, the guarded model that it is rolled out in, and the places where roll-outs begin.
final class PolicyStage {
    /// What improves the policy.
    enum Improver {
        /// Roll-outs and steps.
        case learner(any PolicyLearner)
        /// What is read off the counted model.
        case counted(any CountedImprover)
    }

    let form: PolicySpaces
    let model: GuardedModel
    let improver: Improver
    let viewer: PolicyViewer
    private let options: OGSRL.Configuration
    private let starts: Matrix
    /// Steps of a recorded episode, in the mean.
    private let recordedLength: Double
    private let seed: UInt64
    private let policy: StochasticPolicy
    private let mask: RememberedMask?
    var sampling: RandomStream
    /// Roll-outs so far: the number of the next one's random streams.
    var rolledOut = 0

    init(
        _ options: OGSRL.Configuration, _ form: PolicySpaces, _ model: GuardedModel, on data: ModelData,
        guardian: (any SupportGuardian)?, startingFrom clone: [Double]?, seed: UInt64
    ) throws {
        (self.options, self.form, self.model, self.seed) = (options, form, model, seed)
        let first = data.firstRows
        starts = data.observations.rows(at: try RecordedStarts(options, data).rows)
        recordedLength = Double(data.count) / Double(first.count)
        (viewer, policy) = (form.viewer(), form.policy())
        mask = ProposalMask(form, guardian).map {
            RememberedMask($0, observation: form.observationSize, choices: form.actionTable?.rows ?? 0)
        }
        sampling = RandomStream(seed: seed, for: .sampling, index: 1)
        improver = try Self.improver(
            options, form, model.constraints, on: data, guardian: guardian, startingFrom: clone, seed: seed)
    }

    private static func improver(
        _ options: OGSRL.Configuration, _ form: PolicySpaces, _ constraints: [CostConstraint],
        on data: ModelData, guardian: (any SupportGuardian)?, startingFrom clone: [Double]?, seed: UInt64
    ) throws -> Improver {
        var values = ValueFitting()
        values.hidden = options.widths
        if let own = options.optimiser.sampling { values.rate = own.valueRate }
        switch options.optimiser {
        case .cpo(let own), .trpo(let own):
            var chosen = TrustRegionLearner.Configuration()
            (chosen.divergence, chosen.damping, chosen.values) = (own.divergence, own.damping, values)
            let learner = TrustRegionLearner(
                form.policy(), constraints: constraints.count, configuration: chosen, seed: seed)
            if let clone { learner.replaceParameters(clone) }
            guard case .exact(let counting) = own.advantages else { return .learner(learner) }
            let critic = try CountedCritic(
                options, form, data, shrinkage: counting.shrinkage, guardian: guardian, constraints)
            return .counted(CountedSteps(critic, learner))
        case .ppoLagrangian(let own):
            var chosen = PPOLagrangian.Configuration()
            (chosen.largestDivergence, chosen.values) = (own.divergence, values)
            let learner = PPOLagrangian(
                form.policy(), constraints: constraints.count, configuration: chosen, seed: seed)
            if let clone { learner.replaceParameters(clone) }
            return .learner(learner)
        case .exact(let own):
            return .counted(
                try CountedPlanning(
                    options, form, data, shrinkage: own.shrinkage, guardian: guardian, constraints))
        case .spibb(let own):
            return .counted(
                try CountedPlanning(
                    options, form, data, shrinkage: own.shrinkage, leastRecords: own.leastRecords,
                    guardian: guardian, constraints))
        }
    }

    /// What improves the policy, whichever it is.
    var anyImprover: any PolicyImprover {
        switch improver {
        case .learner(let learner): learner
        case .counted(let counted): counted
        }
    }

    /// What reads off the counted model; nil for what learns from roll-outs.
    var counted: (any CountedImprover)? {
        if case .counted(let counted) = improver { counted } else { nil }
    }

    /// Whether further updates would change nothing.
    var isComplete: Bool { counted?.isSettled ?? false }

    /// The policy's parameters.
    var parameters: [Double] { anyImprover.parameters }

    // MARK: Roll-outs

    /// Fresh roll-outs of training, from starts drawn from the data.
    ///
    /// - Throws: `DynamicsError`, `GuardianError`; what `goOn` throws, with everything as before.
    func rollOut(_ count: Int, asking goOn: () throws -> Void) throws -> RolloutBuffer {
        var drawing = sampling
        let buffer = try rollOut(count, number: rolledOut, from: &drawing, asking: goOn)
        (sampling, rolledOut) = (drawing, rolledOut + count)
        return buffer
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
    func inputs(_ seen: Matrix, of states: Matrix) throws -> PolicyInputs {
        PolicyInputs(seen, allowed: try mask?.allowed(in: states))
    }

    /// What part of its budget an episode in the model has; 1 unless budgets are per recorded episode.
    ///
    /// Its steps over those of a recorded one, both in the mean. What follows in a frozen state counts for nothing where it costs
    /// nothing.
    func budgetShare(of buffer: RolloutBuffer) -> Double {
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

    /// What was done in some rows, as the policy has it.
    func actions(_ buffer: RolloutBuffer, _ rows: [Int]) -> PolicyActions {
        let asked = buffer.actions.rows(at: rows)
        guard let table = form.actionTable else { return .vectors(asked) }
        let numbers = DistinctRows(of: table).numbers(of: asked)
        return .choices(
            numbers.map { number in
                guard let number else { preconditionFailure("an action that the policy does not have") }
                return number
            })
    }
}

/// 0 for no values.
func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}
