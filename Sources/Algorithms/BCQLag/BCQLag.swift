// BCQ-Lag: batch-constrained Q-learning (Fujimoto, Meger, Precup, "Off-Policy Deep Reinforcement Learning without
// Exploration", ICML 2019, arXiv:1812.02900) under a cost limit kept by a PID multiplier (Stooke, Achiam, Abbeel, ICML 2020,
// arXiv:2007.03964), as OSRL has it: Liu et al., DMLR 2024, arXiv:2306.09303.
//
//   paper                    here
//   G_omega(s)               autoencoder                decodes actions like those of the data
//   xi(s, a), phi            actor, perturbation        changes a decoded action by at most phi
//   Q_1, Q_2                 critic                     two ensembles; an ensemble's value is its smallest member
//   Q_c                      costCritic                 the same of costs
//   n, lambda                samples, smallerShare
//   lambda (Lagrange)        multiplier                 K_P, K_I, K_D; constant in the actor's loss
//   kappa, T, q_bar          costLimit, episodeLength, limit.discounted
//
// Followed: OSRL's code. Autoencoder, critic, cost critic, actor, in this order and on the same rows, each with the networks
// just updated and noise of its own; targets are the largest of n blends, of costs too (specification D3); the cost targets
// ignore ends (D1, costTargets); a time-out ends an episode (D2, timeouts); acting draws one action (D4, candidates).
//
// Deviations, with their reasons in docs/bcq-lag.md:
//   - the multiplier's state is part of a checkpoint;
//   - averages are moved with each network's own step; nothing reads them in between;
//   - actions are clipped to ±(1 - 1e-5), as for every algorithm here;
//   - random numbers come from streams of our own.

import SafeRL

/// Q-learning over actions like those of the data, under a limit on costs.
public final class BCQLag: CriticBaseline {
    /// `bcq-lag`.
    public static let name = "bcq-lag"

    let configuration: Configuration
    let space: ActingSpace
    package let tape = Tape()
    package let autoencoder: Learner<ActionAutoencoder>
    package let actor: Learner<MLP>
    package let critic: Learner<DoubleEnsemble>, costCritic: Learner<DoubleEnsemble>
    package let transitions: EpisodeBatches
    package let draws: Draws
    package var multiplier: PIDMultiplier
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
        draws = Draws(rows: c.rows, samples: c.samples, codes: autoencoder.body.codes)
        multiplier = c.freshMultiplier
        rewardTargets = Tensor(c.rows, 1)
        costTargets = Tensor(c.rows, 1)
        streams = RunStreams(seed: seed)
    }

    /// One step of every network on the rows and draws as they are.
    package func learn() throws {
        tape.reset()
        let (c, batch) = (configuration, transitions.batch)
        let s = tape.constant(batch.observations), a = tape.constant(batch.actions)
        let s2 = tape.constant(batch.nextObservations), sa = s.joined(a)
        metrics.autoencoderLoss = try autoencoder.descend(on: tape) {
            autoencoder.loss(
                s, a, noise: tape.constant(draws.autoencoder), divergenceWeight: c.divergenceWeight)
        }
        let gain = c.rewardScale * tape.constant(batch.rewards), cost = tape.constant(batch.costs)
        let y = target(gain, transitions.rewardsGoOn, critic, s2, draws.critic, into: rewardTargets)
        metrics.criticLoss = try critic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(critic(sa), y)
        }
        let yc = target(cost, transitions.costsGoOn, costCritic, s2, draws.costCritic, into: costTargets)
        metrics.costCriticLoss = try costCritic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(costCritic(sa), yc)
        }
        try updateActor(s)
    }

    /// y = r + gamma · m · max over n actions of the blend of both target ensembles, `[rows, 1]`.
    private func target(
        _ received: Variable, _ goesOn: borrowing Tensor, _ critic: Learner<DoubleEnsemble>, _ next: Variable,
        _ noise: borrowing Tensor, into targets: borrowing Tensor
    ) -> Variable {
        let c = configuration
        let y = tape.constant(0, c.rows, 1), m = tape.constant(goesOn), z = tape.constant(noise)
        tape.temporarily {
            let s = tape.repeatingRows(of: next, c.samples)
            let drawn = autoencoder.raw(s, z.limitedCodes()).tanh()
            let a = c.perturbed(s, drawn, actor.body, actor.targetWeights(on: tape))
            let q = critic.body.blend(critic.target(s.joined(a)), c.smallerShare)
            let best = q.reshaped(c.rows, c.samples).largest()
            y.assign(received + c.discount * m * best)
        }
        _ = targets.buffer.update(fromContentsOf: y.values)
        return y
    }

    /// −mean Q + lambda · mean (Q_c − q_bar), through the perturbed action alone.
    private func updateActor(_ s: Variable) throws {
        let c = configuration
        let drawn = autoencoder.raw(s, tape.constant(draws.actor).limitedCodes()).tanh()
        metrics.actorLoss = try actor.descend(on: tape, movingTargetBy: c.targetRate) {
            let sa = s.joined(c.perturbed(s, drawn, actor.body, actor.weights(on: tape)))
            let excess = costCritic(sa).smallest() - space.limit
            metrics.multiplier = multiplier.update(excess.mean().scalar)
            let penalty = (metrics.multiplier * excess).mean()
            metrics.costPenalty = penalty.scalar
            return penalty - critic(sa).smallest().mean()
        }
    }
}

extension BCQLag.Configuration {
    /// clip(a + phi · xi(s, a), ±1).
    func perturbed(_ s: Variable, _ a: Variable, _ actor: MLP, _ w: Weights) -> Variable {
        (a + own.perturbation * actor(s.joined(a), w).tanh()).clipped(-1, 1)
    }
}
