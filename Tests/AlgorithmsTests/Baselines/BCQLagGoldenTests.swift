import Algorithms
import SafeRL
import Testing

/// BCQ-Lag against OSRL.
@Suite struct BCQLagGoldenTests {
    private let golden: GoldenBaseline

    init() throws { golden = try GoldenBaseline("bcql") }

    private func learners() throws -> BCQLag {
        var c = BCQLag.Configuration()
        (c.rows, c.samples, c.rewardScale) = (try golden.integer("rows"), try golden.integer("samples"), 1)
        (c.actorWidths, c.criticWidths) = (try golden.widths("actor"), try golden.widths("critic"))
        c.autoencoderWidth = try golden.integer("vae")
        (c.rewardMembers, c.costMembers) = (try golden.integer("num_q"), try golden.integer("num_qc"))
        (c.discount, c.targetRate) = (try golden.number("gamma"), try golden.number("tau"))
        (c.costLimit, c.episodeLength) = (try golden.number("cost_limit"), try golden.integer("episode_len"))
        (c.perturbation, c.smallerShare) = (try golden.number("phi"), try golden.number("lmbda"))
        c.divergenceWeight = try golden.number("beta")
        let gains = try #require(golden.own["PID"] as? [Double]).map { Float($0) }
        (c.proportionalGain, c.integralGain, c.derivativeGain) = (gains[0], gains[1], gains[2])
        (c.actorRate, c.criticRate) = (try golden.rate("actor"), try golden.rate("critic"))
        c.autoencoderRate = try golden.rate("vae")
        let bcq = try BCQLag(c, on: try golden.data(), seed: 0)
        try golden.load("param.vae", into: bcq.autoencoder)
        for (role, suffix) in [(LearnerRole.weights, ""), (.target, "_target")] {
            try golden.load("param.actor\(suffix)", into: bcq.actor, role)
            try golden.load("param.critic\(suffix)", into: bcq.critic, role)
            try golden.load("param.cost_critic\(suffix)", into: bcq.costCritic, role)
        }
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

    private func expectNetworks(_ bcq: BCQLag, _ prefix: String) throws {
        let tolerance = BaselineTolerance.parameters
        try golden.expect(bcq.autoencoder, .weights, "\(prefix).vae", within: tolerance)
        for (role, suffix) in [(LearnerRole.weights, ""), (.target, "_target")] {
            try golden.expect(bcq.actor, role, "\(prefix).actor\(suffix)", within: tolerance)
            try golden.expect(bcq.critic, role, "\(prefix).critic\(suffix)", within: tolerance)
            try golden.expect(bcq.costCritic, role, "\(prefix).cost_critic\(suffix)", within: tolerance)
        }
    }

    @Test func updatesAgree() throws {
        let bcq = try learners()
        for step in 0..<(try golden.integer("steps")) {
            try update(bcq, step)
            guard step == 0 else { continue }
            try golden.expect(
                bcq.rewardTargets.buffer, "mid.critic.target", within: BaselineTolerance.targets)
            try golden.expect(
                bcq.costTargets.buffer, "mid.cost_critic.target", within: BaselineTolerance.targets)
            let tolerance = BaselineTolerance.gradients
            try golden.expect(bcq.autoencoder, .gradient, "grad.vae", within: tolerance)
            try golden.expect(bcq.critic, .gradient, "grad.critic", within: tolerance)
            try golden.expect(bcq.costCritic, .gradient, "grad.cost_critic", within: tolerance)
            try golden.expect(bcq.actor, .gradient, "grad.actor", within: tolerance)
            try expectNetworks(bcq, "after1")
        }
        try expectNetworks(bcq, "after3")
        for (letter, role) in [("m", LearnerRole.firstMoment), ("v", .secondMoment)] {
            let (prefix, tolerance) = ("after3.adam.\(letter)", BaselineTolerance.moments)
            try golden.expect(bcq.autoencoder, role, "\(prefix).vae", within: tolerance)
            try golden.expect(bcq.critic, role, "\(prefix).critic", within: tolerance)
            try golden.expect(bcq.costCritic, role, "\(prefix).cost_critic", within: tolerance)
            try golden.expect(bcq.actor, role, "\(prefix).actor", within: tolerance)
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
