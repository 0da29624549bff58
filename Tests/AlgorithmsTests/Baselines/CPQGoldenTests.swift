import Algorithms
import SafeRL
import Testing

/// CPQ against OSRL.
@Suite struct CPQGoldenTests {
    private let golden: GoldenBaseline

    init() throws { golden = try GoldenBaseline("cpq") }

    private func learners() throws -> CPQ {
        var c = CPQ.Configuration()
        (c.rows, c.samples, c.rewardScale) = (try golden.integer("rows"), try golden.integer("samples"), 1)
        (c.actorWidths, c.criticWidths) = (try golden.widths("actor"), try golden.widths("critic"))
        c.autoencoderWidth = try golden.integer("vae")
        (c.rewardMembers, c.costMembers) = (try golden.integer("num_q"), try golden.integer("num_qc"))
        (c.discount, c.targetRate) = (try golden.number("gamma"), try golden.number("tau"))
        (c.costLimit, c.episodeLength) = (try golden.number("cost_limit"), try golden.integer("episode_len"))
        (c.divergenceWeight, c.unlikeCost) = (try golden.number("beta"), try golden.number("qc_scalar"))
        (c.actorRate, c.criticRate) = (try golden.rate("actor"), try golden.rate("critic"))
        (c.autoencoderRate, c.multiplierRate) = (try golden.rate("vae"), try golden.rate("alpha"))
        let cpq = try CPQ(c, on: try golden.data(), seed: 0)
        try golden.load("param.vae", into: cpq.autoencoder)
        for (role, suffix) in [(LearnerRole.weights, ""), (.target, "_target")] {
            try golden.load("param.actor\(suffix)", into: cpq.actor, role)
            try golden.load("param.critic\(suffix)", into: cpq.critic, role)
            try golden.load("param.cost_critic\(suffix)", into: cpq.costCritic, role)
        }
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

    private func expectNetworks(_ cpq: CPQ, _ prefix: String) throws {
        let tolerance = BaselineTolerance.parameters
        try golden.expect(cpq.autoencoder, .weights, "\(prefix).vae", within: tolerance)
        for (role, suffix) in [(LearnerRole.weights, ""), (.target, "_target")] {
            try golden.expect(cpq.actor, role, "\(prefix).actor\(suffix)", within: tolerance)
            try golden.expect(cpq.critic, role, "\(prefix).critic\(suffix)", within: tolerance)
            try golden.expect(cpq.costCritic, role, "\(prefix).cost_critic\(suffix)", within: tolerance)
        }
    }

    @Test func updatesAgree() throws {
        let cpq = try learners()
        for step in 0..<(try golden.integer("steps")) {
            try update(cpq, step)
            guard step == 0 else { continue }
            for (values, name) in [
                (cpq.rewardTargets.buffer, "critic.target"), (cpq.costTargets.buffer, "cost_critic.target"),
                (cpq.unlike.divergences.buffer, "ood.kl"),
            ] { try golden.expect(values, "mid.\(name)", within: BaselineTolerance.targets) }
            try golden.expect([cpq.unlike.threshold], "mid.ood.quantile", within: BaselineTolerance.targets)
            let tolerance = BaselineTolerance.gradients
            try golden.expect(cpq.autoencoder, .gradient, "grad.vae", within: tolerance)
            try golden.expect(cpq.critic, .gradient, "grad.critic", within: tolerance)
            try golden.expect(cpq.costCritic, .gradient, "grad.cost_critic", within: tolerance)
            try golden.expect(cpq.actor, .gradient, "grad.actor", within: tolerance)
            try expectNetworks(cpq, "after1")
        }
        try expectNetworks(cpq, "after3")
        for (letter, role) in [("m", LearnerRole.firstMoment), ("v", .secondMoment)] {
            let (prefix, tolerance) = ("after3.adam.\(letter)", BaselineTolerance.moments)
            try golden.expect(cpq.autoencoder, role, "\(prefix).vae", within: tolerance)
            try golden.expect(cpq.critic, role, "\(prefix).critic", within: tolerance)
            try golden.expect(cpq.costCritic, role, "\(prefix).cost_critic", within: tolerance)
            try golden.expect(cpq.actor, role, "\(prefix).actor", within: tolerance)
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
