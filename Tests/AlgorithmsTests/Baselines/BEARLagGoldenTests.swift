import Algorithms
import SafeRL
import Testing

/// BEAR-Lag against OSRL.
@Suite struct BEARLagGoldenTests {
    private let golden: GoldenBaseline

    init() throws { golden = try GoldenBaseline("bearl") }

    private func configuration() throws -> BEARLag.Configuration {
        var c = BEARLag.Configuration()
        (c.rows, c.samples, c.rewardScale) = (try golden.integer("rows"), try golden.integer("samples"), 1)
        (c.actorWidths, c.criticWidths) = (try golden.widths("actor"), try golden.widths("critic"))
        c.autoencoderWidth = try golden.integer("vae")
        (c.rewardMembers, c.costMembers) = (try golden.integer("num_q"), try golden.integer("num_qc"))
        (c.discount, c.targetRate) = (try golden.number("gamma"), try golden.number("tau"))
        (c.costLimit, c.episodeLength) = (try golden.number("cost_limit"), try golden.integer("episode_len"))
        (c.divergenceWeight, c.smallerShare) = (try golden.number("beta"), try golden.number("lmbda"))
        (c.kernelWidth, c.distanceLimit) = (
            try golden.number("mmd_sigma"), try golden.number("target_mmd_thresh")
        )
        c.kernel = try #require(SampleKernel(rawValue: try golden.word("kernel")))
        (c.distanceSamples, c.cloningFirst) = (
            try golden.integer("mmd_samples"), try golden.integer("start_update_policy_step")
        )
        let gains = try #require(golden.own["PID"] as? [Double]).map { Float($0) }
        (c.proportionalGain, c.integralGain, c.derivativeGain) = (gains[0], gains[1], gains[2])
        (c.actorRate, c.criticRate) = (try golden.rate("actor"), try golden.rate("critic"))
        (c.autoencoderRate, c.distanceRate) = (try golden.rate("vae"), try golden.rate("alpha"))
        return c
    }

    private func learners() throws -> BEARLag {
        let bear = try BEARLag(try configuration(), on: try golden.data(), seed: 0)
        try golden.load("param.vae", into: bear.autoencoder)
        for (role, suffix) in [(LearnerRole.weights, ""), (.target, "_target")] {
            try golden.load("param.actor\(suffix)", into: bear.actor, role)
            try golden.load("param.critic\(suffix)", into: bear.critic, role)
            try golden.load("param.cost_critic\(suffix)", into: bear.costCritic, role)
        }
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

    private func expectNetworks(_ bear: BEARLag, _ prefix: String) throws {
        let tolerance = BaselineTolerance.parameters
        try golden.expect(bear.autoencoder, .weights, "\(prefix).vae", within: tolerance)
        for (role, suffix) in [(LearnerRole.weights, ""), (.target, "_target")] {
            try golden.expect(bear.actor, role, "\(prefix).actor\(suffix)", within: tolerance)
            try golden.expect(bear.critic, role, "\(prefix).critic\(suffix)", within: tolerance)
            try golden.expect(bear.costCritic, role, "\(prefix).cost_critic\(suffix)", within: tolerance)
        }
    }

    @Test func updatesAgree() throws {
        let bear = try learners()
        for step in 0..<(try golden.integer("steps")) {
            try update(bear, step)
            guard step == 0 else { continue }
            try golden.expect(
                bear.rewardTargets.buffer, "mid.critic.target", within: BaselineTolerance.targets)
            try golden.expect(
                bear.costTargets.buffer, "mid.cost_critic.target", within: BaselineTolerance.targets)
            let tolerance = BaselineTolerance.gradients
            try golden.expect(bear.autoencoder, .gradient, "grad.vae", within: tolerance)
            try golden.expect(bear.critic, .gradient, "grad.critic", within: tolerance)
            try golden.expect(bear.costCritic, .gradient, "grad.cost_critic", within: tolerance)
            try golden.expect(bear.actor, .gradient, "grad.actor", within: tolerance)
            try expectNetworks(bear, "after1")
        }
        try expectNetworks(bear, "after3")
        for (letter, role) in [("m", LearnerRole.firstMoment), ("v", .secondMoment)] {
            let (prefix, tolerance) = ("after3.adam.\(letter)", BaselineTolerance.moments)
            try golden.expect(bear.autoencoder, role, "\(prefix).vae", within: tolerance)
            try golden.expect(bear.critic, role, "\(prefix).critic", within: tolerance)
            try golden.expect(bear.costCritic, role, "\(prefix).cost_critic", within: tolerance)
            try golden.expect(bear.actor, role, "\(prefix).actor", within: tolerance)
        }
    }

    @Test func actionsAgree() throws {
        let bear = try learners()
        for step in 0..<(try golden.integer("steps")) { try update(bear, step) }
        try golden.expectActions(of: bear.makePolicy())
    }
}
