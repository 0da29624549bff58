// Constrained policy gradients that learn by acting: PPO and TRPO with a Lagrange multiplier, and CPO.
//
//   Schulman et al., "Proximal policy optimization algorithms", arXiv:1707.06347; Ray, Achiam and Amodei, "Benchmarking
//   safe exploration in deep reinforcement learning", 2019; Stooke, Achiam and Abbeel, "Responsive safety in
//   reinforcement learning by PID Lagrangian methods", ICML 2020, arXiv:2007.03964; Achiam et al., "Constrained policy
//   optimization", ICML 2017, arXiv:1705.10528; Schulman et al., "High-dimensional continuous control using generalized
//   advantage estimation", arXiv:1506.02438.
//
//   paper                    here
//   pi_theta                 method.policy          N(mu(s), diag(sigma²)), deviations shared by all states
//   V, V_C                   method.values          value networks of reward and cost
//   A, A_C                   Advantages             generalised advantages
//   J_C, d                   costReturn, costLimit  mean cost of an episode, and what is allowed
//   gamma, lambda            discount, lambda       of reward and cost alike
//
// Decided here:
//   - an update begins with fresh episodes in every slot and ends in the middle of some, which are cut and bootstrapped
//     from; so nothing of an environment is part of a checkpoint, and a run resumes bit for bit;
//   - J_C is the mean over the episodes that ended in the update, undiscounted, as limits are stated; where none ended, what
//     the last update found. Advantages are discounted;
//   - observations are seen in units of the running deviation around the running mean of all that was collected before the
//     update, within ±10;
//   - Gaussian actions are clipped by the environment, not by the policy, whose likelihood is that of what it drew;
//   - episodes and draws depend on the seed and the slot alone, so neither threads nor processes change a bit.

import PolicyOptimisation
import SafeRL

/// Learns a policy within a cost limit by acting in an environment.
public final class OnPolicy<Method: OnPolicyMethod>: Algorithm {
    /// The method's.
    public static var name: String { Method.name }
    /// How the policy acts once it is trained.
    public static var actingOptions: [String] { ["draws"] }

    let configuration: Configuration
    let interaction: Interaction
    let method: Method
    /// What observations are measured in.
    var scale: ObservationScale
    /// The seeds of episodes.
    var starts: RandomStream
    /// The last known mean cost of an episode; 0 before the first episode has ended.
    var costReturn = 0.0
    /// Steps taken in the environment so far.
    var stepsTaken = 0

    /// Makes a fresh policy and value networks.
    public init(_ configuration: Configuration, on interaction: Interaction, seed: UInt64) throws {
        (self.configuration, self.interaction) = (configuration, interaction)
        let policy = StochasticPolicy.gaussian(
            observation: interaction.observationSize, hidden: configuration.policy.widths,
            actions: interaction.actionSize, logDeviation: configuration.policy.logDeviation)
        method = Method(policy, configuration.update, configuration.fitting, seed: seed)
        scale = ObservationScale(size: interaction.observationSize)
        starts = RandomStream(seed: seed, for: .reset)
    }

    /// One stage, whose updates each act and then learn.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        [Stage(Self.name, updates: steps) { try self.update() }]
    }

    /// Allowed: no step size depends on the number of updates.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// Acts in every slot, estimates advantages, and moves policy and value networks.
    ///
    /// - Throws: the environment's errors; `NonFiniteError`.
    package func update() throws -> Metrics {
        let rollout = try collect()
        let (advantages, costs) = (advantages(rollout, of: .reward), advantages(rollout, of: .cost))
        let ended = rollout.endedEpisodes
        if !ended.isEmpty { costReturn = ended.reduce(0) { $0 + $1.cost } / Double(ended.count) }
        let batch = PolicyBatch(
            inputs: PolicyInputs(rollout.observations), actions: .vectors(rollout.actions),
            advantages: advantages.values, returns: advantages.returns,
            costAdvantages: [costs.values], costReturns: [costs.returns],
            excess: [costReturn - configuration.costLimit], rowsPerEpisode: rollout.meanLength)
        let report = try method.update(batch)
        scale.include(rollout.seen)
        stepsTaken += rollout.observations.rows
        return Metrics(report, ended, costReturn: costReturn, steps: stepsTaken)
    }

    /// Rolls the present policy out; where the environment fails and can recover, from the same starts again.
    private func collect() throws -> Rollout {
        let own = configuration.rollout
        let environment = interaction.environment
        var failures = 0
        while true {
            var starts = self.starts
            do {
                let rollout = try Rollout(
                    in: environment, steps: own.steps / own.slots, scale: scale, starts: &starts
                ) { [method] inputs, streams in
                    method.policy.sample(inputs, parameters: method.parameters, using: &streams)
                }
                self.starts = starts
                return rollout
            } catch let error as NonFiniteError {
                throw error
            } catch {
                failures += 1
                guard failures <= own.retries else { throw error }
                try environment.recover(from: error)
            }
        }
    }

    private func advantages(_ rollout: Rollout, of signal: Rollout.Signal) -> Advantages {
        let value = signal == .reward ? method.rewardValue : method.costValue
        return Advantages(
            rollout.rows(signal), rollout.segments, values: value(rollout.observations),
            next: value(rollout.bootstraps), discount: configuration.discount,
            lambda: configuration.lambda)
    }
}

/// Generalised advantages, and the returns that value networks are fitted to.
package struct Advantages {
    /// Σ (γλ)ᵏ δ, δ = x + γ·V(s′) − V(s), one a row.
    package private(set) var values: [Double]
    /// Advantage + V(s).
    package private(set) var returns: [Double]

    /// Goes back through segments of rows that follow each other.
    ///
    /// - Parameters:
    ///   - signal: reward or cost of each row.
    ///   - segments: rows of one episode each.
    ///   - known: V of each row.
    ///   - next: V of the state behind each segment, in their order; not used where the episode terminated there.
    ///   - discount: γ.
    ///   - lambda: λ.
    package init(
        _ signal: [Double], _ segments: [Rollout.Segment], values known: [Double], next: [Double],
        discount: Double, lambda: Double
    ) {
        values = [Double](repeating: 0, count: signal.count)
        for (number, segment) in segments.enumerated() {
            var ahead = segment.terminated ? 0 : next[number]
            var sum = 0.0
            for row in segment.rows.reversed() {
                sum = signal[row] + discount * ahead - known[row] + discount * lambda * sum
                values[row] = sum
                ahead = known[row]
            }
        }
        returns = zip(values, known).map { $0 + $1 }
    }
}
