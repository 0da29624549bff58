// FISOR: Zheng, Li, Yu, Yang, Li, Zhan, Liu, "Safe Offline Reinforcement Learning with Feasibility-Guided Diffusion
// Model", ICLR 2024, arXiv:2401.10700.
//
//   paper                    here
//   V_h, Q_h                 vh, qh (two members, largest counts)     feasibility critics
//   V_r, Q_r                 vr, qr (two members, smallest counts)    reward critics
//   bar over Q               qh.target, qr.target                     moving averages
//   z_theta(s, x, t)         policy                                   score network; its average acts
//   tau, alpha_1, alpha_2    rewardExpectile, rewardTemperature, feasibilityTemperature
//   h, gamma, T, N           h, discount, diffusionSteps, candidates
//
// Followed: the released code (section numbers of the specification in brackets): joint updates, policy first [5, D3];
// 2 × 1024 policy rows and 256 critic rows of one batch [D4]; terminal and time-out both end an episode [D5]; h from
// the sign of the cost [D6]; ensembles and averages as in [D7]; caps [D8]; cosine step size [D9]; discrete VP schedule
// [D10]; raw time index [D11]; √β noise and clipping at every step [D12]; dropout before the layer norm [D17].
//
// Deviations, none of which changes the mathematics of a training step:
//   - rows of weight exactly 0 are left out of the policy's gradient (skipsWeightlessRows); the mean still counts them;
//   - the code of the time step is computed once for each of the T steps, not once for each row;
//   - random numbers come from streams of our own;
//   - the weights' exponent may overflow to infinity, and the cap then applies, as in the authors' code [4];
//   - policy one-step-flow (Flow/FISOR+Flow.swift) stands in place of the diffusion model;
//   - options beyond the authors': most-rewarding-safe choice, DPM-Solver++ sampling, bootstrapping through time-outs,
//     critics first, until they have settled. Imitation mode keeps h as configured instead of the raw cost of divergence D16.

import SafeRL

/// Feasibility-guided safe offline reinforcement learning.
///
/// Learns which states can be kept safe for ever (V_h ≤ 0), and clones actions by weight: good and safe ones where the
/// state is feasible, the least unsafe ones where it is not.
public final class FISOR: Algorithm {
    /// `fisor`.
    public static let name = "fisor"

    let configuration: Configuration
    let data: TransitionDataset
    package let tape: Tape
    package let vr: Learner<MLP>, vh: Learner<MLP>
    package let qr: Learner<Ensemble>, qh: Learner<Ensemble>
    /// The score network, or what a one-step policy learns with: one of the two.
    let diffusion: Learner<ScoreNetwork>?
    package let flow: FlowLearning?
    package let schedule: NoiseSchedule
    package let batch: TransitionBatch
    /// h of the critics' rows, and 1 where a future follows, else 0; `[criticRows, 1]`.
    package let h: Tensor, continues: Tensor
    package let draws: [PolicyDraws]
    var sampling: RandomStream, noise: RandomStream
    package var metrics = Metrics()
    /// Nothing without `heldOutShare`.
    let judging: Judging?
    /// Nothing without `recordedFirst`; of the critics' rows, `[criticRows, 1]`.
    let outcomes: RecordedOutcomes?
    private let returns: Tensor, violations: Tensor
    private let active: UnsafeMutableBufferPointer<Int32>

    /// Makes fresh learners for transitions.
    ///
    /// - Throws: `OptionIssue` when the data lack what the configuration asks for.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        try configuration.check(data)
        (self.configuration, self.data) = (configuration, data)
        let (o, a) = (data.observationSize, data.actionSize)
        let c = configuration
        var weights = RandomStream(seed: seed, for: .weights)
        let adam = Adam(rate: .constant(c.learningRate))
        let denoising = Adam(rate: .cosine(c.learningRate, updates: c.policyDecayUpdates))
        flow = c.policy.flow.map { FlowLearning($0, c, of: data, using: &weights) }
        diffusion =
            flow != nil
            ? nil
            : Learner("policy", optimizer: denoising, hasTarget: true, using: &weights, c.scoreNetwork(o, a))
        qr = Learner("qr", optimizer: adam, hasTarget: true, using: &weights, c.critic(o, a))
        vr = Learner("vr", optimizer: adam, using: &weights, c.value(o))
        qh = Learner("qh", optimizer: adam, hasTarget: true, using: &weights, c.critic(o, a))
        vh = Learner("vh", optimizer: adam, using: &weights, c.value(o))
        schedule = NoiseSchedule(c.noise, steps: c.diffusionSteps)
        tape = Tape()
        let rows = max(c.policyUpdates * c.policyRows, c.criticRows)
        batch = TransitionBatch(rows: rows, observationSize: o, actionSize: a)
        h = Tensor(c.criticRows, 1)
        continues = Tensor(c.criticRows, 1)
        draws = (0..<(flow == nil ? c.policyUpdates : 0)).map { _ in
            PolicyDraws(rows: c.policyRows, actions: a, blocks: c.dropout > 0 ? c.blocks : 0, width: c.width)
        }
        active = .allocate(capacity: c.policyRows)
        active.initialize(repeating: 0)
        judging =
            c.heldOutShare > 0 ? Judging(try HeldOutRows(c.heldOutShare, of: data), of: data) : nil
        outcomes = c.recordedFirst > 0 ? RecordedOutcomes(of: data, c) : nil
        returns = Tensor(c.criticRows, 1)
        violations = Tensor(c.criticRows, 1)
        sampling = RandomStream(seed: seed, for: .sampling)
        noise = RandomStream(seed: seed, for: .noise)
    }

    deinit { active.deallocate() }

    /// One joint stage, or the critics first and then the policy.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        let first = min(configuration.criticsFirst, steps)
        if first == 0 { return [Stage("joint", updates: steps) { try self.update(.joint) }] }
        return [
            Stage(
                "critics", updates: first, isComplete: { self.hasSettled },
                remark: { self.criticsRemark(ofAtMost: first) }
            ) { try self.update(.critics) },
            Stage("policy", updates: steps - first) { try self.update(.policy) },
        ].filter { $0.updates > 0 }
    }

    /// Allowed: step sizes depend on `policyDecayUpdates`, and the critics' own stage comes first.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// What an update teaches.
    package enum Part {
        /// Policy and critics.
        case joint
        /// One of the two.
        case critics, policy
    }

    /// One step: the policy on each of its parts of the batch, then the critics on the first rows.
    ///
    /// - Throws: `NonFiniteError`.
    package func update(_ part: Part) throws -> Metrics {
        (metrics.learnsPolicy, metrics.learnsCritics) = (part != .critics, part != .policy)
        if let judging {
            data.fill(batch, from: judging.rows.learned, using: &sampling)
        } else {
            data.fill(batch, using: &sampling)
        }
        if metrics.learnsPolicy {
            for draw in draws {
                draw.fill(steps: schedule.steps, dropout: configuration.dropout, using: &noise)
            }
            if let flow { for draw in flow.draws { draw.fill(using: &noise) } }
            try updatePolicy()
        }
        if metrics.learnsCritics {
            readConstraint(of: batch, into: h, continues)
            try updateCritics()
            watchCritics()
        }
        metrics.look = metrics.learnsCritics ? judging?.watch.latest : nil
        metrics.drift = judging?.watch.drift
        return try metrics.checkedFinite()
    }

    package func updatePolicy() throws {
        (metrics.policyLoss, metrics.weightMean, metrics.weightlessShare) = (0, 0, 0)
        for part in 0..<draws.count { try updatePolicy(part: part) }
        guard let flow else { return }
        (metrics.hasFlow, metrics.flow) = (true, Metrics.Flow())
        for part in 0..<flow.draws.count { try updateFlow(flow, part: part) }
    }

    /// Weighted denoising on one part of the batch: J = mean w·‖ẑ_θ(s, x_t, t) − z‖².
    package func updatePolicy(part: Int) throws {
        tape.reset()
        let (c, draw, first) = (configuration, draws[part], part * configuration.policyRows)
        let weights = tape.constant(0, c.policyRows, 1)
        tape.temporarily { weights.assign(guidance(rows: first..<first + c.policyRows)) }
        let rows = rowsToLearn(weights)
        let share = 1 / Float(draws.count)
        metrics.weightMean += share * weights.mean().scalar
        metrics.weightlessShare +=
            share * Float(c.policyRows - weights.values.count { $0 != 0 }) / Float(c.policyRows)

        let s = tape.constant(batch.observations, rowsAt: rows, from: first)
        let a = tape.constant(batch.actions, rowsAt: rows, from: first)
        let z = tape.constant(draw.noise, rowsAt: rows)
        let w = weights.rows(at: rows)
        let (steps, signal, scale) = levels(draw, rows)
        let x = signal * a + scale * z
        let loss = try policy.descend(on: tape, movingTargetBy: c.policyTargetRate) {
            let predicted = policy.body(x, s, at: steps, policy.weights(on: tape)) { block, branch in
                draw.keeps.isEmpty ? branch : branch * tape.constant(draw.keeps[block].factors, rowsAt: rows)
            }
            return (w * squaredError(predicted, z).rowSums()).sum() / Float(c.policyRows)
        }
        metrics.policyLoss += share * loss
    }

    /// The weight of each row of the policy's batch, `[rows, 1]`, from the critics as they are now (specification, 4).
    package func guidance(rows: Range<Int>) -> Variable {
        if configuration.objective == .cloning { return tape.constant(1, rows.count, 1) }
        let s = tape.constant(batch.observations, rows: rows)
        let sa = s.joined(tape.constant(batch.actions, rows: rows))
        let threshold = configuration.threshold
        return configuration.weights(
            q: qr.target(sa).smallest(), v: vr(s), qh: qh.target(sa).largest() - threshold,
            vh: vh(s) - threshold)
    }

    /// V_r, Q_r, V_h, Q_h, in this order, each with the values just updated; at first towards recorded outcomes.
    package func updateCritics() throws {
        tape.reset()
        let c = configuration
        let recorded = vr.updates < c.recordedFirst
        if recorded { outcomes?.fill(batch.indices, into: returns, violations) }
        let rows = 0..<c.criticRows
        let s = tape.constant(batch.observations, rows: rows),
            s2 = tape.constant(batch.nextObservations, rows: rows)
        let sa = s.joined(tape.constant(batch.actions, rows: rows))
        let r = tape.constant(batch.rewards, rows: rows), h = tape.constant(self.h),
            m = tape.constant(continues)

        let best = recorded ? tape.constant(returns) : qr.target(sa).smallest()
        metrics.vrLoss = try vr.descend(on: tape) {
            let v = vr(s)
            metrics.vrMean = v.mean().scalar
            return expectile(best - v, c.rewardExpectile).mean()
        }
        let yr = recorded ? best : r + c.discount * m * vr(s2)
        metrics.qrLoss = try qr.descend(on: tape, movingTargetBy: c.criticTargetRate) {
            squaredError(qr(sa), yr).mean()
        }

        let worst = recorded ? tape.constant(violations) : qh.target(sa).largest()
        metrics.vhLoss = try vh.descend(on: tape) {
            let v = vh(s)
            metrics.vhMean = v.mean().scalar
            metrics.feasibleShare = Float(v.values.count { $0 - c.threshold <= 0 }) / Float(c.criticRows)
            return reversedExpectile(worst - v, c.feasibilityExpectile).mean()
        }
        let yh = recorded ? worst : feasibilityTarget(h, m, vh(s2))
        metrics.qhLoss = try qh.descend(on: tape, movingTargetBy: c.criticTargetRate) {
            // The mildest of what was recorded: the way up is short later, the way down takes 1 / (1 − γ) sweeps.
            recorded
                ? reversedExpectile(yh - qh(sa), c.feasibilityExpectile).mean()
                : squaredError(qh(sa), yh).mean()
        }
    }

    /// y_h: the worst violation ahead, or a discounted cost in the ablation.
    ///
    /// - Parameters:
    ///   - h: the constraint of the state, `[B, 1]`.
    ///   - m: 1 where a future follows, else 0.
    ///   - next: V_h of the next state.
    /// - Returns: `[B, 1]`.
    package func feasibilityTarget(_ h: Variable, _ m: Variable, _ next: Variable) -> Variable {
        let discount = configuration.discount
        if configuration.objective.costValue != nil { return h + discount * m * next }
        let worst = m * ((1 - discount) * h + discount * maximum(h, next)) + (1 - m) * h
        guard configuration.underViolation == .leaving else { return worst }
        // The part of a violation that the next state no longer has; 0 where none is under way, or a worse one follows.
        return worst - discount / 2 * m * (h.relu() - next.relu()).relu()
    }

    /// The diffusion index of each row, with √ᾱ and √(1 − ᾱ) there.
    private func levels(
        _ draw: PolicyDraws, _ rows: UnsafeBufferPointer<Int32>
    ) -> (UnsafeBufferPointer<Int32>, Variable, Variable) {
        for (index, row) in rows.enumerated() { draw.chosen[index] = draw.steps[Int(row)] }
        let steps = UnsafeBufferPointer(rebasing: draw.chosen[..<rows.count])
        let alphaBar = schedule.alphaBars.withUnsafeBufferPointer { tape.constant($0, schedule.steps, 1) }
            .rows(at: steps)
        return (steps, alphaBar.squareRoot(), (1 - alphaBar).squareRoot())
    }

    /// Rows of nonzero weight, or all: in the first step too, so that the tape grows to its full size at once.
    private func rowsToLearn(_ weights: Variable) -> UnsafeBufferPointer<Int32> {
        var count = 0
        let all = !configuration.skipsWeightlessRows || policy.updates < draws.count
        for (row, weight) in weights.values.enumerated() where weight != 0 || all {
            active[count] = Int32(row)
            count += 1
        }
        return UnsafeBufferPointer(rebasing: active[..<count])
    }
}

extension FISOR.Configuration {
    /// The three-case weight.
    ///
    /// Equality with 0 counts as feasible and as safe; caps apply before the case is chosen, so an
    /// overflowing exponential gives the cap and never NaN.
    ///
    /// - Parameters:
    ///   - q: smallest target Q_r of the row's action, `[B, 1]`.
    ///   - v: V_r.
    ///   - qh: largest target Q_h, less the threshold.
    ///   - vh: V_h, less the threshold.
    /// - Returns: `[B, 1]`, never negative.
    package func weights(q: Variable, v: Variable, qh: Variable, vh: Variable) -> Variable {
        let rewarding = (rewardTemperature * (q - v)).exp().clipped(0, rewardWeightCap)
        if objective == .reward { return rewarding }
        let floor = objective == .imitation ? 1 : feasibilityWeightFloor
        let saving = (feasibilityTemperature * (vh - qh)).exp().clipped(floor, feasibilityWeightCap)
        let infeasible = vh.isAbove(0)
        let safe = (-vh).isAtLeast(0) * (-qh).isAtLeast(0)
        guard objective == .imitation else { return infeasible * saving + safe * rewarding }
        return infeasible * (vh - qh).isAbove(0) * saving + safe * rewardTemperature
    }
}
