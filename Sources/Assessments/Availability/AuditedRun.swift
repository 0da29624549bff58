import SafeRL

/// A policy that was trained on altered data.
package struct RetrainedPolicy {
    /// What acts.
    let policy: any Policy
    /// Its V_h; nothing where the algorithm offers no such network.
    let network: VerifiableNetwork?
    /// SHA-256 of its state.
    let identity: String

    /// Takes a policy.
    package init(_ policy: any Policy, network: VerifiableNetwork?, identity: String) {
        (self.policy, self.network, self.identity) = (policy, network, identity)
    }
}

/// A run whose training an attacker can add to, and how it is trained again.
package struct AuditedRun {
    /// Trains on data as they would be recorded, without transforms.
    package typealias Retraining = (TransitionDataset) throws -> RetrainedPolicy
    /// Trains a monitor, with so many updates and a seed; it then says how dangerous an action in an observation is, in [0, 1].
    package typealias MonitorTraining = (
        _ data: TransitionDataset, _ isViolated: [Bool], _ updates: Int, _ seed: UInt64
    ) throws -> (_ observation: [Float], _ action: [Float]) throws -> Double

    /// The policy of the run, by its state.
    let policy: RetrainedPolicy
    let step: Int
    let algorithm: String
    /// How it is judged; episodes and seed are replaced.
    let judgement: EvaluationPlan
    /// What it learned from, without transforms.
    let data: TransitionDataset
    /// What acts where the layer hands over; nothing for none.
    let fallback: (name: String, policy: any Policy)?
    /// Data of the same behaviour that the attacker did not reach, or why there are none.
    let others: Result<TransitionDataset, Unavailable>
    let retrain: Retraining
    /// Trains a step monitor on rows that are labelled violated soon or not; nothing where whoever audits has none.
    package var monitor: MonitorTraining?

    /// Puts a run together.
    package init(
        _ policy: RetrainedPolicy, step: Int, algorithm: String, judgement: EvaluationPlan,
        data: TransitionDataset, fallback: (name: String, policy: any Policy)?,
        others: Result<TransitionDataset, Unavailable>, retrain: @escaping Retraining
    ) {
        (self.policy, self.step, self.algorithm, self.judgement) = (policy, step, algorithm, judgement)
        (self.data, self.fallback, self.others, self.retrain) = (data, fallback, others, retrain)
    }
}
