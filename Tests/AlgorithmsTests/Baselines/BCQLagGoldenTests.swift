import Algorithms
import SafeRL
import Testing

/// BCQ-Lag against OSRL.
@Suite struct BCQLagGoldenTests {
    private let golden: GoldenBaseline

    init() throws { golden = try GoldenBaseline("bcql") }

    private func learners() throws -> BCQLag {
        var c = BCQLag.Configuration()
        (c.shared, c.critics) = (try golden.shared(), try golden.critics())
        c.lagrangian = try golden.lagrangian()
        c.perturbation = try golden.number("phi")
        let bcq = try BCQLag(c, on: try golden.data(), seed: 0)
        try golden.load(networks(bcq))
        return bcq
    }

    private func update(_ bcq: BCQLag, _ step: Int) throws {
        try golden.put(step, into: bcq.transitions.batch)
        bcq.transitions.readEnds()
        for (name, buffer) in [
            ("vae", bcq.draws.autoencoder.buffer), ("critic", bcq.draws.critic.buffer),
            ("cost_critic", bcq.draws.costCritic.buffer), ("actor", bcq.draws.actor.buffer),
        ] { try golden.put("in.step\(step).noise.\(name)", into: buffer) }
        try bcq.learn()
        let m = bcq.metrics
        try golden.expect(
            [
                "loss_vae": m.autoencoderLoss, "critic_loss": m.criticLoss,
                "cost_critic_loss": m.costCriticLoss, "actor_loss": m.actorLoss, "qc_penalty": m.costPenalty,
                "lagrangian": m.multiplier, "pid_error_old": bcq.multiplier.state.lastError,
                "pid_error_integral": bcq.multiplier.state.gathered,
            ], ofStep: step)
    }

    private func networks(_ bcq: BCQLag) -> [GoldenNetwork] {
        [
            GoldenNetwork("vae", bcq.autoencoder), GoldenNetwork("actor", bcq.actor),
            GoldenNetwork("critic", bcq.critic), GoldenNetwork("cost_critic", bcq.costCritic),
        ]
    }

    @Test func updatesAgree() throws {
        let bcq = try learners()
        try golden.expectUpdates(of: networks(bcq)) {
            try update(bcq, $0)
        } afterFirst: {
            try golden.expect(
                bcq.rewardTargets.buffer, "mid.critic.target", within: BaselineTolerance.targets)
            try golden.expect(
                bcq.costTargets.buffer, "mid.cost_critic.target", within: BaselineTolerance.targets)
        }
    }

    @Test func actionsAgree() throws {
        let bcq = try learners()
        for step in 0..<(try golden.integer("steps")) { try update(bcq, step) }
        let policy = try #require(bcq.makePolicy() as? PerturbedPolicy)
        let done = policy.actions(
            for: try golden.file.floats("act.obs"), codes: try golden.file.floats("act.noise"))
        try golden.expect(done, "act.action", within: BaselineTolerance.actions)
    }

    @Test func theDiscountedLimitAgrees() throws {
        let limit = discountedLimit(
            try golden.number("cost_limit"), steps: try golden.integer("episode_len"),
            discount: try golden.number("gamma"))
        let expected = Float(try #require(golden.start["qc_thres"]))
        #expect(abs(limit - expected) <= 1e-6 * expected)
    }
}
