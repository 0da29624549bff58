// The one-step policy of FISOR, after Flow Q-learning: Park, Li, Levine, "Flow Q-Learning", ICML 2025, arXiv:2502.02538.
//
// Followed: the flow that clones the data, Euler's solution from the same noise as the goal of the one-step policy, the sum
// of distance and value with the value over its mean size (their option), GELU, actions clipped before the critics see them.
//
// Ours, because the text of SafeFQL (arXiv:2603.15136), which joins the two, could not be had:
//   - FISOR's three cases say what is maximised in a row: Q_r where V_h(s) ≤ 0 and Q_h(s, mu) ≤ 0; −Q_h elsewhere, which
//     takes an unsafe action of a feasible state back to the safe ones, as the paper's constraint Q_h ≤ 0 there demands, and
//     an infeasible state to the least violation;
//   - values are those that FISOR's weights have: averages of Q, the smallest of Q_r and the largest of Q_h;
//   - each critic is divided by the mean size of its own values over the batch, and Q_r has a weight of its own: an action
//     changes a hundredth of a return, but all of what is risked;
//   - the moving average of the one-step policy acts, as that of FISOR's score network.

import SafeRL

extension FISOR {
    /// One step of the flow, and one of the one-step policy, on one part of the batch; critics are constants in both.
    ///
    /// - Throws: `NonFiniteError`.
    package func updateFlow(_ flow: FlowLearning, part: Int) throws {
        tape.reset()
        let c = configuration, draw = flow.draws[part]
        let rows = part * c.policyRows..<(part + 1) * c.policyRows
        let s = tape.constant(batch.observations, rows: rows)
        var own = Metrics.Flow()
        own.cloneLoss = try flow.learn(s, tape.constant(batch.actions, rows: rows), draw)
        let z = tape.constant(draw.noise)
        let goal = flow.flow(s, from: z)
        let infeasible = (vh(s) - c.threshold).isAbove(0)
        try flow.actor.descend(on: tape, movingTargetBy: c.policyTargetRate) {
            let action = flow.actor(s.joined(z))
            let distance = squaredError(action, goal).mean()
            own.distillationLoss = distance.scalar
            let loss = flow.settings.distillation * distance
            guard c.objective != .cloning else { return loss }
            let sa = s.joined(action.clipped(-1, 1))
            let qh = self.qh.target(sa).largest() - c.threshold
            let cases = c.cases(infeasible: infeasible, qh: qh, margin: flow.settings.margin)
            let value = value(qr.target(sa).smallest(), qh, cases, flow.settings.rewardWeight).mean()
            own.value = value.scalar
            own.count(cases, infeasible)
            return loss - value
        }
        metrics.flow.add(own, share: 1 / Float(c.policyUpdates))
    }

    /// What the policy is to make large in each row, `[B, 1]`: Q_r times a weight or −Q_h, each over its mean size in the batch.
    private func value(
        _ qr: Variable, _ qh: Variable, _ cases: Configuration.Cases, _ weight: Float
    ) -> Variable {
        func size(_ values: Variable) -> Float { max(values.constant.magnitude().mean().scalar, 1e-6) }
        let saving = cases.saving * (qh / size(qh))
        if configuration.objective == .imitation { return -saving }
        return cases.rewarding * (qr * (weight / size(qr))) - saving
    }
}

extension FISOR.Configuration {
    /// Which of the three cases each row is in: 1 or 0, `[B, 1]`, both together 1.
    package struct Cases {
        /// Feasible state, safe action: the reward counts.
        package let rewarding: Variable
        /// Infeasible state, or unsafe action: what is risked counts.
        package let saving: Variable
    }

    /// The cases of rows; equality with 0 counts as feasible and as safe.
    ///
    /// - Parameters:
    ///   - infeasible: 1 where V_h is above the threshold.
    ///   - qh: largest target Q_h of the policy's action, less the threshold.
    ///   - margin: how far below 0 it must lie to be safe.
    /// - Returns: constants, `[B, 1]`.
    package func cases(infeasible: Variable, qh: Variable, margin: Float) -> Cases {
        if objective == .reward {
            let none = infeasible.isAbove(.infinity)
            return Cases(rewarding: 1 - none, saving: none)
        }
        let rewarding = (1 - infeasible) * (-qh).isAtLeast(margin)
        return Cases(rewarding: rewarding, saving: 1 - rewarding)
    }
}
