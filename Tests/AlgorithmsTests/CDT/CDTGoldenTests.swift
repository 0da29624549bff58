import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// CDT against the reference implementation: forward pass, gradients, three updates, an evaluation.
@Suite struct CDTGoldenTests {
    static let sets = (try? GoldenCDT.all()) ?? []

    @Test func thereAreSets() { #expect(Self.sets.count >= 3) }

    @Test(arguments: sets) func theForwardPassAgreesWhereThereIsNoPadding(_ golden: GoldenCDT) throws {
        let cdt = try golden.learner()
        try golden.fill(cdt, step: 0)
        let (arrays, rows) = (try golden.arrays, try golden.validRows())
        let tape = Tape()
        let said = cdt.output(of: 0..<golden.settings.batch, on: tape, dropout: nil)
        func expect(_ name: String, _ value: Variable) throws {
            let all = try arrays.floats("out.\(name)")
            let width = value.shape.columns
            let own = rows.flatMap { all[$0 * width..<($0 + 1) * width] }
            let error = relativeError(value.values, own)
            #expect(error < 1e-5, "\(name): \(error)")
        }
        try expect("cost_log_prob", said.cost)
        try expect("state", said.state)
        guard let logDeviation = said.logDeviation else { return try expect("action", said.action) }
        try expect("mean", said.action)
        try expect("std", logDeviation.exp())
        try expect("entropy", logDeviation.scaled(by: 1, plus: 1.418_938_5))
    }

    @Test(arguments: sets) func updatesAgree(_ golden: GoldenCDT) throws {
        let cdt = try golden.learner()
        for (step, expected) in try golden.scalars.steps.enumerated() {
            try golden.fill(cdt, step: step)
            let metrics = try cdt.learn()
            func expect(_ name: String, _ value: Double, _ reference: Double?, _ tolerance: Double = 3e-5) {
                guard let reference else { return }
                #expect(
                    value.isWithin(tolerance, of: reference), "\(step) \(name): \(value), not \(reference)")
            }
            expect("loss", Double(metrics.loss), expected.all_loss)
            expect("action", Double(metrics.actionLoss), expected.act_loss)
            expect("cost", Double(metrics.costLoss), expected.cost_loss)
            expect("state", Double(metrics.stateLoss), expected.state_loss)
            expect("accuracy", Double(metrics.costAccuracy), expected.cost_acc, 1e-6)
            expect("nll", Double(metrics.negativeLogLikelihood), expected.nll)
            expect("entropy", Double(metrics.entropy), expected.ent)
            expect("temperature", Double(metrics.temperature), expected.ent_reg, 1e-6)
            if let logarithm = expected.log_temperature {
                expect("log temperature", log(cdt.currentTemperature), logarithm, 1e-8)
            }
            let next = cdt.network.optimizer.rate.value(after: cdt.network.updates)
            expect("rate", Double(next), expected.train_lr, 1e-6)
            if step == 0 {
                try golden.expectAgreement(cdt, .gradient, "grad.cdt", within: 5e-5)
                try golden.expectAgreement(cdt, .weights, "after1.cdt", within: 2e-5)
            }
        }
        #expect(cdt.network.updates == golden.common.steps)
        try golden.expectAgreement(cdt, .weights, "after3.cdt", within: 2e-5)
        try golden.expectAgreement(cdt, .firstMoment, "after3.adam.m.cdt", within: 1e-4)
        try golden.expectAgreement(cdt, .secondMoment, "after3.adam.v.cdt", within: 1e-4)
    }

    /// The system of the set: s ← s·M + a·N, reward s₀, cost 1[s₁ > 0] of the new state.
    @Test(arguments: sets) func anEvaluationAgrees(_ golden: GoldenCDT) throws {
        let (arrays, rollout) = (try golden.arrays, try golden.scalars.rollout)
        let cdt = try golden.learner {
            $0.target = .stated(
                .with { ($0.reward, $0.cost) = (rollout.target_return, rollout.target_cost) })
        }
        for entry in cdt.network.layout.entries {
            _ = cdt.network.elements(entry, .weights).update(
                fromContentsOf: try GoldenCDT.values("after3.cdt", entry.name, arrays))
        }
        let (o, a) = (golden.common.obs, golden.common.act)
        let (m, n) = (try arrays.floats("rollout.M"), try arrays.floats("rollout.N"))
        var state = Array(try arrays.floats("rollout.states").prefix(o))
        var past = [Float](
            repeating: 0, count: (golden.settings.seq_len - 1) * (o + EpisodeProgress.size + a))
        var (rewards, costs, taken): ([Float], [Float], [Float]) = ([], [], [])
        var policy = try cdt.makePolicy()
        #expect(policy.inputSize == past.count + o + EpisodeProgress.size)
        for step in 0..<rollout.length {
            let progress = EpisodeProgress(
                steps: step, totalReward: rewards.reduce(0, +), totalCost: costs.reduce(0, +))
            let seen = state + progress.values
            var chosen = [Float](repeating: 0, count: a)
            var streams = [RandomStream(seed: 0, for: .action)]
            let input = past + seen
            do {
                var span = chosen.mutableSpan, drawn = streams.mutableSpan
                try policy.act(on: input.span, actions: &span, using: &drawn)
            }
            taken += chosen
            state = (0..<o).map { column in
                (0..<o).reduce(Float(0)) { $0 + state[$1] * m[$1 * o + column] }
                    + (0..<a).reduce(Float(0)) { $0 + chosen[$1] * n[$1 * o + column] }
            }
            rewards.append(state[0])
            costs.append(state[1] > 0 ? 1 : 0)
            past = Array((past + seen + chosen).dropFirst(seen.count + a))
        }
        #expect(relativeError(taken, try arrays.floats("rollout.actions")) < 1e-4)
        #expect(relativeError(rewards, try arrays.floats("rollout.rewards")) < 1e-4)
        #expect(costs == (try arrays.floats("rollout.costs")))
        #expect(Double(rewards.reduce(0, +)).isWithin(1e-3, of: rollout.episode_return))
        #expect(Double(costs.reduce(0, +)) == rollout.episode_cost)
    }
}
