import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// CAPS against the authors' implementation.
@Suite struct CAPSGoldenTests {
    let golden: GoldenNewer

    init() throws { golden = try GoldenNewer("caps") }

    private func configuration() throws -> CAPS.Configuration {
        var c = CAPS.Configuration()
        let hidden = try golden.integer("hidden")
        (c.widths, c.heads, c.rows) = (
            [hidden, hidden], try golden.integer("heads"), try golden.integer("rows")
        )
        (c.discount, c.targetRate, c.rewardScale) = (try golden.float("gamma"), try golden.float("tau"), 1)
        (c.rewardExpectile, c.costExpectile) = (
            try golden.float("expectile"), try golden.float("expectile_cost")
        )
        (c.rewardTemperature, c.costTemperature) = (
            try golden.float("beta"), try golden.float("beta_cost")
        )
        (c.actorRate, c.criticRate) = (
            try golden.float("lr.actor"), try golden.float("lr.q")
        )
        (c.valueRate, c.actorDecayUpdates) = (
            try golden.float("lr.value"), try golden.integer("decay_steps")
        )
        (c.costLimit, c.episodeLength) = (
            try golden.float("cost_limit"), try golden.integer("episode_len")
        )
        return c
    }

    private func caps() throws -> CAPS {
        let caps = try CAPS(try configuration(), on: try golden.data(), seed: 0)
        try golden.copy("param.actor", to: caps.actor)
        try golden.copy("param.reward_v", to: caps.rewardV)
        try golden.copy("param.cost_v", to: caps.costV)
        for (learner, name) in [(caps.rewardQ, "reward_q"), (caps.costQ, "cost_q")] {
            try golden.copy("param.\(name)", to: learner)
            try golden.copy("param.\(name)_target", to: learner, .target)
        }
        return caps
    }

    private func expect(
        _ caps: CAPS, _ role: LearnerRole, _ prefix: String, within tolerance: Double
    ) throws {
        let file = golden.file
        try expectAgreement(caps.actor, role, "\(prefix).actor", file, within: tolerance)
        try expectAgreement(caps.rewardV, role, "\(prefix).reward_v", file, within: tolerance)
        try expectAgreement(caps.costV, role, "\(prefix).cost_v", file, within: tolerance)
        try expectAgreement(caps.rewardQ, role, "\(prefix).reward_q", file, within: tolerance)
        try expectAgreement(caps.costQ, role, "\(prefix).cost_q", file, within: tolerance)
    }

    private func expectTargets(_ caps: CAPS, _ prefix: String) throws {
        for (learner, name) in [(caps.rewardQ, "reward_q"), (caps.costQ, "cost_q")] {
            try expectAgreement(learner, .target, "\(prefix).\(name)_target", golden.file, within: 2e-5)
        }
    }

    /// The learners after all updates of the set.
    private func trained() throws -> CAPS {
        let caps = try caps()
        for step in golden.steps.indices {
            try golden.fill(caps.transitions, step: step)
            _ = try caps.update()
        }
        return caps
    }

    @Test func updatesAgree() throws {
        let caps = try caps()
        for step in golden.steps.indices {
            try golden.fill(caps.transitions, step: step)
            let metrics = try caps.update()
            try golden.expect(
                [
                    "reward_value_loss": metrics.rewardVLoss, "cost_value_loss": metrics.costVLoss,
                    "reward_q_loss": metrics.rewardQLoss, "cost_q_loss": metrics.costQLoss,
                    "actor_loss": metrics.actorLoss,
                    "actor_lr_next": caps.actor.optimizer.rate.value(after: caps.actor.updates),
                ], step: step)
            guard step == 0 else { continue }
            try expect(caps, .gradient, "grad", within: 5e-5)
            try expect(caps, .weights, "after1", within: 2e-5)
            try expectTargets(caps, "after1")
        }
        let last = "after\(golden.steps.count)"
        try expect(caps, .weights, last, within: 2e-5)
        try expectTargets(caps, last)
        try expect(caps, .firstMoment, "\(last).adam.m", within: 1e-4)
        try expect(caps, .secondMoment, "\(last).adam.v", within: 1e-4)
    }

    @Test func advantagesAgree() throws {
        let caps = try caps()
        let s = try golden.constant("in.step0.observations", on: caps.tape)
        let sa = s.joined(try golden.constant("in.step0.actions", on: caps.tape))
        for (value, name) in [(caps.rewardV, "mid.advantage"), (caps.costV, "mid.cost_advantage")] {
            expectAgreement(
                try caps.learnValue(value, s, sa).values, try golden.file.floats(name), within: 2e-5, name)
        }
    }

    @Test func theHeadThatActsAgrees() throws {
        let (file, policy) = (golden.file, try switching(try trained()))
        let rows = try file.shape("select.obs")[0]
        let seen = Tensor(rows, policy.observationSize, try file.floats("select.obs"))
        let proposals = policy.proposals(in: seen)
        // The set has the heads' numbers of a row beside one another.
        let rewards = by(rows, proposals) { $0.reward }, costs = by(rows, proposals) { $0.cost }
        expectAgreement(
            by(rows, proposals) { $0.action }.flatMap(\.self).flatMap(\.self),
            try file.floats("select.actions"), within: 1e-5, "actions")
        expectAgreement(
            rewards.flatMap(\.self).flatMap(\.self), try file.floats("select.reward"), within: 2e-5,
            "reward")
        expectAgreement(
            costs.flatMap(\.self).flatMap(\.self), try file.floats("select.cost"), within: 2e-5, "cost")
        let limits = try file.floats("select.limit"), indices = try file.integers("select.index")
        for row in 0..<rows {
            let head = CAPS.head(
                rewards: rewards[row].map { $0[0] }, costs: costs[row].map { $0[0] }, within: limits[row])
            #expect(head == indices[row], "row \(row)")
        }
    }

    /// Numbers of each row, of each head, of each component.
    private func by(
        _ rows: Int, _ proposals: [SwitchingPolicy.Proposal],
        _ numbers: (SwitchingPolicy.Proposal) -> Variable
    ) -> [[[Float]]] {
        (0..<rows).map { row in
            proposals.map { proposal in
                let it = numbers(proposal)
                return Array(it.values[row * it.shape.columns..<(row + 1) * it.shape.columns])
            }
        }
    }

    private func switching(_ caps: CAPS) throws -> SwitchingPolicy {
        try #require(try caps.makePolicy() as? SwitchingPolicy)
    }

    /// The system of the set: s ← s·M + a·N, reward s₀, cost 1 where |s₁| > 0.1, both of the new state.
    @Test func anEpisodeThatSpendsItsBudgetAgrees() throws {
        let (file, policy) = (golden.file, try switching(try trained()))
        let (o, a) = (policy.observationSize, policy.actionSize)
        let m = try file.floats("rollout.M"), n = try file.floats("rollout.N")
        let steps = try file.shape("rollout.actions")[0]
        let indices = try file.integers("rollout.index"), limits = try file.floats("rollout.limit")
        var state = Array(try file.floats("rollout.states").prefix(o))
        var (states, done, rewards, costs) = (state, [Float](), [Float](), [Float]())
        var (totalReward, totalCost): (Float, Float) = (0, 0)
        for step in 0..<steps {
            let progress = EpisodeProgress(steps: step, totalReward: totalReward, totalCost: totalCost)
            expectAgreement([policy.limit(after: progress)], [limits[step]], within: 1e-5, "limit \(step)")
            let action = try actions(of: policy, seeing: state + progress.values)
            let proposed = policy.proposals(in: Tensor(1, o, state)).map { Array($0.action.values) }
            #expect(proposed[indices[step]] == action, "step \(step)")
            state = (0..<o).map { column in
                (0..<o).reduce(0) { $0 + state[$1] * m[$1 * o + column] }
                    + (0..<a).reduce(0) { $0 + action[$1] * n[$1 * o + column] }
            }
            (states, done) = (states + state, done + action)
            (rewards, costs) = (rewards + [state[0]], costs + [abs(state[1]) > 0.1 ? 1 : 0])
            (totalReward, totalCost) = (totalReward + state[0], totalCost + (costs.last ?? 0))
        }
        for (name, values) in [
            ("states", states), ("actions", done), ("rewards", rewards), ("costs", costs),
        ] { expectAgreement(values, try file.floats("rollout.\(name)"), within: 1e-4, name) }
        let sums = try #require(golden.facts["rollout"] as? [String: Double])
        #expect(Double(totalReward).isWithin(1e-4, of: try #require(sums["episode_return"])))
        #expect(Double(totalCost) == sums["episode_cost"] && Double(steps) == sums["length"])
    }

    /// What a policy does that sees one observation with its progress.
    private func actions(of policy: SwitchingPolicy, seeing row: [Float]) throws -> [Float] {
        var chosen = [Float](repeating: 0, count: policy.actionSize)
        var streams = [RandomStream(seed: 0, for: .action)]
        var span = chosen.mutableSpan, drawn = streams.mutableSpan
        policy.act(on: row.span, actions: &span, using: &drawn)
        return chosen
    }
}
