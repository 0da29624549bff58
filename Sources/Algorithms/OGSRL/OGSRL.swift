// OGSRL: Yan, Shen, Wachi, Gros, Zhao, Hu, "Offline Guarded Safe Reinforcement Learning for Medical Treatment
// Optimization Strategies", NeurIPS 2025, arXiv:2505.16242.
//
//   paper                    here
//   g-hat                    guardian                  1 where (s, a) lies outside the data
//   T-hat, r-hat, c-hat      model                     learned dynamics, with reward and costs
//   c-bar_j, c-bar_g         budgets                   of each named cost; out-of-support is the guardian's
//   H, gamma                 horizon, discount
//   ConOpt                   optimiser                 CPO, PPO-Lagrangian; TRPO without budgets; of a table, exact
//
// Followed: the paper's method (GSRL): fit a guardian, guard the learned model, improve a policy in it under budgets.
// The released code differs from it in twenty-four places (specification, section 8); docs/ogsrl.md says for each what
// is done here. In short: costs are at least 0 and each has a budget of its own; rewards, costs and endings are read from
// the row that the successor was read from; columns are found by name; a truncated step bootstraps and a terminated one
// does not; cost advantages are never rescaled; the step is CPO's; values are fitted to returns.

import Dynamics
import Guardians
import PolicyOptimisation
import SafeRL

/// Guarded model-based offline reinforcement learning.
///
/// Three stages: a guardian of the data's support, a model of the environment, and a policy that is improved by roll-outs
/// in that model. What the guardian calls outside is a cost, an end or a forbidden action, as `mode` says.
public final class OGSRL: Algorithm {
    /// `ogsrl`.
    public static let name = "ogsrl"
    /// Yes: its policies are distributions over recorded actions anyway.
    public static let learnsChoices = true

    let options: Configuration
    /// All that was recorded.
    let recorded: ModelData
    /// What is learned from, without the episodes kept apart for the test of improvement.
    let data: ModelData
    /// The episodes kept apart; nil where none are.
    let testData: ModelData?
    let seed: UInt64
    var guardian: GuardianStage
    var model: ModelStage
    /// The clone that the policy starts from; nil where it starts from nothing.
    let cloning: CloningStage?
    /// Made when the policy's first update comes.
    private(set) var policy: PolicyStage?
    let form: PolicyForm
    let constraints: [CostConstraint]

    /// Checks the data and the budgets against each other.
    ///
    /// - Throws: `OptionIssue`, `DynamicsError`, `GuardianError`.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        (options, self.seed) = (configuration, seed)
        guard data.transforms.observationMean == nil else {
            throw OptionIssue(
                "inputs",
                "every part scales observations itself. Write \"data.normalizeObservations\": false.")
        }
        try Self.check(configuration, choicesOf: data)
        recorded = try ModelData(data).remembering(configuration.history)
        (self.data, testData) = try recorded.keepingApart(configuration.testShare, seed: seed)
        constraints = try Self.constraints(configuration, self.data)
        // Refused now rather than when the policy's stage begins.
        _ = try RecordedStarts(configuration, self.data)
        guardian = try GuardianStage(configuration, self.data, seed: seed)
        model = try ModelStage(configuration, self.data, seed: seed)
        form = PolicyForm(configuration, self.data, choices: data.actionChoices)
        cloning = configuration.clones ? CloningStage(configuration, form, self.data, seed: seed) : nil
        guard let records = form.records, records.count > ProposalMask.mostChoices else { return }
        throw OptionIssue(
            "proposals",
            "\"masked\" asks the guardian about every recorded action in every state, and \(records.count) are too "
                + "many. Write \"any\", or \"actions\": \"gaussian\".")
    }

    /// Most numbers that choices are spread out into: 2 GB of them.
    private static let mostIndicators = 1 << 28

    private static func check(_ options: Configuration, choicesOf data: TransitionDataset) throws {
        guard let choices = data.actionChoices else { return }
        if options.history > 0 {
            throw OptionIssue(
                "history",
                "remembers actions of real numbers, and the data's are one of \(choices) choices. Write 0.")
        }
        if options.actions == .gaussian {
            throw OptionIssue(
                "actions",
                "\"gaussian\" draws real numbers, but the data's actions are one of \(choices) choices. "
                    + "Write \"finite\".")
        }
        if data.count > mostIndicators / choices {
            throw OptionIssue(
                "model",
                "\(data.count) transitions with \(choices) choices are too many: their models need a number for each "
                    + "pair, \(mostIndicators) at most. Record fewer transitions, or write \"algorithm\": \"bc\"."
            )
        }
    }

    private static func constraints(_ options: Configuration, _ data: ModelData) throws -> [CostConstraint] {
        let channels = data.costs.map(\.name) + (options.guardian == .none ? [] : [outOfSupportChannel])
        return try options.budgets.sorted { $0.key < $1.key }.map { name, budget in
            guard channels.contains(name) else {
                throw OptionIssue(
                    "budgets",
                    "\(quoted(name)) is no cost of the data, which has \(channels.map(quoted).joined(separator: ", "))."
                )
            }
            let sum = options.discountsCosts ? CostSum.discounted(options.discount) : .undiscounted
            return try CostConstraint(name, budget: budget, sum: sum)
        }
    }

    /// The budgets; of evaluations, whose costs are not discounted, where those of the budgets are not.
    public static func metricLimits(_ options: Configuration) -> [String: Double] {
        var limits: [String: Double] = [:]
        for (name, budget) in options.budgets {
            limits["cost_\(name)"] = budget
            if !options.discountsCosts || options.discount == 1 { limits["cost_mean.\(name)"] = budget }
        }
        return limits
    }

    /// Guardian, model, policy; the model first where the guardian asks its members or for its errors.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        let guardian = Stage(
            "guardian", updates: GuardianStage.updates(options), isComplete: { self.guardian.isComplete },
            asking: fitGuardian)
        let model = Stage(
            "model", updates: ModelStage.updates(options), isComplete: { self.model.isComplete },
            update: fitModel)
        var stages = options.startsWithModel ? [model, guardian] : [guardian, model]
        if let cloning {
            stages.append(
                Stage(
                    "cloning", updates: CloningStage.updates(options), isComplete: { cloning.isComplete }
                ) { try self.clone(cloning) })
        }
        let left = max(steps - stages.reduce(0) { $0 + $1.updates }, 0)
        return stages + [
            Stage(
                "policy", updates: left, isComplete: { self.policy?.isComplete ?? false },
                asking: improvePolicy)
        ]
    }

    /// None where episodes are kept apart.
    public static func improvementObstacle(_ configuration: Configuration) -> OptionIssue? {
        guard configuration.testShare == 0 else { return nil }
        if configuration.actions == .gaussian {
            return OptionIssue(
                "ogsrl.actions",
                "improvement is tested by probabilities of recorded actions, and a Gaussian has none. Train without "
                    + "--require-improvement, and judge the policy where it acts with \"saferl certify\".")
        }
        return OptionIssue(
            "ogsrl.testShare",
            "no episodes are kept apart to test improvement on, which --require-improvement asks for. Start a run with "
                + "--set ogsrl.testShare=0.4.")
    }

    /// Allowed: only the last stage, the policy's, gets longer, and its steps are all alike.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// From the policy's first update on.
    public var hasPolicy: Bool { policy != nil }

    private func fitGuardian(asking goOn: () throws -> Void) throws -> Metrics {
        do {
            return Metrics(values: [("gap", Float(try guardian.update(ensemble, asking: goOn)))])
        } catch let cause as GuardianError {
            throw GuardianFitError(cause)
        }
    }

    private func fitModel() throws -> Metrics {
        let (loss, heldOut) = try model.update()
        return Metrics(values: [("loss", Float(loss)), ("held_out_error", Float(heldOut))])
    }

    private func clone(_ cloning: CloningStage) throws -> Metrics {
        let mask = ProposalMask(form, guardian.guardian)
        return Metrics(values: [("cloning_loss", Float(try cloning.update(mask)))])
    }

    /// Roll-outs and one step of the policy; asks before every step of the roll-outs.
    private func improvePolicy(asking goOn: () throws -> Void) throws -> Metrics {
        metrics(of: try policyStage().update(asking: goOn))
    }

    private var ensemble: (() throws -> EnsembleDynamics)? {
        guard options.model.ensemble != nil else { return nil }
        let model = model
        return { model.ensemble() }
    }

    func policyStage() throws -> PolicyStage {
        if let policy { return policy }
        if options.guardian != .none && guardian.guardian == nil {
            throw OptionIssue(
                "guardian.updates",
                "the guardian has not converged after \(GuardianStage.updates(options)) updates. Raise it.")
        }
        let model = try model.guarded(
            by: guardian.guardian, form, constraints)
        let made = try PolicyStage(
            options, form, model, on: data, guardian: guardian.guardian, startingFrom: cloning?.parameters,
            seed: seed)
        policy = made
        return made
    }

    /// The policy as learned so far, with its guardian where that masks proposals or in mode `reject`.
    ///
    /// - Throws: as the first update of the policy, before it.
    public func makePolicy() throws -> any Policy {
        let stage = try policyStage()
        return GuardedPolicy(
            form, parameters: stage.parameters,
            guardian: options.guardsActing ? guardian.guardian : nil)
    }

    /// Stores everything that the next update depends on.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try guardian.save(to: &checkpoint)
        try model.save(to: &checkpoint)
        try cloning?.save(to: &checkpoint)
        try policy?.save(to: &checkpoint)
        try checkpoint.store("ogsrl.hasPolicy", policy != nil)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError` and the errors of the parts.
    public func load(from checkpoint: CheckpointReader) throws {
        try model.load(from: checkpoint)
        try guardian.load(from: checkpoint, ensemble)
        try cloning?.load(from: checkpoint)
        guard try checkpoint.value("ogsrl.hasPolicy", as: Bool.self) else { return }
        try policyStage().load(from: checkpoint)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`, also for a checkpoint of the stages before the policy's.
    public static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> any Policy
    {
        guard try checkpoint.value("ogsrl.hasPolicy", as: Bool.self) else {
            throw CheckpointError.noPolicy(path: checkpoint.path)
        }
        let form = try checkpoint.value("policy.form", as: PolicyForm.self)
        let guardian =
            configuration.guardsActing
            ? try GuardianStage.guardian(in: checkpoint) {
                try ModelStage.ensemble(configuration, in: checkpoint)
            } : nil
        if let guardian, guardian.features.count != form.observationSize + form.actionSize {
            throw CheckpointError.unsound(
                GuardianStage.name, path: checkpoint.path,
                reason: "it judges \(guardian.features.count) numbers, and a pair has "
                    + "\(form.observationSize + form.actionSize)")
        }
        let count = form.policy().parameterCount
        return GuardedPolicy(
            form, parameters: try checkpoint.finiteNumbers("policy.weights", count: count), guardian: guardian
        )
    }
}
