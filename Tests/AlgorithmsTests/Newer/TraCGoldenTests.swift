import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// TraC against the authors' implementation.
@Suite struct TraCGoldenTests {
    let golden: GoldenNewer

    init() throws { golden = try GoldenNewer("trac") }

    /// A learner of the set's sizes, on as many episodes as a batch has segments, each of a segment's steps.
    private func trac() throws -> TraC {
        var c = TraC.Configuration()
        c.widths = try #require(golden.own["hidden"] as? [Int])
        (c.segments, c.dropout) = (try golden.integer("batch"), try golden.float("dropout"))
        (c.temperature, c.discount) = (try golden.float("alpha"), try golden.float("gamma"))
        (c.undesirableWeight, c.cloningWeight) = (
            try golden.float("eta"), try golden.float("bc_coeff")
        )
        (c.learningRate, c.rateFactor) = (try golden.float("lr"), try golden.float("multiplier"))
        (c.warmUp, c.cloningUpdates) = (try golden.integer("warmup"), try golden.integer("bc_steps"))
        let (o, a, length) = (
            try golden.integer("obs"), try golden.integer("act"), try golden.integer("segment")
        )
        var columns = TransitionColumns(observationSize: o, actionSize: a)
        for row in 0..<c.segments * length {
            let state = [Float](repeating: 0, count: o)
            columns.append(
                observation: state, action: [Float](repeating: 0, count: a), nextObservation: state,
                reward: Float(row), cost: 0, terminated: false, truncated: row % length == length - 1)
        }
        c.topShare = 1
        let trac = try TraC(c, on: try TransitionDataset(columns), seed: 0)
        try golden.copy("param.actor", to: trac.cloning)
        return trac
    }

    private func fill(_ trac: TraC, step: Int) throws -> TransitionBatch {
        let rate = try golden.float("dropout")
        for (buffer, name) in [
            (trac.whole.observations.buffer, "obs"), (trac.whole.actions.buffer, "action"),
            (trac.weights.buffer, "weight"), (trac.labels.buffer, "label"),
        ] { _ = buffer.update(fromContentsOf: try golden.file.floats("in.step\(step).\(name)")) }
        for (layer, keep) in trac.keeps.enumerated() {
            let kept = try golden.file.floats("in.step\(step).keep.l\(layer)")
            _ = keep.factors.buffer.update(fromContentsOf: kept.map { $0 / (1 - rate) })
        }
        return trac.whole
    }

    @Test func updatesOfBothPhasesAgree() throws {
        let (trac, file) = (try trac(), golden.file)
        let first = try golden.integer("bc_steps")
        expectAgreement(trac.discounts.buffer, try file.floats("discount"), within: 1e-5, "discount")
        for step in golden.steps.indices {
            let batch = try fill(trac, step: step)
            let isCloning = step < first
            let learner = isCloning ? trac.cloning : trac.policy
            let rate = learner.optimizer.rate.value(after: learner.updates)
            let metrics = isCloning ? try trac.clone(batch) : try trac.classify(batch)
            try golden.expect(["bc_loss": metrics.cloningLoss, "lr": rate], step: step)
            #expect((metrics.classification == nil) == isCloning)
            if let classified = metrics.classification {
                try golden.expect(
                    ["trac_loss": classified.loss, "accuracy": classified.accuracy], step: step)
            }
            if file.contains("grad.step\(step).actor.out.bias") {
                try expectAgreement(learner, .gradient, "grad.step\(step).actor", file, within: 5e-5)
            }
            try expectAgreement(learner, .weights, "after\(step + 1).actor", file, within: 2e-5)
        }
        let last = "after\(golden.steps.count)"
        try expectAgreement(trac.policy, .firstMoment, "\(last).adam.m.actor", file, within: 1e-4)
        try expectAgreement(trac.policy, .secondMoment, "\(last).adam.v.actor", file, within: 1e-4)
        let done = try actions(of: trac.makePolicy(), for: try file.floats("act.obs"))
        expectAgreement(done, try file.floats("act.action"), within: 1e-5, "action")
    }

    @Test func segmentsAgree() throws {
        let file = golden.file
        let facts = try #require(golden.facts["segments"] as? [String: Any])
        func number(_ key: String) throws -> Double { try #require(facts[key] as? Double, "\(key)") }
        let rewards = try file.floats("segments.rewards"), costs = try file.floats("segments.costs")
        let terminals = try file.integers("segments.terminals")
        let timeouts = try file.integers("segments.timeouts")
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in rewards.indices {
            columns.append(
                observation: [0], action: [0], nextObservation: [0], reward: rewards[row], cost: costs[row],
                terminated: terminals[row] != 0, truncated: timeouts[row] != 0)
        }
        let data = try TransitionDataset(columns)
        var c = TraC.Configuration()
        (c.segmentRatio, c.costLimit) = (try number("ratio"), Float(try number("target_cost")))
        (c.weightFloor, c.topShare) = (Float(try number("kappa")), try number("top"))
        c.bottomShare = try number("bottom")
        let longest = data.episodes.map(\.length).max() ?? 0
        #expect(Double(longest) == (try number("length")))
        #expect(Double(data.episodes.count) == (try number("rollouts")))

        let starts = try #require(facts["start"] as? [Int])
        let segments = try LabelledSegments(of: data, c, starts: starts, longest: longest)
        #expect(Double(segments.length) == (try number("segment_length")))
        #expect(segments.kept == facts["kept"] as? [Int])
        #expect(segments.starts.map { Int($0) } == segments.kept.map { starts[$0] })
        #expect(segments.labels == (try file.floats("segments.label")))
        expectAgreement(segments.weights, try file.floats("segments.weight"), within: 2e-5, "weights")
        // How many are drawn, of which episodes.
        c.widths = [4]
        let drawn = try TraC(c, on: data, seed: 1)
        let count = Int(try number("drawn"))
        #expect(drawn.selection?.contains("of \(count) segments of \(segments.length) steps") == true)
        #expect(
            drawn.segments.starts.allSatisfy { start in
                data.episodes.contains {
                    $0.rows.contains(Int(start)) && $0.rows.contains(Int(start) + segments.length - 1)
                }
            })
    }
}
