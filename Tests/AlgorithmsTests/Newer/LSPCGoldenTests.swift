import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// LSPC against the authors' implementation.
@Suite struct LSPCGoldenTests {
    let golden: GoldenNewer

    init() throws { golden = try GoldenNewer("lspc") }

    private func configuration() throws -> LSPC.Configuration {
        var c = LSPC.Configuration()
        let hidden = try golden.integer("hidden")
        (c.widths, c.autoencoderWidth, c.codes) = ([hidden, hidden], hidden, try golden.integer("latent"))
        (c.rows, c.discount, c.targetRate) = (
            try golden.integer("rows"), try golden.float("gamma"), try golden.float("tau")
        )
        let expectile = try golden.float("expectile")
        (c.rewardExpectile, c.costExpectile) = (expectile, expectile)
        (c.rewardTemperature, c.costTemperature) = (
            try golden.float("beta_reward"), try golden.float("beta_cost")
        )
        (c.rewardWeightCap, c.costWeightCap) = (
            try golden.float("cap_reward"), try golden.float("cap_cost")
        )
        (c.divergenceWeight, c.threshold) = (
            try golden.float("vae_beta"), try golden.float("threshold")
        )
        (c.codeLimit, c.latentLimit) = (try golden.float("vae_clamp"), try golden.float("max_latent"))
        (c.actorRate, c.criticRate) = (try golden.float("lr.actor"), try golden.float("lr.q"))
        c.valueRate = try golden.float("lr.v")
        #expect(golden.own["log_std"] as? [Double] == [-10, 2])
        return c
    }

    private func lspc(_ change: (inout LSPC.Configuration) -> Void = { _ in }) throws -> LSPC {
        var c = try configuration()
        change(&c)
        let lspc = try LSPC(c, on: try golden.data(), seed: 0)
        try golden.copy("param.vae", to: lspc.autoencoder)
        try golden.copy("param.encoder", to: lspc.encoder)
        try golden.copy("param.reward_v", to: lspc.rewardV)
        try golden.copy("param.cost_v", to: lspc.costV)
        for (learner, name) in [(lspc.rewardQ, "reward_q"), (lspc.costQ, "cost_q")] {
            try golden.copy("param.\(name)", to: learner)
            try golden.copy("param.\(name)_target", to: learner, .target)
        }
        return lspc
    }

    private func fill(_ lspc: LSPC, step: Int) throws {
        try golden.fill(lspc.transitions, step: step)
        for (tensor, name) in [
            (lspc.autoencoderNoise.buffer, "vae"), (lspc.encoderNoise.buffer, "encoder"),
        ] { _ = tensor.update(fromContentsOf: try golden.file.floats("in.step\(step).noise.\(name)")) }
    }

    private func expect(
        _ lspc: LSPC, _ role: LearnerRole, _ prefix: String, within tolerance: Double
    ) throws {
        let file = golden.file
        try expectAgreement(lspc.autoencoder, role, "\(prefix).vae", file, within: tolerance)
        try expectAgreement(lspc.encoder, role, "\(prefix).encoder", file, within: tolerance)
        try expectAgreement(lspc.rewardV, role, "\(prefix).reward_v", file, within: tolerance)
        try expectAgreement(lspc.costV, role, "\(prefix).cost_v", file, within: tolerance)
        try expectAgreement(lspc.rewardQ, role, "\(prefix).reward_q", file, within: tolerance)
        try expectAgreement(lspc.costQ, role, "\(prefix).cost_q", file, within: tolerance)
    }

    private func expectTargets(_ lspc: LSPC, _ prefix: String) throws {
        for (learner, name) in [(lspc.rewardQ, "reward_q"), (lspc.costQ, "cost_q")] {
            try expectAgreement(learner, .target, "\(prefix).\(name)_target", golden.file, within: 2e-5)
        }
    }

    @Test func updatesAgree() throws {
        let lspc = try lspc()
        for step in golden.steps.indices {
            try fill(lspc, step: step)
            let metrics = try lspc.update()
            let costs = lspc.transitions.batch.costs.buffer
            try golden.expect(
                [
                    "value_loss": metrics.rewardVLoss, "q_loss": metrics.rewardQLoss,
                    "cost_v_loss": metrics.costVLoss, "cost_q_loss": metrics.costQLoss,
                    "safety_mask_mean": metrics.safeShare, "cost_v_mean": metrics.costVMean,
                    "cost_v_max": metrics.costVMax, "cost_q_mean": metrics.costQMean,
                    "cost_q_max": metrics.costQMax, "mean_vae_exp_adv": metrics.costWeight,
                    "mean_enc_exp_adv": metrics.rewardWeight, "kl_loss": metrics.divergence,
                    "recon_loss": metrics.reconstruction, "actor_loss": metrics.autoencoderLoss,
                    "awr_loss": metrics.encoderLoss,
                    "costs_mean": costs.reduce(0, +) / Float(costs.count),
                ], step: step)
            guard step == 0 else { continue }
            try expect(lspc, .gradient, "grad", within: 5e-5)
            try expect(lspc, .weights, "after1", within: 2e-5)
            try expectTargets(lspc, "after1")
        }
        let last = "after\(golden.steps.count)"
        try expect(lspc, .weights, last, within: 2e-5)
        try expectTargets(lspc, last)
        try expect(lspc, .firstMoment, "\(last).adam.m", within: 1e-4)
        try expect(lspc, .secondMoment, "\(last).adam.v", within: 1e-4)
    }

    @Test func advantagesAndWeightsAgree() throws {
        let lspc = try lspc(), c = try configuration()
        let s = try golden.constant("in.step0.observations", on: lspc.tape)
        let sa = s.joined(try golden.constant("in.step0.actions", on: lspc.tape))
        let gain = try lspc.learnRewardValue(s, sa)
        let (saving, isSafe) = try lspc.learnCostValue(s, sa)
        for (values, name) in [
            (gain, "advantage"), (saving, "cost_advantage"), (isSafe, "safety_mask"),
        ] {
            expectAgreement(values.values, try golden.file.floats("mid.\(name)"), within: 2e-5, name)
        }
        func expectExtremes(_ advantage: Variable, _ temperature: Float, _ cap: Float, _ name: String) throws
        {
            let weights = advantage.values.map { min(Float(exp(Double(temperature * $0))), cap) }
            try golden.expect(
                ["max_\(name)": weights.max() ?? 0, "min_\(name)": weights.min() ?? 0], step: 0)
        }
        try expectExtremes(saving, c.costTemperature, c.costWeightCap, "vae_exp_adv")
        try expectExtremes(gain, c.rewardTemperature, c.rewardWeightCap, "enc_exp_adv")
    }

    @Test(arguments: [(LSPC.Acting.safe, "safe"), (.optimised, "reward")])
    func actionsOfBothPoliciesAgree(_ acting: LSPC.Acting, _ name: String) throws {
        let lspc = try lspc { $0.policy = acting }
        for step in golden.steps.indices {
            try fill(lspc, step: step)
            _ = try lspc.update()
        }
        let policy = try #require(lspc.makePolicy() as? LatentPolicy)
        let (file, codes) = (golden.file, try golden.integer("latent"))
        let rows = try file.shape("act.obs")[0]
        let seen = Tensor(rows, policy.observationSize, try file.floats("act.obs"))
        let noise = Tensor(rows, codes, try file.floats("act.noise.\(name)"))
        expectAgreement(
            policy.actions(in: seen, noise).values, try file.floats("act.\(name)"), within: 1e-5, name)
    }
}
