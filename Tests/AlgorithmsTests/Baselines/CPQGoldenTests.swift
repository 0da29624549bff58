import Algorithms
import SafeRL
import Testing

/// CPQ against OSRL.
@Suite struct CPQGoldenTests {
    private let golden: GoldenBaseline

    init() throws { golden = try GoldenBaseline("cpq") }

    private func learners() throws -> CPQ {
        var c = CPQ.Configuration()
        (c.shared, c.critics) = (try golden.shared(), try golden.critics())
        (c.samples, c.unlikeCost) = (try golden.integer("samples"), try golden.number("qc_scalar"))
        c.multiplierRate = try golden.rate("alpha")
        let cpq = try CPQ(c, on: try golden.data(), seed: 0)
        try golden.load(networks(cpq))
        return cpq
    }

    private func update(_ cpq: CPQ, _ step: Int) throws {
        try golden.put(step, into: cpq.transitions.batch)
        cpq.transitions.readEnds()
        for (name, buffer) in [
            ("vae", cpq.draws.autoencoder.buffer), ("critic", cpq.draws.critic.buffer),
            ("cost_critic", cpq.draws.costCritic.buffer), ("ood", cpq.draws.unlike.buffer),
            ("actor", cpq.draws.actor.buffer),
        ] { try golden.put("in.step\(step).noise.\(name)", into: buffer) }
        try cpq.learn()
        let m = cpq.metrics
        try golden.expect(
            [
                "loss_vae": m.autoencoderLoss, "critic_loss": m.criticLoss,
                "cost_critic_loss": m.costCriticLoss, "actor_loss": m.actorLoss, "alpha_value": m.multiplier,
                "log_alpha": cpq.multiplier.logarithm,
            ], ofStep: step)
    }

    private func networks(_ cpq: CPQ) -> [GoldenNetwork] {
        [
            GoldenNetwork("vae", cpq.autoencoder), GoldenNetwork("actor", cpq.actor),
            GoldenNetwork("critic", cpq.critic), GoldenNetwork("cost_critic", cpq.costCritic),
        ]
    }

    @Test func updatesAgree() throws {
        let cpq = try learners()
        try golden.expectUpdates(of: networks(cpq)) {
            try update(cpq, $0)
        } afterFirst: {
            for (values, name) in [
                (cpq.rewardTargets.buffer, "critic.target"), (cpq.costTargets.buffer, "cost_critic.target"),
                (cpq.unlike.divergences.buffer, "ood.kl"),
            ] { try golden.expect(values, "mid.\(name)", within: BaselineTolerance.targets) }
            try golden.expect([cpq.unlike.threshold], "mid.ood.quantile", within: BaselineTolerance.targets)
        }
    }

    @Test func actionsAgree() throws {
        let cpq = try learners()
        for step in 0..<(try golden.integer("steps")) { try update(cpq, step) }
        try golden.expectActions(of: cpq.makePolicy())
    }

    @Test func bothLimitsAgree() throws {
        let limit = discountedLimit(
            try golden.number("cost_limit"), steps: try golden.integer("episode_len"),
            discount: try golden.number("gamma"))
        let wanted = try golden.number("qc_scalar") * limit
        expectAgreement([limit], [Float(try #require(golden.start["q_thres"]))], within: 1e-6, "limit")
        expectAgreement([wanted], [Float(try #require(golden.start["qc_thres"]))], within: 1e-6, "wanted")
    }
}
