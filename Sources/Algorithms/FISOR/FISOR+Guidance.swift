import Foundation
import SafeRL

extension FISOR {
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

    /// h and the continuation of the first rows of a batch, as many as there is room for.
    func readConstraint(of batch: TransitionBatch, into h: borrowing Tensor, _ continues: borrowing Tensor) {
        let c = configuration
        for row in 0..<h.shape.rows {
            h[row, 0] = c.constraintValue(
                cost: batch.costs[row, 0], stored: batch.constraintValues[row, 0])
            let ended = batch.terminated[row, 0] != 0 || (c.timeouts == .end && batch.truncated[row, 0] != 0)
            continues[row, 0] = ended ? 0 : 1
        }
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

    /// h of a step.
    func constraintValue(cost: Float, stored: Float) -> Float {
        switch (objective, constraint) {
        case (.costValue, _): cost
        case (_, .cost): cost > 0 ? violation : satisfaction
        case (_, .stored): stored
        }
    }

    /// What V_h and Q_h are compared with: 0, or the discounted mean of the cost limit in the ablation.
    var threshold: Float {
        guard let own = objective.costValue else { return 0 }
        let (g, steps) = (Double(discount), Double(own.episodeLength))
        return Float(Double(own.costLimit) * (1 - pow(g, steps)) / ((1 - g) * steps))
    }

    func check(_ data: TransitionDataset) throws {
        if let choices = data.actionChoices {
            throw OptionIssue(
                "sampler",
                "FISOR's draw actions of real numbers, and the data's are one of \(choices) choices. Use an algorithm that "
                    + "learns choices, such as bc or ogsrl.")
        }
        if constraint == .stored && data.constraintValues == nil {
            throw OptionIssue(
                "constraint",
                "\"stored\" needs a column \"constraint_values\", which the data lack. Use \"cost\".")
        }
        if timeouts == .bootstrap && data.hasDerivedNextObservations {
            throw OptionIssue(
                "timeouts", "\"bootstrap\" needs \"next_observations\", which the data lack. Use \"end\".")
        }
    }

    func scoreNetwork(_ observation: Int, _ action: Int) -> (inout Layout) -> ScoreNetwork {
        var sizes = ScoreNetwork.Sizes(observation: observation, action: action, steps: diffusionSteps)
        (sizes.width, sizes.blocks) = (width, blocks)
        (sizes.timeFeatures, sizes.timeWidths) = (timeFeatures, timeWidths)
        return { [sizes] in ScoreNetwork(sizes, in: &$0) }
    }

    func critic(_ observation: Int, _ action: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(criticMembers, observation + action, hidden: criticWidths, in: &$0) }
    }

    func value(_ observation: Int) -> (inout Layout) -> MLP {
        { MLP("", observation, hidden: criticWidths, in: &$0) }
    }
}

/// The random numbers of one policy update, kept apart so that a test can put given ones in their place.
package final class PolicyDraws {
    /// Diffusion index of each row.
    package let steps: UnsafeMutableBufferPointer<Int32>
    /// z, `[rows, A]`.
    package let noise: Tensor
    /// Factors of inverted dropout for each block, `[rows, width]`; none without dropout.
    package let keeps: [KeepMask]
    let chosen: UnsafeMutableBufferPointer<Int32>

    init(rows: Int, actions: Int, blocks: Int, width: Int) {
        steps = .allocate(capacity: rows)
        steps.initialize(repeating: 0)
        chosen = .allocate(capacity: rows)
        chosen.initialize(repeating: 0)
        noise = Tensor(rows, actions)
        keeps = (0..<blocks).map { _ in KeepMask(rows, width) }
    }

    deinit {
        steps.deallocate()
        chosen.deallocate()
    }

    func fill(steps count: Int, dropout: Float, using stream: inout RandomStream) {
        stream.fillIntegers(steps, below: count)
        stream.fillNormal(noise.buffer)
        for keep in keeps { stream.fillKeepMask(keep.factors.buffer, rate: dropout) }
    }
}

/// A tensor that can stand in an array.
package final class KeepMask {
    /// The factors.
    package let factors: Tensor
    init(_ rows: Int, _ width: Int) { factors = Tensor(rows, width) }
}
