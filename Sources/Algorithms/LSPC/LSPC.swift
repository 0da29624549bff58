// LSPC: Koirala, Jiang, Sarkar, Fleming, "Latent Safety-Constrained Policy Approach for Safe Offline Reinforcement
// Learning", ICLR 2025, in its form on implicit Q-learning.
//
//   usual symbol             here
//   Q_r, V_r                 rewardQ, rewardV           two members, the smallest counts
//   Q_c, V_c                 costQ, costV               two members, the largest counts; both held to be at least 0
//   bar over Q               rewardQ.target, costQ.target
//   CVAE, z                  autoencoder, codes         clones cheap actions: LSPC-S decodes draws of z
//   encoder e(s)             encoder                    moves in the box of codes towards reward: LSPC-O decodes them
//   z_max, delta             latentLimit, threshold
//   beta_c, beta_r           costTemperature, rewardTemperature
//
// Followed, from the released code: networks, losses, weights and caps, the order of an update (values and critics of reward,
// those of cost, autoencoder, encoder with the updated autoencoder); what is bootstrapped from is read before the step;
// a cost limit enters nowhere unless the threshold is set.
//
// Deviations, with their reasons in docs/lspc.md:
//   - actions are clipped to ±(1 - 1e-5) where the run's transforms say so (they do);
//   - random numbers come from streams of our own.
// Beyond the code: timeouts "bootstrap".

import SafeRL

/// Two policies from one run: a generator of cheap actions, and a policy that seeks reward among what it generates.
public final class LSPC: Algorithm {
    /// `lspc`.
    public static let name = "lspc"

    let configuration: Configuration
    let space: Space
    package let tape = Tape()
    package let rewardV: Learner<MLP>, costV: Learner<MLP>
    package let rewardQ: Learner<Ensemble>, costQ: Learner<Ensemble>
    package let autoencoder: Learner<ActionAutoencoder>
    package let encoder: Learner<SquashedGaussian>
    package let transitions: EpisodeBatches
    /// Draws from N(0, 1) of an update, `[rows, codes]`.
    package let autoencoderNoise: Tensor, encoderNoise: Tensor
    var streams: RunStreams
    package var metrics = Metrics()

    /// Makes fresh learners for transitions.
    ///
    /// - Throws: `OptionIssue` when the data lack what the configuration asks for.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        try configuration.check(data)
        let (c, o, a) = (configuration, data.observationSize, data.actionSize)
        self.configuration = c
        space = Space(observation: o, action: a, transforms: data.transforms)
        transitions = try c.values.batches(of: data)
        var weights = RandomStream(seed: seed, for: .weights)
        let values = Adam(rate: .constant(c.valueRate)), critics = Adam(rate: .constant(c.criticRate))
        let actors = Adam(rate: .constant(c.actorRate))
        rewardV = Learner("reward-v", optimizer: values, using: &weights, c.value(o))
        costV = Learner("cost-v", optimizer: values, using: &weights, c.value(o))
        rewardQ = Learner("reward-q", optimizer: critics, hasTarget: true, using: &weights, c.critic(o, a))
        costQ = Learner("cost-q", optimizer: critics, hasTarget: true, using: &weights, c.critic(o, a))
        autoencoder = Learner("vae", optimizer: actors, using: &weights, c.autoencoder(o, a))
        encoder = Learner("encoder", optimizer: actors, using: &weights, c.encoder(o))
        autoencoderNoise = Tensor(c.rows, c.codes)
        encoderNoise = Tensor(c.rows, c.codes)
        streams = RunStreams(seed: seed)
    }

    /// What is left out of the data.
    public var selection: String? { transitions.selection }

    /// One stage.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        [
            Stage(Self.name, updates: steps) {
                self.transitions.fill(using: &self.streams.sampling)
                self.streams.noise.fillNormal(self.autoencoderNoise.buffer)
                self.streams.noise.fillNormal(self.encoderNoise.buffer)
                return try self.update()
            }
        ]
    }

    /// Allowed: step sizes are constant.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// One step on the batch and draws as they are: reward, cost, autoencoder, encoder.
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
        let yc = tape.constant(batch.costs) + future * costV(s2).relu()

        let gain = try learnRewardValue(s, sa)
        metrics.rewardQLoss = try rewardQ.descend(on: tape, movingTargetBy: c.targetRate) {
            squaredError(rewardQ(sa), yr).mean()
        }
        let (saving, isSafe) = try learnCostValue(s, sa)
        metrics.costQLoss = try costQ.descend(on: tape, movingTargetBy: c.targetRate) {
            squaredError(costQ(sa), yc).mean()
        }
        try learnAutoencoder(s, a, (c.costTemperature * saving).exp().clipped(0, c.costWeightCap), isSafe)
        try learnEncoder(s, a, (c.rewardTemperature * gain).exp().clipped(0, c.rewardWeightCap))
        return try metrics.checkedFinite()
    }

    /// One expectile step of V_r.
    ///
    /// - Returns: the advantage min Q̄_r − V_r before it, `[B, 1]`, a constant.
    package func learnRewardValue(_ s: Variable, _ sa: Variable) throws -> Variable {
        let q = rewardQ.target(sa).smallest()
        var advantage = q
        metrics.rewardVLoss = try rewardV.descend(on: tape) {
            let u = q - rewardV(s)
            advantage = u.constant
            return expectile(u, configuration.rewardExpectile).mean()
        }
        return advantage
    }

    /// One expectile step of V_c, towards cheap actions; none where V_c is below 0, for which 0 stands.
    ///
    /// - Returns: the advantage V_c − max Q̄_c before it, and 1 where both are below the threshold, else 0; `[B, 1]`, constants.
    package func learnCostValue(_ s: Variable, _ sa: Variable) throws -> (Variable, isSafe: Variable) {
        let q = costQ.target(sa).largest().relu()
        let delta = configuration.threshold
        var (advantage, isSafe) = (q, q)
        metrics.costVLoss = try costV.descend(on: tape) {
            let v = costV(s).relu()
            let u = v - q
            advantage = u.constant
            // Not at least the threshold: a number that is none is not safe.
            isSafe = (delta - v.constant).isAbove(0) * (delta - q).isAbove(0)
            (metrics.costVMean, metrics.costVMax) = (v.mean().scalar, v.values.max() ?? 0)
            (metrics.costQMean, metrics.costQMax) = (q.mean().scalar, q.values.max() ?? 0)
            return expectile(u, configuration.costExpectile).mean()
        }
        metrics.safeShare = isSafe.mean().scalar
        return (advantage, isSafe)
    }

    /// One step of the autoencoder: weighted reconstruction and divergence of the recorded actions.
    private func learnAutoencoder(
        _ s: Variable, _ a: Variable, _ weight: Variable, _ isSafe: Variable
    ) throws {
        let (c, noise) = (configuration, tape.constant(autoencoderNoise))
        let w = weight * isSafe
        metrics.costWeight = weight.mean().scalar
        metrics.autoencoderLoss = try autoencoder.descend(on: tape) {
            let code = autoencoder.encoded(s, a)
            let error = squaredError(autoencoder.raw(s, code.draw(noise)).tanh(), a).rowSums()
            let divergence = c.divergenceWeight * code.meanDivergence
            metrics.reconstruction = error.mean().scalar
            metrics.divergence = divergence.mean().scalar
            return (w * (error + divergence)).mean()
        }
    }

    /// One step of the encoder: weighted distance of what its codes are decoded to from the recorded actions.
    private func learnEncoder(_ s: Variable, _ a: Variable, _ weight: Variable) throws {
        let noise = tape.constant(encoderNoise)
        metrics.rewardWeight = weight.mean().scalar
        metrics.encoderLoss = try encoder.descend(on: tape) {
            let z = encoder(s).draw(noise).tanh() * configuration.latentLimit
            return (weight * squaredError(autoencoder.raw(s, z).tanh(), a).rowSums()).mean()
        }
    }
}
