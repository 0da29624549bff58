import Algorithms
import SafeRL
import Testing

/// BEAR-Lag against OSRL.
@Suite struct BEARLagGoldenTests {
    private let golden: GoldenBaseline

    init() throws { golden = try GoldenBaseline("bearl") }

    private func configuration() throws -> BEARLag.Configuration {
        var c = BEARLag.Configuration()
        (c.shared, c.critics) = (try golden.shared(), try golden.critics())
        c.lagrangian = try golden.lagrangian()
        (c.kernelWidth, c.distanceLimit) = (
            try golden.number("mmd_sigma"), try golden.number("target_mmd_thresh")
        )
        c.kernel = try #require(SampleKernel(rawValue: try golden.word("kernel")))
        (c.distanceSamples, c.cloningFirst) = (
            try golden.integer("mmd_samples"), try golden.integer("start_update_policy_step")
        )
        c.distanceRate = try golden.rate("alpha")
        return c
    }

    private func learners() throws -> BEARLag {
        let bear = try BEARLag(try configuration(), on: try golden.data(), seed: 0)
        try golden.load(networks(bear))
        return bear
    }

    private func update(_ bear: BEARLag, _ step: Int) throws {
        try golden.put(step, into: bear.transitions.batch)
        bear.transitions.readEnds()
        for (name, buffer) in [
            ("vae", bear.draws.autoencoder.buffer), ("critic", bear.draws.critic.buffer),
            ("cost_critic", bear.draws.costCritic.buffer), ("actor_vae", bear.draws.cloning.buffer),
            ("actor", bear.draws.actor.buffer),
        ] { try golden.put("in.step\(step).noise.\(name)", into: buffer) }
        try bear.learnValues()
        if step == 0 { try expectDistances(bear) }
        try bear.updateActor()
        let m = bear.metrics
        try golden.expect(
            [
                "loss_vae": m.autoencoderLoss, "critic_loss": m.criticLoss,
                "cost_critic_loss": m.costCriticLoss, "actor_loss": m.actorLoss, "mmd_loss": m.distance,
                "qc_penalty": m.costPenalty, "lagrangian": m.multiplier,
                "alpha_value": m.distanceMultiplier, "log_alpha": bear.distanceMultiplier.logarithm,
                "pid_error_old": bear.multiplier.state.lastError,
                "pid_error_integral": bear.multiplier.state.gathered,
            ], ofStep: step)
    }

    /// With the autoencoder just updated and the actor not yet.
    private func expectDistances(_ bear: BEARLag) throws {
        let c = try configuration()
        let s = bear.tape.constant(bear.transitions.batch.observations)
        let (cloned, drawn) = (bear.clonedActions(s), bear.drawnActions(s))
        let distances = bear.distance(cloned, drawn, c.kernel, width: c.kernelWidth)
        for (name, values) in [("vae_raw", cloned), ("actor_raw", drawn), ("value", distances)] {
            try golden.expect(values.values, "mid.mmd.\(name)", within: BaselineTolerance.targets)
        }
    }

    private func networks(_ bear: BEARLag) -> [GoldenNetwork] {
        [
            GoldenNetwork("vae", bear.autoencoder), GoldenNetwork("actor", bear.actor),
            GoldenNetwork("critic", bear.critic), GoldenNetwork("cost_critic", bear.costCritic),
        ]
    }

    @Test func updatesAgree() throws {
        let bear = try learners()
        try golden.expectUpdates(of: networks(bear)) {
            try update(bear, $0)
        } afterFirst: {
            try golden.expect(
                bear.rewardTargets.buffer, "mid.critic.target", within: BaselineTolerance.targets)
            try golden.expect(
                bear.costTargets.buffer, "mid.cost_critic.target", within: BaselineTolerance.targets)
        }
    }

    @Test func actionsAgree() throws {
        let bear = try learners()
        for step in 0..<(try golden.integer("steps")) { try update(bear, step) }
        try golden.expectActions(of: bear.makePolicy())
    }
}
