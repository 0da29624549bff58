// COptiDICE: Lee, Paduraru, Mankowitz, Heess, Precup, Kim, Guez, "COptiDICE: Offline Constrained Reinforcement Learning via
// Stationary Distribution Correction Estimation", ICLR 2022, arXiv:2204.08957, as OSRL has it: Liu et al., DMLR 2024,
// arXiv:2306.09303.
//
//   paper                    here
//   nu(s), chi(s)            nu, chi                    ensembles; a value is the smallest member's
//   e_nu(s, a, s')           advantage                  r − lambda·c + gamma·nu(s') − nu(s)
//   w*(s, a)                 ratio                      max((f')⁻¹(e / alpha), 0): the policy's density over the data's
//   lambda, tau              multiplier, temperature    softplus of a learned number that starts at 1
//   epsilon, c_hat           boundDivergence            how far the distribution may be whose cost bounds the policy's
//   p_0                      initial.share              share of rows that begin an episode
//   pi_theta                 actor                      clones actions by their ratio
//
// Followed: OSRL's code. chi, tau, nu, lambda, the policy; nu's step comes first here, and the others read the ratio of before
// it, as there. Initial states are the rows of the batch that begin an episode, weighed by 1 / p_0 (specification D9); the
// policy's step adds noise (D11) and takes the density before tanh at the recorded action, although acting applies tanh (D10,
// density); softplus of 1 to begin with (D12); a time-out ends an episode (D2, timeouts).
//
// Deviations, with their reasons in docs/coptidice.md:
//   - actions are clipped to ±(1 - 1e-5), as for every algorithm here;
//   - random numbers come from streams of our own.

import Foundation
import SafeRL

/// Clones the data's actions by how much more often a policy of good returns and bounded costs would come upon them.
public final class COptiDICE: SquashedBaseline {
    /// `coptidice`.
    public static let name = "coptidice"

    let configuration: Configuration
    let space: ActingSpace
    package let tape = Tape()
    package let nu: Learner<Ensemble>, chi: Learner<Ensemble>
    package let actor: Learner<SquashedGaussian>
    /// Raw numbers, `[1, 1]`, of which softplus is lambda and tau.
    package let multiplier: Learner<Parameter>, temperature: Learner<Parameter>
    package let transitions: EpisodeBatches
    package let initial: InitialStates
    package let draws: Draws
    package var metrics = Metrics()
    package var streams: RunStreams

    /// Makes fresh learners for transitions.
    ///
    /// - Throws: `OptionIssue` when the data contradict the configuration.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        let (c, o, a) = (configuration, data.observationSize, data.actionSize)
        self.configuration = c
        space = try c.shared.space(of: data)
        // No targets of costs ignore ends here.
        transitions = try c.shared.batches(of: data, costTargets: .corrected)
        initial = InitialStates(of: data, rows: c.rows, count: transitions.count)
        var weights = RandomStream(seed: seed, for: .weights)
        let values = Adam(rate: .constant(c.valueRate))
        nu = Learner("nu", optimizer: values, using: &weights, c.values(c.valueMembers, o))
        chi = Learner("chi", optimizer: values, using: &weights, c.values(c.boundMembers, o))
        actor = Learner(
            "actor", optimizer: Adam(rate: .constant(c.actorRate)), using: &weights, c.actor(o, a))
        let scalars = Adam(rate: .constant(c.multiplierRate))
        multiplier = Learner("lmbda", optimizer: scalars, using: &weights) {
            $0.add("raw", 1, 1, .constant(1))
        }
        temperature = Learner("tau", optimizer: scalars, using: &weights) {
            $0.add("raw", 1, 1, .constant(1))
        }
        draws = Draws(rows: c.rows, observations: o, actions: a)
        streams = RunStreams(seed: seed)
    }

    /// Draws rows, which of them begin an episode, and the noise of the policy's step.
    package func draw() {
        transitions.fill(using: &streams.sampling)
        initial.read(transitions.batch)
        draws.fill(using: &streams.noise)
    }

    /// One step of every network on the rows and draws as they are.
    package func learn() throws {
        tape.reset()
        let c = configuration
        let batch = transitions.batch
        let s = tape.constant(batch.observations)
        let lambda = Self.softplus(multiplier, on: tape).scalar
        let start = tape.constant(initial.isInitial) * (1 / initial.share)
        let before = try updateValue(start, multiplier: lambda)
        let cost =
            c.boundDivergence > 0
            ? try updateBound(s, start, before)
            : (before * tape.constant(batch.costs)).mean().scalar
        metrics.multiplier = lambda
        metrics.multiplierLoss = try multiplier.descend(on: tape) {
            Self.softplus(multiplier, on: tape) * (space.limit - cost)
        }
        try updateActor(s, weighing(multiplier: lambda).ratio)
    }

    /// nu: the distribution of states and actions that is worth most.
    ///
    /// - Returns: w by nu before its step, `[rows, 1]`, a constant.
    private func updateValue(_ start: Variable, multiplier lambda: Float) throws -> Variable {
        let c = configuration
        var ratio = start
        metrics.valueLoss = try nu.descend(on: tape) {
            let now = weighing(multiplier: lambda)
            let worth = now.ratio * now.advantage, f = c.divergence.value(now.ratio)
            let gain = worth - c.divergenceWeight * f
            ratio = now.ratio.constant
            (metrics.fDivergence, metrics.tdError) = (
                f.mean().scalar, now.advantage.squared().mean().scalar
            )
            return (1 - c.discount) * (now.value * start).mean() + gain.mean()
        }
        return ratio
    }

    /// What a transition is worth by nu, `[rows, 1]` each.
    package struct Weighing {
        /// nu(s) and nu(s').
        package let value, nextValue: Variable
        /// e = r − lambda·c + gamma·m·nu(s') − nu(s).
        package let advantage: Variable
        /// w = max((f')⁻¹(e / alpha), 0).
        package let ratio: Variable
    }

    /// Weighs the batch, on its tape; differentiable inside the `descend` of nu only.
    package func weighing(multiplier lambda: Float) -> Weighing {
        let (c, batch) = (configuration, transitions.batch)
        let value = nu(tape.constant(batch.observations)).smallest()
        let nextValue = nu(tape.constant(batch.nextObservations)).smallest()
        let gain = c.rewardScale * tape.constant(batch.rewards) - lambda * tape.constant(batch.costs)
        let advantage = gain + c.discount * tape.constant(transitions.rewardsGoOn) * nextValue - value
        return Weighing(
            value: value, nextValue: nextValue, advantage: advantage,
            ratio: c.divergence.ratio(advantage / c.divergenceWeight))
    }

    /// chi and tau: which distribution near the policy's costs most.
    ///
    /// - Returns: its cost, an upper bound of the policy's.
    private func updateBound(_ s: Variable, _ start: Variable, _ w: Variable) throws -> Float {
        let (c, batch) = (configuration, transitions.batch)
        let tau = Self.softplus(temperature, on: tape)
        let costs = tape.constant(batch.costs), m = tape.constant(transitions.rewardsGoOn)
        let s2 = tape.constant(batch.nextObservations)
        var (divergence, bound): (Float, Float) = (0, 0)
        metrics.boundLoss = try chi.descend(on: tape) {
            let value = chi(s).smallest()
            let later = costs + c.discount * m * chi(s2).smallest() - value
            let loss = ((1 - c.discount) * (value * start) + w * later).reshaped(1, c.rows)
            let logRatio = (loss / tau).logSoftmax() + log(Float(c.rows))
            let u = logRatio.exp()
            divergence = (u * logRatio - u + 1).mean().scalar
            bound = (u * (w * costs).reshaped(1, c.rows)).mean().scalar
            return (u * loss).mean()
        }
        (metrics.temperature, metrics.boundDivergence) = (tau.scalar, divergence)
        metrics.temperatureLoss = try temperature.descend(on: tape) {
            Self.softplus(temperature, on: tape) * (c.boundDivergence - divergence)
        }
        return bound
    }

    /// −mean w · ln pi(a | s), both with noise.
    private func updateActor(_ s: Variable, _ w: Variable) throws {
        let c = configuration
        let seen =
            s + tape.constant(draws.observations) * tape.constant(initial.observationDeviation) * c.noise
        let done =
            tape.constant(transitions.batch.actions)
            + tape.constant(draws.actions) * tape.constant(initial.actionDeviation) * c.noise
        metrics.actorLoss = try actor.descend(on: tape) {
            let gaussian = actor(seen)
            guard c.density == .corrected else { return -(w * gaussian.logDensity(of: done)).mean() }
            let a = done.clipped(-Transforms.usualActionLimit, Transforms.usualActionLimit)
            let u = ((1 + a) / (1 - a)).log() * 0.5
            return -(w * gaussian.squashedLogDensity(of: u)).mean()
        }
    }

    private static func softplus(_ raw: Learner<Parameter>, on tape: Tape) -> Variable {
        raw.weights(on: tape)[raw.body].softplus()
    }
}
