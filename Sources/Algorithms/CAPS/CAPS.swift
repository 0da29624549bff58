// CAPS: Chemingui, Deshwal, Wei, Fern, Doppa, "Constraint-Adaptive Policy Switching for Offline Safe Reinforcement
// Learning", AAAI 2025, in its form on implicit Q-learning.
//
//   usual symbol             here
//   pi_k(s), k = 0 … K-1     actor, heads               one trunk, K linear heads; actions are the tanh of a head
//   Q_r, V_r                 rewardQ, rewardV           two members, the smallest counts
//   Q_c, V_c                 costQ, costV               of the negative cost, so that the smallest is the pessimistic one
//   bar over Q               rewardQ.target, costQ.target
//   tau, tau_c               rewardExpectile, costExpectile
//   beta, beta_c             rewardTemperature, costTemperature
//   kappa, T                 costLimit, episodeLength   of acting only
//
// Followed, from the released code: networks, losses, targets, the weights of the heads, the order of an update (values,
// critics, actor, averages; what is bootstrapped from is read before the step), a decaying rate of the actor, rewards times
// 0.1, the rule by which a head acts.
//
// Deviations, with their reasons in docs/caps.md:
//   - actions are clipped to ±(1 - 1e-5) where the run's transforms say so (they do);
//   - an episode that goes on after T steps has as much budget for the rest as for one step;
//   - random numbers come from streams of our own.
// Beyond the code: deviations "corrected" learns what the code creates and never trains; timeouts "bootstrap".

import SafeRL

/// Policies that trade reward against cost, switched while they act: one training for every cost limit.
public final class CAPS: Algorithm {
    /// `caps`.
    public static let name = "caps"

    let configuration: Configuration
    let data: TransitionDataset
    package let tape = Tape()
    package let rewardV: Learner<MLP>, costV: Learner<MLP>
    package let rewardQ: Learner<Ensemble>, costQ: Learner<Ensemble>
    package let actor: Learner<MultiHeadActor>
    package let transitions: EpisodeBatches
    var sampling: RandomStream
    package var metrics = Metrics()

    /// Makes fresh learners for transitions.
    ///
    /// - Throws: `OptionIssue` when the data lack what the configuration asks for.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        try configuration.check(data)
        (self.configuration, self.data) = (configuration, data)
        let (c, o, a) = (configuration, data.observationSize, data.actionSize)
        var weights = RandomStream(seed: seed, for: .weights)
        let valueAdam = Adam(rate: .constant(c.valueRate))
        let criticAdam = Adam(rate: .constant(c.criticRate))
        rewardV = Learner("reward-v", optimizer: valueAdam, using: &weights, c.value(o))
        costV = Learner("cost-v", optimizer: valueAdam, using: &weights, c.value(o))
        rewardQ = Learner(
            "reward-q", optimizer: criticAdam, hasTarget: true, using: &weights, c.critic(o, a))
        costQ = Learner("cost-q", optimizer: criticAdam, hasTarget: true, using: &weights, c.critic(o, a))
        actor = Learner(
            "actor", optimizer: Adam(rate: .cosine(c.actorRate, updates: c.actorDecayUpdates)),
            using: &weights, c.actor(o, a))
        transitions = try c.values.batches(of: data)
        sampling = RandomStream(seed: seed, for: .sampling)
    }

    /// What is left out of the data.
    public var selection: String? { transitions.selection }

    /// One stage.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        [
            Stage(Self.name, updates: steps) {
                self.transitions.fill(using: &self.sampling)
                return try self.update()
            }
        ]
    }

    /// Allowed: step sizes depend on `actorDecayUpdates`.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// One step on the batch: values, critics, actor.
    ///
    /// - Throws: `NonFiniteError`.
    package func update() throws -> Metrics {
        tape.reset()
        let (c, batch) = (configuration, transitions.batch)
        let s = tape.constant(batch.observations), s2 = tape.constant(batch.nextObservations)
        let a = tape.constant(batch.actions)
        let sa = s.joined(a), future = c.discount * tape.constant(transitions.rewardsGoOn)
        // The values before this step: those after it would be half a step ahead of the critics.
        let yr = c.rewardScale * tape.constant(batch.rewards) + future * rewardV(s2)
        let yc = future * costV(s2) - tape.constant(batch.costs)

        let (ur, uc) = (try learnValue(rewardV, s, sa), try learnValue(costV, s, sa))
        metrics.rewardQLoss = try rewardQ.descend(on: tape, movingTargetBy: c.targetRate) {
            squaredError(rewardQ(sa), yr).mean()
        }
        metrics.costQLoss = try costQ.descend(on: tape, movingTargetBy: c.targetRate) {
            squaredError(costQ(sa), yc).mean()
        }
        metrics.actorLoss = try actor.descend(on: tape) { imitation(of: a, in: s, ur, uc) }
        return try metrics.checkedFinite()
    }

    /// One expectile step of V_r or V_c towards its Q.
    ///
    /// - Returns: the advantage min Q − V before the step, `[B, 1]`, a constant.
    package func learnValue(_ value: Learner<MLP>, _ s: Variable, _ sa: Variable) throws -> Variable {
        let isCost = value === costV
        let q = (isCost ? costQ : rewardQ).target(sa).smallest()
        let tau = isCost ? configuration.costExpectile : configuration.rewardExpectile
        var advantage = q
        let loss = try value.descend(on: tape) {
            let v = value(s)
            advantage = (q - v).constant
            if isCost { metrics.costMean = -v.mean().scalar }
            return expectile(q - v, tau).mean()
        }
        if isCost { metrics.costVLoss = loss } else { metrics.rewardVLoss = loss }
        return advantage
    }

    /// The mean over the heads of each head's weighted negative log-likelihood of the recorded actions, `[1, 1]`.
    private func imitation(of a: Variable, in s: Variable, _ ur: Variable, _ uc: Variable) -> Variable {
        let c = configuration
        let weight = (c.rewardTemperature * ur).exp().clipped(0, c.weightCap)
        let costWeight = (c.costTemperature * uc).exp().clipped(0, c.weightCap)
        let w = actor.weights(on: tape), body = actor.body
        let shared = body.trunk(s, w)
        var total = tape.constant(0)
        for head in 0..<c.heads {
            let density = gaussianLogDensity(
                a, mean: body.action(head, shared, w), logDeviation: body.logDeviation(head, w, on: tape))
            total = total - (c.weight(ofHead: head, weight, costWeight) * density).mean()
        }
        return total / Float(c.heads)
    }
}

extension CAPS.Configuration {
    /// The weight of a head's imitation: of the first that of reward, of the last that of cost, of those between both.
    fileprivate func weight(ofHead head: Int, _ reward: Variable, _ cost: Variable) -> Variable {
        if head == 0 { return reward }
        if head == own.heads - 1 { return cost }
        return reward + Float(2 * head) / Float(own.heads - 1) * cost
    }
}
