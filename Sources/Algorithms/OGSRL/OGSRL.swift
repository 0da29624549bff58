// OGSRL: Yan, Shen, Wachi, Gros, Zhao, Hu, "Offline Guarded Safe Reinforcement Learning for Medical Treatment
// Optimization Strategies", NeurIPS 2025, arXiv:2505.16242.
//
//   paper                    here
//   g-hat                    guardian                  1 where (s, a) lies outside the data
//   T-hat, r-hat, c-hat      model                     learned dynamics, with reward and costs
//   c-bar_j, c-bar_g         budgets                   of each named cost; out-of-support is the guardian's
//   J_j                      spending                  mean of a cost's sum over an episode in the model
//   A-hat, A-hat_j           advantages                generalised, lambda = trace
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
    let form: PolicySpaces
    let constraints: [CostConstraint]

    /// Checks the data and the budgets against each other.
    ///
    /// - Throws: `OptionIssue`, `DynamicsError`, `GuardianError`.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        (options, self.seed) = (configuration, seed)
        try Self.check(configuration, data)
        recorded = try ModelData(data).remembering(configuration.history)
        (self.data, testData) = try recorded.keepingApart(configuration.testShare, seed: seed)
        constraints = try Self.constraints(configuration, self.data)
        // Refused now rather than when the policy's stage begins.
        _ = try RecordedStarts(configuration, self.data)
        guardian = try GuardianStage(configuration, self.data, seed: seed)
        model = try ModelStage(configuration, self.data, seed: seed)
        form = PolicySpaces(configuration, self.data, choices: data.actionChoices)
        cloning = configuration.clones ? CloningStage(configuration, form, self.data, seed: seed) : nil
        try Self.check(form)
    }

    // MARK: - Stages

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

    // MARK: - Guardian: ĝ(s, a) = 1 where (s, a) lies outside the data, threshold at a share α of what was recorded

    private func fitGuardian(asking goOn: () throws -> Void) throws -> Metrics {
        do {
            return Metrics(values: [("gap", Float(try guardian.update(ensemble, asking: goOn)))])
        } catch let cause as GuardianError {
            throw GuardianFitError(cause)
        }
    }

    // MARK: - Model: T̂(s′ | s, a), r̂ and ĉ_j of the transition; then guarded by ĝ

    private func fitModel() throws -> Metrics {
        let (loss, heldOut) = try model.update()
        return Metrics(values: [("loss", Float(loss)), ("held_out_error", Float(heldOut))])
    }

    /// The ensemble as learned so far, for a guardian that asks it; nil for other models.
    var ensemble: (() throws -> EnsembleDynamics)? {
        guard options.model.ensemble != nil else { return nil }
        let model = model
        return { model.ensemble() }
    }

    // MARK: - Clone: max Σ log π(a | s) over what was recorded, where the policy may propose it

    private func clone(_ cloning: CloningStage) throws -> Metrics {
        let mask = ProposalMask(form, guardian.guardian)
        return Metrics(values: [("cloning_loss", Float(try cloning.update(mask)))])
    }

    // MARK: - Policy: max E Σ γᵗ r̂ where E Σ ĉ_j ≤ c̄_j and E Σ ĝ ≤ c̄_g, over H steps of the guarded model

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

    /// Roll-outs of the guarded model and one step within budgets; of what is read off a counted model, one round.
    ///
    /// It asks before every step of the roll-outs.
    private func improvePolicy(asking goOn: () throws -> Void) throws -> Metrics {
        let stage = try policyStage()
        switch stage.improver {
        case .counted(let counted): return metrics(of: try counted.update())
        case .learner(let learner):
            guard let own = options.optimiser.sampling else { preconditionFailure("no roll-outs are drawn") }
            let buffer = try stage.rollOut(own.rollouts, asking: goOn)
            let batch = try batch(of: buffer, stage, learner, trace: own.trace)
            let update = PolicyUpdate(
                modelReturn: mean(buffer.returns(discount: 1)),
                length: Double(buffer.count) / Double(buffer.episodes.count),
                outsideShare: mean(buffer.decisions.map { buffer.isOutside[$0] ? 1 : 0 }),
                spending: try constraints.map { mean(try stage.spending(of: $0, in: buffer)) },
                step: try learner.step(on: batch))
            return metrics(of: update)
        }
    }

    /// What a step learns from: Â of the reward and Â_j of each cost with their returns, and the excess J_j − c̄_j.
    private func batch(
        of buffer: RolloutBuffer, _ stage: PolicyStage, _ learner: any PolicyLearner, trace: Double
    ) throws -> PolicyBatch {
        let rows = buffer.decisions
        let (seen, next) = (stage.viewer(buffer.states), stage.viewer(buffer.nextStates))
        func of(_ values: [Double]) -> [Double] { rows.map { values[$0] } }
        let reward = buffer.rewardAdvantages(
            AdvantageEstimation(discount: options.discount, trace: trace), values: learner.rewardValue(seen),
            nextValues: ahead(learner.rewardValue(next), options.discount, buffer),
            frozen: options.discount < 1 ? .forEver : .toHorizon)
        var batch = PolicyBatch(
            inputs: try stage.inputs(seen.rows(at: rows), of: buffer.states.rows(at: rows)),
            actions: stage.actions(buffer, rows), advantages: of(reward.advantages),
            returns: of(reward.targets), costAdvantages: [], costReturns: [], excess: [],
            rowsPerEpisode: Double(rows.count) / Double(buffer.episodes.count))
        for (constraint, value) in zip(constraints, learner.costValues) {
            let discount = constraint.sum.discount
            // A plain sum is one to the horizon: a frozen state costs what is left of it.
            let cost = try buffer.costAdvantages(
                constraint.name, AdvantageEstimation(discount: discount, trace: trace), values: value(seen),
                nextValues: ahead(value(next), discount, buffer), frozen: .toHorizon)
            batch.costAdvantages.append(of(cost.advantages))
            batch.costReturns.append(of(cost.targets))
            batch.excess.append(
                mean(try buffer.spending(of: constraint)) - constraint.budget * stage.budgetShare(of: buffer))
        }
        return batch
    }

    /// Values of the states reached; a sum without discount ends at the horizon, where nothing is left of it.
    private func ahead(_ values: [Double], _ discount: Double, _ buffer: RolloutBuffer) -> [Double] {
        guard discount == 1 else { return values }
        return zip(values, buffer.isTruncated).map { $1 ? 0 : $0 }
    }
}
