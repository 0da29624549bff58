// SAC-Lagrangian: Haarnoja et al., "Soft actor-critic algorithms and applications", arXiv:1812.05905, under a limit on the
// cost of an episode that a controller keeps: Stooke, Achiam and Abbeel, "Responsive safety in reinforcement learning by PID
// Lagrangian methods", ICML 2020, arXiv:2007.03964.
//
//   paper                    here
//   pi_phi(a | s)            actor                tanh of a Gaussian
//   Q_theta1, Q_theta2       critic               of rewards, with entropy; its smallest member counts
//   Q_c                      costCritic           of costs, without entropy; its largest member counts
//   alpha, H̄                temperature          learned; H̄ is minus the numbers of an action
//   lambda                   multiplier           K_P, K_I, K_D of J_C − d, an episode's mean cost above its limit
//   D                        buffer               the latest transitions
//   gamma, tau               discount, targetRate
//
// Decided here:
//   - a round of steps begins with fresh episodes, so that nothing of an environment is part of a checkpoint, and a run resumes
//     bit for bit; where a round cuts an episode its values are looked through, as at time limits;
//   - the multiplier moves once a round, by the mean undiscounted cost of the episodes that ended in it;
//   - both terms of the actor's loss are divided by 1 + lambda, so that its steps stay of one size;
//   - costs are valued by the larger of two critics, as rewards by the smaller: each errs to the careful side;
//   - episodes and draws depend on the seed and the slot alone, so neither threads nor processes change a bit.

import SafeRL

/// Learns a policy within a cost limit from everything it has seen while acting in an environment.
public final class SACLagrangian: Algorithm {
    /// `sac-lagrangian`.
    public static let name = "sac-lagrangian"
    /// How the policy acts once it is trained.
    public static var actingOptions: [String] { ["draws"] }

    let configuration: Configuration
    let interaction: Interaction
    let space: ActingSpace
    let tape = Tape()
    let scalars = TapeOf<Double>(nodes: 64)
    package let actor: Learner<SquashedGaussian>
    package let critic: Learner<Ensemble>, costCritic: Learner<Ensemble>
    package let temperature: LearnerOf<LogTemperature, Double>
    package let buffer: ReplayBuffer
    package let batch: TransitionBatch
    /// Draws of N(0, 1) for the next state's actions and for the state's own, `[rows, A]`.
    package let nextNoise: Tensor, noise: Tensor
    package var multiplier: PIDMultiplier
    package var metrics = Metrics()
    /// λ, as the latest round left it.
    package var weight: Float = 0
    /// Steps of the networks that are owed, below 1 between rounds' steps.
    var due = 0.0
    var streams: RunStreams
    /// The seeds of episodes.
    var starts: RandomStream

    /// Makes fresh networks and an empty buffer.
    public init(_ configuration: Configuration, on interaction: Interaction, seed: UInt64) throws {
        let (c, o, a) = (configuration, interaction.observationSize, interaction.actionSize)
        (self.configuration, self.interaction, space) = (c, interaction, ActingSpace(of: interaction))
        var weights = RandomStream(seed: seed, for: .weights)
        let values = Adam(rate: .constant(c.criticRate))
        actor = Learner(
            "actor", optimizer: Adam(rate: .constant(c.actorRate)), using: &weights, c.actor(o, a))
        critic = Learner("critic", optimizer: values, hasTarget: true, using: &weights, c.critic(o, a))
        costCritic = Learner(
            "cost_critic", optimizer: values, hasTarget: true, using: &weights, c.critic(o, a))
        temperature = LearnerOf(
            "temperature", optimizer: AdamOf(rate: .constant(c.temperatureRate)), using: &weights
        ) { LogTemperature(initial: c.temperature, in: &$0) }
        buffer = ReplayBuffer(capacity: c.buffer, observation: o, action: a)
        batch = TransitionBatch(rows: c.rows, observationSize: o, actionSize: a)
        nextNoise = Tensor(c.rows, a)
        noise = Tensor(c.rows, a)
        multiplier = PIDMultiplier(
            proportional: c.proportionalGain, integral: c.integralGain, derivative: c.derivativeGain)
        streams = RunStreams(seed: seed)
        starts = RandomStream(seed: seed, for: .reset)
    }

    /// One stage, whose updates each act and learn side by side.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        [Stage(Self.name, updates: steps) { try self.update() }]
    }

    /// Allowed: no step size depends on the number of updates.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// A round: acts in every slot, learning after each step, then moves the multiplier.
    ///
    /// - Throws: the environment's errors; `NonFiniteError`.
    package func update() throws -> Metrics {
        let own = configuration.rollout
        var (taken, failures) = (0, 0)
        var ended: [EpisodeSlots.Sums] = []
        while taken < own.steps {
            do {
                var slots = try EpisodeSlots(interaction.environment, starts: &starts)
                while taken < own.steps {
                    try act(in: &slots)
                    taken += own.slots
                    ended += slots.takeEnded()
                    try catchUp(by: own.slots)
                }
            } catch let error as NonFiniteError {
                throw error
            } catch {
                failures += 1
                guard failures <= own.retries else { throw error }
                try interaction.environment.recover(from: error)
            }
        }
        metrics.take(ended, steps: taken)
        weight = multiplier.update(Float(metrics.costMean - configuration.costLimit))
        metrics.multiplier = weight
        return try metrics.checkedFinite()
    }

    /// One step in every slot, into the buffer.
    private func act(in slots: inout EpisodeSlots) throws {
        let o = interaction.observationSize
        let before = slots.observations
        let actions = drawnActions(for: before, using: &slots.streams)
        for step in try slots.step(actions, starts: &starts) {
            buffer.add(
                before[step.slot * o..<(step.slot + 1) * o], step.action, step.outcome, next: step.next)
        }
    }

    /// An action for each slot: of the policy, or anything while the buffer is new.
    private func drawnActions(for seen: [Float], using streams: inout [RandomStream]) -> [Float] {
        let a = interaction.actionSize
        guard buffer.count >= configuration.warmUp else {
            return (0..<streams.count * a).map { streams[$0 / a].nextUniform(in: -1..<1) }
        }
        let s = space.seen(seen.span, rows: streams.count, on: tape)
        var drawn = streams.mutableSpan
        let noise = tape.normalNoise(a, using: &drawn)
        return Array(actor(s).draw(noise).tanh().values)
    }

    /// As many steps of the networks as are owed for steps in the environment.
    private func catchUp(by steps: Int) throws {
        guard buffer.count >= configuration.warmUp else { return }
        due += configuration.updatesPerStep * Double(steps)
        while due >= 1 {
            due -= 1
            buffer.fill(batch, using: &streams.sampling)
            streams.noise.fillNormal(nextNoise.buffer)
            streams.noise.fillNormal(noise.buffer)
            try learn()
        }
    }

    /// One step of every network on the batch and the draws as they are.
    package func learn() throws {
        try learnValues()
        try learnPolicy()
    }

    /// y = r + γ·m·(min Q̄(s′, a′) − α ln π(a′ | s′)) and y_c = c + γ·m·max Q̄_c(s′, a′), m 0 where the task ended the episode.
    private func learnValues() throws {
        tape.reset()
        let c = configuration
        let sa = tape.constant(batch.observations).joined(tape.constant(batch.actions))
        let goesOn = 1 - tape.constant(batch.terminated)
        let y = tape.constant(0, c.rows, 1), costs = tape.constant(0, c.rows, 1)
        tape.temporarily {
            let s2 = tape.constant(batch.nextObservations)
            let gaussian = actor(s2)
            let u = gaussian.draw(tape.constant(nextNoise))
            let next = s2.joined(u.tanh())
            let soft = critic.target(next).smallest() - alpha * gaussian.squashedLogDensity(of: u)
            y.assign(tape.constant(batch.rewards) + c.discount * goesOn * soft)
            let dear = costCritic.target(next).largest()
            costs.assign(tape.constant(batch.costs) + c.discount * goesOn * dear)
        }
        metrics.criticLoss = try critic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(critic(sa), y)
        }
        metrics.costCriticLoss = try costCritic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(costCritic(sa), costs)
        }
    }

    /// (α ln π(a | s) − min Q(s, a) + λ·max Q_c(s, a)) / (1 + λ), then the temperature towards H̄.
    private func learnPolicy() throws {
        tape.reset()
        let s = tape.constant(batch.observations)
        var entropy: Float = 0
        metrics.actorLoss = try actor.descend(on: tape) {
            let gaussian = actor(s)
            let u = gaussian.draw(tape.constant(noise))
            let sa = s.joined(u.tanh())
            let density = gaussian.squashedLogDensity(of: u).mean()
            entropy = -density.scalar
            let gain = critic(sa).smallest().mean(), cost = costCritic(sa).largest().mean()
            metrics.value = gain.scalar
            metrics.costValue = cost.scalar
            return (alpha * density - gain + weight * cost) * (1 / (1 + weight))
        }
        metrics.entropy = entropy
        metrics.temperature = alpha
        try temperature.descend(on: scalars) {
            scalars.reset()
            return temperature.body.loss(
                entropy: Double(entropy), target: -Double(interaction.actionSize),
                temperature.weights(on: scalars))
        }
    }

    /// α as learned so far.
    package var alpha: Float {
        scalars.reset()
        return Float(temperature.body.value(temperature.weights(on: scalars)))
    }
}
