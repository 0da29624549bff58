// CPQ: Xu, Zhan, Zhu, "Constraints Penalized Q-learning for Safe Offline Reinforcement Learning", AAAI 2022,
// arXiv:2107.09003, as OSRL has it: Liu et al., DMLR 2024, arXiv:2306.09303.
//
//   paper                    here
//   pi_theta(a | s)          actor                      tanh of a Gaussian
//   Q_r, Q_c                 critic, costCritic         ensembles; a value is the smallest member's
//   q(a | s), d(.)           autoencoder                divergence of an action's code: how unlike the data's it is
//   alpha                    multiplier                 of the penalty on unlike actions; constant in losses
//   l                        limit                      q_bar, the discounted limit
//   nu                       samples                    drawn actions among which unlike ones are looked for
//
// Followed: OSRL's code. Autoencoder, critic, cost critic, actor, in this order and on the same rows. The critic bootstraps from
// actions within the limit only, and the actor is moved by those only. The divergence, the value of unlike actions and their
// threshold are taken of actions before tanh (specification D7, D8); the penalty reads the average of the cost critic and so
// moves no weight, only alpha (D6, penalty); cost targets ignore ends (D1, costTargets); a time-out ends an episode (D2,
// timeouts).
//
// Deviations, with their reasons in docs/cpq.md:
//   - averages are moved with each network's own step; nothing reads them in between;
//   - alpha's logarithm is part of a checkpoint;
//   - actions are clipped to ±(1 - 1e-5), as for every algorithm here;
//   - random numbers come from streams of our own.

import SafeRL

/// Q-learning that values only actions whose costs are within a limit, and holds actions unlike the data's to be costly.
public final class CPQ: CriticBaseline, SquashedBaseline {
    /// `cpq`.
    public static let name = "cpq"

    let configuration: Configuration
    let space: ActingSpace
    package let tape = Tape()
    package let autoencoder: Learner<ActionAutoencoder>
    /// Its average is kept as OSRL keeps it; nothing reads it.
    package let actor: Learner<SquashedGaussian>
    package let critic: Learner<Ensemble>, costCritic: Learner<Ensemble>
    package let transitions: EpisodeBatches
    package let draws: Draws
    package let unlike: UnlikeActions
    package var metrics = Metrics()
    /// The targets of the latest update, `[rows, 1]`.
    package let rewardTargets: Tensor, costTargets: Tensor
    package var multiplier = DualVariable()
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
        draws = Draws(rows: c.rows, samples: c.samples, actions: a, codes: autoencoder.body.codes)
        unlike = UnlikeActions(rows: c.rows, samples: c.samples)
        rewardTargets = Tensor(c.rows, 1)
        costTargets = Tensor(c.rows, 1)
        streams = RunStreams(seed: seed)
    }

    /// One step of every network on the rows and draws as they are.
    package func learn() throws {
        tape.reset()
        let (c, batch) = (configuration, transitions.batch)
        let s = tape.constant(batch.observations), a = tape.constant(batch.actions)
        metrics.autoencoderLoss = try autoencoder.descend(on: tape) {
            autoencoder.loss(
                s, a, noise: tape.constant(draws.autoencoder), divergenceWeight: c.divergenceWeight)
        }
        let sa = s.joined(a)
        let y = rewardTarget()
        metrics.criticLoss = try critic.descend(on: tape, movingTargetBy: c.targetRate) {
            memberErrors(critic(sa), y)
        }
        try updateCostCritic(s, sa)
        try updateActor(s)
    }

    /// y = r + gamma · m · Q(s', a') where Q_c(s', a') is within the limit, else r; by the averages, a' by the actor.
    private func rewardTarget() -> Variable {
        let (c, batch) = (configuration, transitions.batch)
        let y = tape.constant(0, c.rows, 1)
        tape.temporarily {
            let s = tape.constant(batch.nextObservations)
            let sa = s.joined(actor(s).draw(tape.constant(draws.critic)).tanh())
            let q = allowed(costCritic.target(sa)) * critic.target(sa).smallest()
            let m = tape.constant(transitions.rewardsGoOn)
            y.assign(c.rewardScale * tape.constant(batch.rewards) + c.discount * m * q)
        }
        _ = rewardTargets.buffer.update(fromContentsOf: y.values)
        return y
    }

    /// y_c = c + gamma · Q_c(s', a'), by the average and a fresh action of the actor.
    private func costTarget() -> Variable {
        let (c, batch) = (configuration, transitions.batch)
        let y = tape.constant(0, c.rows, 1)
        tape.temporarily {
            let s = tape.constant(batch.nextObservations)
            let sa = s.joined(actor(s).draw(tape.constant(draws.costCritic)).tanh())
            let m = tape.constant(transitions.costsGoOn)
            y.assign(tape.constant(batch.costs) + c.discount * m * costCritic.target(sa).smallest())
        }
        _ = costTargets.buffer.update(fromContentsOf: y.values)
        return y
    }

    /// The squared errors less alpha · (mean cost value of unlike actions − what they are to cost).
    private func updateCostCritic(_ s: Variable, _ sa: Variable) throws {
        let c = configuration
        let wanted = c.unlikeCost * space.limit
        let y = costTarget()
        let drawn = actor(s)
        findUnlikeActions(s, drawn)
        var found: Float = 0
        metrics.costCriticLoss = try costCritic.descend(on: tape, movingTargetBy: c.targetRate) {
            let cost = unlikeCost(s, drawn)
            found = cost.scalar
            return memberErrors(costCritic(sa), y) - multiplier.value * (cost - wanted)
        }
        found = try DataShard.mean(of: found)
        multiplier.ascend(wanted - found, rate: c.multiplierRate)
        (metrics.unlikeCost, metrics.multiplier) = (found, multiplier.value)
    }

    /// Which of n actions before tanh in each state are unlike the data's.
    private func findUnlikeActions(_ s: Variable, _ drawn: DiagonalGaussian) {
        let rows = configuration.rows
        for sample in 0..<configuration.samples {
            tape.temporarily {
                let code = autoencoder.encoded(s, drawn.draw(noise(sample)))
                let part = sample * rows..<(sample + 1) * rows
                let values = UnsafeMutableBufferPointer(rebasing: unlike.divergences.buffer[part])
                _ = values.update(fromContentsOf: code.meanDivergence.values)
            }
        }
        unlike.findThreshold()
    }

    /// The mean of Q_c over all draws, where those like the data count 0: by the average, or by the critic itself where the
    /// penalty is to move it.
    private func unlikeCost(_ s: Variable, _ drawn: DiagonalGaussian) -> Variable {
        let c = configuration
        let sum = tape.constant(0)
        if c.penalty == .published {
            for sample in 0..<c.samples {
                tape.temporarily {
                    let su = s.joined(drawn.draw(noise(sample)))
                    sum.assign(sum + (isUnlike(sample) * costCritic.target(su).smallest()).mean())
                }
            }
            return sum / Float(c.samples)
        }
        var total = sum
        for sample in 0..<c.samples {
            let su = s.joined(drawn.draw(noise(sample)))
            total = total + (isUnlike(sample) * costCritic(su).smallest()).mean()
        }
        return total / Float(c.samples)
    }

    /// 1 for the draws of each state that are unlike the data's, else 0; `[rows, 1]`.
    private func isUnlike(_ sample: Int) -> Variable {
        let rows = configuration.rows
        return tape.constant(unlike.divergences, rows: sample * rows..<(sample + 1) * rows)
            .isAtLeast(unlike.threshold)
    }

    private func noise(_ sample: Int) -> Variable {
        let rows = configuration.rows
        return tape.constant(draws.unlike, rows: sample * rows..<(sample + 1) * rows)
    }

    /// −mean Q over the actions whose costs are within the limit; the others count 0.
    private func updateActor(_ s: Variable) throws {
        metrics.actorLoss = try actor.descend(on: tape, movingTargetBy: configuration.targetRate) {
            let sa = s.joined(actor(s).draw(tape.constant(draws.actor)).tanh())
            let isAllowed = allowed(costCritic(sa))
            metrics.allowedShare = isAllowed.mean().scalar
            return -(isAllowed * critic(sa).smallest()).mean()
        }
    }

    /// 1 where the smallest member is within the limit, else 0; a constant.
    private func allowed(_ costs: Variable) -> Variable { 1 - costs.smallest().isAbove(space.limit) }
}
