// BEAR-Lag: Kumar, Fu, Tucker, Levine, "Stabilizing Off-Policy Q-Learning via Bootstrapping Error Reduction", NeurIPS 2019,
// arXiv:1906.00949, under a cost limit kept by a PID multiplier (Stooke, Achiam, Abbeel, ICML 2020, arXiv:2007.03964), as OSRL
// has it: Liu et al., DMLR 2024, arXiv:2306.09303.
//
//   paper                    here
//   pi_phi(a | s)            actor                      tanh of a Gaussian
//   beta(a | s)              autoencoder                draws actions like those of the data
//   Q_1, Q_2                 critic                     two ensembles; an ensemble's value is its smallest member
//   Q_c                      costCritic                 the same of costs
//   MMD, epsilon, alpha      distance, distanceLimit, distanceMultiplier
//   n, m, lambda, sigma      samples, distanceSamples, smallerShare, kernelWidth
//   lambda (Lagrange)        multiplier                 K_P, K_I, K_D; constant in the actor's loss
//   kappa, T, q_bar          costLimit, episodeLength, limit
//
// Followed: OSRL's code. Autoencoder, critic, cost critic, actor, in this order and on the same rows. Targets are the largest of
// n blends, of costs too (specification D3). The distance is between actions before tanh, its kernel's width is not squared,
// and ln alpha ascends by plain steps (D5). The cost targets ignore ends (D1, costTargets); a time-out ends an episode (D2,
// timeouts).
//
// Deviations, with their reasons in docs/bear-lag.md:
//   - both multipliers are part of a checkpoint;
//   - averages are moved with each network's own step; nothing reads them in between;
//   - a distance's square is kept from falling below 0 by rounding;
//   - actions are clipped to ±(1 - 1e-5), as for every algorithm here;
//   - random numbers come from streams of our own.

import SafeRL

/// Q-learning by a policy that is kept near the data's, under a limit on costs.
public final class BEARLag: CriticBaseline, SquashedBaseline {
    /// `bear-lag`.
    public static let name = "bear-lag"

    let configuration: Configuration
    let space: ActingSpace
    package let tape = Tape()
    package let autoencoder: Learner<ActionAutoencoder>
    package let actor: Learner<SquashedGaussian>
    package let critic: Learner<DoubleEnsemble>, costCritic: Learner<DoubleEnsemble>
    package let transitions: EpisodeBatches
    package let draws: Draws
    package let distance: KernelDistance
    package var multiplier: PIDMultiplier
    package var distanceMultiplier = DualVariable()
    package var metrics = Metrics()
    /// The targets of the latest update, `[rows, 1]`.
    package let rewardTargets: Tensor, costTargets: Tensor
    package var streams: RunStreams

    /// Makes fresh learners for transitions.
    ///
    /// - Throws: `OptionIssue` when the data contradict the configuration.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        let (c, o, a) = (configuration, data.observationSize, data.actionSize)
        self.configuration = c
        space = try c.shared.space(of: data)
        transitions = try c.shared.batches(of: data, costTargets: c.costTargets)
        (autoencoder, critic, costCritic, actor) = c.learners(o, a, seed: seed)
        draws = Draws(c, actions: a, codes: autoencoder.body.codes)
        distance = KernelDistance(rows: c.rows, samples: c.distanceSamples)
        multiplier = c.freshMultiplier
        rewardTargets = Tensor(c.rows, 1)
        costTargets = Tensor(c.rows, 1)
        streams = RunStreams(seed: seed)
    }

    /// One step of every network on the rows and draws as they are.
    package func learn() throws {
        try learnValues()
        try updateActor()
    }

    /// Autoencoder, critic and cost critic.
    package func learnValues() throws {
        tape.reset()
        let (c, batch) = (configuration, transitions.batch)
        let s = tape.constant(batch.observations), a = tape.constant(batch.actions)
        let s2 = tape.constant(batch.nextObservations), sa = s.joined(a)
        metrics.autoencoderLoss = try autoencoder.descend(on: tape) {
            autoencoder.loss(
                s, a, noise: tape.constant(draws.autoencoder), divergenceWeight: c.divergenceWeight)
        }
        // The average actor stands still until the actor's step.
        let next = NextActions(states: s2, average: actor.target(s2))
        let gain = c.rewardScale * tape.constant(batch.rewards), cost = tape.constant(batch.costs)
        let y = target(gain, transitions.rewardsGoOn, critic, next, draws.critic, into: rewardTargets)
        metrics.criticLoss = try critic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(critic(sa), y)
        }
        let yc = target(cost, transitions.costsGoOn, costCritic, next, draws.costCritic, into: costTargets)
        metrics.costCriticLoss = try costCritic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(costCritic(sa), yc)
        }
    }

    /// The states that follow, and the Gaussians of the average actor there.
    private struct NextActions {
        let states: Variable
        let average: DiagonalGaussian
    }

    /// y = r + gamma · m · max over n actions of the average actor of the blend of both target ensembles, `[rows, 1]`.
    private func target(
        _ received: Variable, _ goesOn: borrowing Tensor, _ critic: Learner<DoubleEnsemble>,
        _ next: NextActions, _ noise: borrowing Tensor, into targets: borrowing Tensor
    ) -> Variable {
        let c = configuration
        let y = tape.constant(0, c.rows, 1), m = tape.constant(goesOn), noise = tape.constant(noise)
        tape.temporarily {
            // One pass for the n actions of a state.
            let drawn = DiagonalGaussian(
                mean: tape.repeatingRows(of: next.average.mean, c.samples),
                logDeviation: tape.repeatingRows(of: next.average.logDeviation, c.samples))
            let sa = tape.repeatingRows(of: next.states, c.samples).joined(drawn.draw(noise).tanh())
            let q = critic.body.blend(critic.target(sa), c.smallerShare)
            let best = q.reshaped(c.rows, c.samples).largest()
            y.assign(received + c.discount * m * best)
        }
        _ = targets.buffer.update(fromContentsOf: y.values)
        return y
    }

    /// mean(−Q + alpha · (MMD − epsilon)) + lambda · mean (Q_c − q_bar); alpha and lambda are constant.
    package func updateActor() throws {
        let c = configuration
        let s = tape.constant(transitions.batch.observations)
        let cloned = clonedActions(s)
        let ascends = actor.updates >= c.cloningFirst
        metrics.actorLoss = try actor.descend(on: tape, movingTargetBy: c.targetRate) {
            let drawn = drawnActions(s)
            let distances = distance(cloned, drawn, c.kernel, width: c.kernelWidth)
            metrics.distance = distances.mean().scalar
            let sa = s.joined(drawn.rows(at: .init(draws.firstSamples)).tanh())
            let excess = costCritic(sa).smallest() - space.limit
            metrics.multiplier = multiplier.update(excess.mean().scalar)
            let penalty = (metrics.multiplier * excess).mean()
            metrics.costPenalty = penalty.scalar
            let near = distanceMultiplier.value * (distances.mean() - c.distanceLimit)
            return ascends ? near + penalty - critic(sa).smallest().mean() : near + penalty
        }
        distanceMultiplier.ascend(metrics.distance - c.distanceLimit, rate: c.distanceRate)
        metrics.distanceMultiplier = distanceMultiplier.value
    }

    /// m actions before tanh of the autoencoder in each state, side by side, `[rows · m, A]`.
    package func clonedActions(_ s: Variable) -> Variable {
        let codes = tape.constant(draws.cloning).limitedCodes()
        return autoencoder.raw(tape.repeatingRows(of: s, configuration.distanceSamples), codes)
    }

    /// m actions before tanh of the actor in each state, likewise.
    package func drawnActions(_ s: Variable) -> Variable {
        let gaussian = actor(s)
        return DiagonalGaussian(
            mean: gaussian.mean.rows(at: .init(draws.repeatedRows)),
            logDeviation: gaussian.logDeviation.rows(at: .init(draws.repeatedRows))
        ).draw(tape.constant(draws.actor))
    }
}
