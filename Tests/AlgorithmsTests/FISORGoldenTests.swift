import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// FISOR against the authors' implementation.
///
/// Tolerances are those suggested in the set's README.
@Suite struct FISORGoldenTests {
    let golden: GoldenFISOR

    init() throws { golden = try GoldenFISOR() }

    @Test func noiseSchedulesAgree() throws {
        let file = try Golden.file("fisor", "schedules.safetensors")
        for name in file.names where name.contains(".T") {
            let parts = name.split(separator: ".")
            let kind = try #require(NoiseSchedule.Kind(rawValue: String(parts[0])))
            let schedule = NoiseSchedule(kind, steps: try #require(Int(parts[1].dropFirst())))
            let values =
                switch parts[2] {
                case "betas": schedule.betas
                case "alphas": schedule.alphas
                default: schedule.alphaBars
                }
            expectAgreement(values, try file.floats(name), within: 1e-5, name)
        }
    }

    @Test func policyLearningRatesAgree() throws {
        let file = try Golden.file("fisor", "schedules.safetensors")
        let paper = LearningRate.cosine(3e-4, updates: 3_000_000)
        let counts = try file.integers("actor_lr.count")
        expectAgreement(
            counts.map { paper.value(after: $0) }, try file.floats("actor_lr.paper"), within: 1e-5, "paper")
        let own = LearningRate.cosine(try golden.number("lr"), updates: try golden.integer("decay"))
        let expected = try file.floats("actor_lr.golden")
        expectAgreement(expected.indices.map { own.value(after: $0) }, expected, within: 1e-5, "golden")
    }

    @Test func forwardPassesAgree() throws {
        let file = golden.networks
        let fisor = try golden.fisor(policyRows: 8, criticRows: 8, dropout: false)
        let tape = Tape()
        let s = try constant("in.obs", file, tape), a = try constant("in.act", file, tape)
        let s2 = try constant("in.next_obs", file, tape)
        let sa = s.joined(a)
        for (name, values) in [
            ("out.q", fisor.qr(sa)), ("out.q_target", fisor.qr.target(sa)), ("out.qh", fisor.qh(sa)),
            ("out.qh_target", fisor.qh.target(sa)), ("out.v", fisor.vr(s)), ("out.vh", fisor.vh(s)),
            ("out.v_next", fisor.vr(s2)), ("out.vh_next", fisor.vh(s2)),
        ] {
            // The set keeps one row a member, we keep one column.
            let (rows, members) = (values.shape.rows, values.shape.columns)
            let ordered = (0..<members).flatMap { m in (0..<rows).map { values.values[$0 * members + m] } }
            expectAgreement(ordered, try file.floats(name), within: 1e-5, name)
        }
    }

    @Test func theScoreNetworkAgreesLayerByLayer() throws {
        let file = golden.networks
        let fisor = try golden.fisor(policyRows: 8, criticRows: 8, dropout: false)
        let tape = Tape()
        let s = try constant("in.obs", file, tape), x = try constant("in.act", file, tape)
        let steps = try file.integers("in.time").map { Int32($0) }
        let w = fisor.policy.weights(on: tape)
        try steps.withUnsafeBufferPointer { steps in
            let predicted = fisor.policy.body(x, s, at: steps, w) { block, branch in
                let name = block == 0 ? "out.score.after_in" : "out.score.after_block\(block - 1)"
                if let expected = try? file.floats(name) {
                    expectAgreement(branch.values, expected, within: 1e-5, name)
                }
                return branch
            }
            expectAgreement(predicted.values, try file.floats("out.score.eps"), within: 1e-5, "eps")
            expectAgreement(
                fisor.policy.body.timeFeatures(on: tape, w).rows(at: steps).values,
                try file.floats("out.score.time_features"), within: 1e-5, "time features")
            expectAgreement(
                fisor.policy.body.timeCode(on: tape, w).rows(at: steps).values,
                try file.floats("out.score.cond"),
                within: 1e-5, "time code")
        }
        let mish = try tape.column(file.floats("mish.x")).mish()
        expectAgreement(mish.values, try file.floats("mish.y"), within: 1e-5, "mish")
    }

    @Test(arguments: ["update_nodropout", "update_dropout", "update_slice"])
    func updatesAgree(_ name: String) throws {
        let file = try Golden.file("fisor", name + ".safetensors")
        let steps = file.names.filter { $0.hasPrefix("in.step") && $0.hasSuffix(".observations") }.count
        let rows = try #require(try file.shape("in.step0.observations").first)
        let fisor = try golden.fisor(
            policyRows: try #require(try file.shape("in.step0.actor0.noise").first),
            criticRows: min(256, rows),
            dropout: file.contains("in.step0.actor0.keep_mask.block0"))
        for step in 0..<steps {
            try fill(fisor, file, step)
            let losses = try #require(golden.scalars[name]?[step])
            for part in 0..<2 {
                if step == 0 { try expectGuidance(fisor, file, part) }
                (fisor.metrics.policyLoss, fisor.metrics.weightMean) = (0, 0)
                try fisor.updatePolicy(part: part)
                let expected = try #require(losses["\(part):update_actor"])
                expectAgreement(
                    [2 * fisor.metrics.policyLoss], [Float(try #require(expected["actor_loss"]))],
                    within: 3e-5, "loss")
                expectAgreement(
                    [2 * fisor.metrics.weightMean], [Float(try #require(expected["weights"]))], within: 3e-5,
                    "weight")
                if step == 0 {
                    try expectAgreement(
                        fisor.policy, .gradient, "grad.actor\(part).score", file, within: 5e-5)
                }
            }
            try fisor.updateCritics()
            for (key, field, value) in [
                ("2:update_v", "value_loss", fisor.metrics.vrLoss),
                ("2:update_v", "v", fisor.metrics.vrMean),
                ("3:update_q", "critic_loss", fisor.metrics.qrLoss),
                ("4:update_vc", "safe_value_loss", fisor.metrics.vhLoss),
                ("4:update_vc", "vc", fisor.metrics.vhMean),
                ("5:update_qc", "safe_critic_loss", fisor.metrics.qhLoss),
            ] { expectAgreement([value], [Float(try #require(losses[key]?[field]))], within: 3e-5, field) }
            if step == 0 {
                try expectAgreement(fisor.vr, .gradient, "grad.v", file, within: 1e-5)
                try expectAgreement(fisor.qr, .gradient, "grad.q", file, within: 1e-5)
                try expectAgreement(fisor.vh, .gradient, "grad.vh", file, within: 1e-5)
                try expectAgreement(fisor.qh, .gradient, "grad.qh", file, within: 1e-5)
                try expectWeights(fisor, file, "after1", within: 2e-6)
            }
        }
        if steps == 3 {
            try expectWeights(fisor, file, "after3", within: 5e-6)
            try expectMoments(fisor, file)
        }
    }

    @Test func everyCaseOfTheWeightAgrees() throws {
        let fisor = try golden.configuration(policyRows: 1, criticRows: 1, dropout: false)
        let cases = try #require(golden.units["weight_cases"] as? [[String: Double]])
        for one in cases {
            let tape = Tape()
            let value = { (key: String) in tape.constant(Float(one[key] ?? .nan)) }
            let weight = fisor.weights(q: value("q"), v: value("v"), qh: value("qh"), vh: value("vh")).scalar
            let expected = Float(try #require(one["weight"]))
            #expect(abs(weight - expected) <= 1e-5 * max(abs(expected), 1e-30), "\(one): \(weight)")
        }
    }

    @Test func bothExpectilesAgree() throws {
        let unit = try #require(golden.units["expectile"] as? [String: Any])
        let u = try #require(unit["u"] as? [Double]).map { Float($0) }
        let tau = Float(try #require(unit["tau"] as? Double)),
            tauH = Float(try #require(unit["tau_h"] as? Double))
        let tape = Tape()
        let residuals = tape.column(u)
        expectAgreement(
            expectile(residuals, tau).values, try #require(unit["reward"] as? [Double]).map { Float($0) },
            within: 1e-6, "reward")
        expectAgreement(
            reversedExpectile(residuals, tauH).values,
            try #require(unit["safe"] as? [Double]).map { Float($0) }, within: 1e-6,
            "safe")
    }

    @Test func samplingAgreesStepByStep() throws {
        let file = try Golden.file("fisor", "sampler.safetensors")
        let fisor = try golden.fisor(policyRows: 8, criticRows: 8, dropout: false)
        try golden.copy("param.score_target", file, to: fisor.policy, .target)
        try golden.copy("param.q_target", file, to: fisor.qr, .target)
        try golden.copy("param.qh_target", file, to: fisor.qh, .target)
        let sampler = DiffusionSampler(fisor.schedule, temperature: try golden.number("temp"))
        let cases = file.names.filter { $0.hasSuffix(".obs") }.count
        for number in 0..<cases { try walk(fisor, sampler, file, "case\(number)") }
    }
}

extension FISORGoldenTests {
    private func walk(_ fisor: FISOR, _ sampler: DiffusionSampler, _ file: GoldenFile, _ prefix: String)
        throws
    {
        let tape = Tape()
        let shape = try file.shape("\(prefix).x_T")
        let (n, a, count) = (shape[0], shape[1], sampler.schedule.steps)
        let obs = try file.floats("\(prefix).obs")
        let s = tape.matrix((0..<n).flatMap { _ in obs }, n)
        let z = try file.floats("\(prefix).z"), inputs = try file.floats("\(prefix).x_in"),
            noises = try file.floats("\(prefix).eps")
        var x = tape.matrix(try file.floats("\(prefix).x_T"), n)
        let w = fisor.policy.targetWeights(on: tape)
        for (step, t) in stride(from: count - 1, through: 0, by: -1).enumerated() {
            let part = step * n * a..<(step + 1) * n * a
            expectAgreement(x.values, Array(inputs[part]), within: 2e-5, "\(prefix) x_in \(t)")
            let steps = [Int32](repeating: Int32(t), count: n)
            let noise = steps.withUnsafeBufferPointer { fisor.policy.body(x, s, at: $0, w) }
            expectAgreement(noise.values, Array(noises[part]), within: 2e-5, "\(prefix) eps \(t)")
            x = sampler.ancestralStep(x, noise, t > 0 ? tape.matrix(Array(z[part]), n) : nil, t)
        }
        expectAgreement(
            x.values, try file.floats("\(prefix).candidates"), within: 2e-5, "\(prefix) candidates")
        let q = fisor.qr.target(s.joined(x)).smallest(), qh = fisor.qh.target(s.joined(x)).largest()
        expectAgreement(q.values, try file.floats("\(prefix).q_min"), within: 2e-5, "\(prefix) q_min")
        expectAgreement(qh.values, try file.floats("\(prefix).qh_max"), within: 2e-5, "\(prefix) qh_max")
        let index = FISOR.Choice.safest.index(rewards: q.values, risks: qh.values, threshold: 0)
        #expect(index == (try file.integers("\(prefix).selected_index"))[0])
        expectAgreement(
            Array(x.values[index * a..<(index + 1) * a]), try file.floats("\(prefix).action"), within: 2e-5,
            "action")
    }

    private func fill(_ fisor: FISOR, _ file: GoldenFile, _ step: Int) throws {
        let prefix = "in.step\(step)"
        let put = { (tensor: UnsafeMutableBufferPointer<Float>, name: String) in
            _ = tensor.update(fromContentsOf: try file.floats("\(prefix).\(name)").prefix(tensor.count))
        }
        try put(fisor.batch.observations.buffer, "observations")
        try put(fisor.batch.actions.buffer, "actions")
        try put(fisor.batch.nextObservations.buffer, "next_observations")
        try put(fisor.batch.rewards.buffer, "rewards")
        try put(fisor.h.buffer, "costs")
        try put(fisor.continues.buffer, "masks")
        for (part, draw) in fisor.draws.enumerated() {
            try put(draw.noise.buffer, "actor\(part).noise")
            for (row, time) in try file.integers("\(prefix).actor\(part).time").enumerated() {
                draw.steps[row] = Int32(time)
            }
            for (block, keep) in draw.keeps.enumerated() {
                try put(keep.factors.buffer, "actor\(part).keep_mask.block\(block)")
                for index in keep.factors.buffer.indices {
                    keep.factors.buffer[index] /= 1 - (try golden.number("drop"))
                }
            }
        }
    }

    private func expectGuidance(_ fisor: FISOR, _ file: GoldenFile, _ part: Int) throws {
        guard part == 0, file.contains("mid.step0.actor0.weight") else { return }
        let expected = try file.floats("mid.step0.actor0.weight")
        expectAgreement(fisor.guidance(rows: 0..<expected.count).values, expected, within: 1e-5, "weights")
    }

    private func expectWeights(_ fisor: FISOR, _ file: GoldenFile, _ prefix: String, within tolerance: Double)
        throws
    {
        try expectAgreement(fisor.policy, .weights, "\(prefix).score", file, within: tolerance)
        try expectAgreement(fisor.policy, .target, "\(prefix).score_target", file, within: tolerance)
        try expectAgreement(fisor.qr, .weights, "\(prefix).q", file, within: tolerance)
        try expectAgreement(fisor.qr, .target, "\(prefix).q_target", file, within: tolerance)
        try expectAgreement(fisor.qh, .weights, "\(prefix).qh", file, within: tolerance)
        try expectAgreement(fisor.qh, .target, "\(prefix).qh_target", file, within: tolerance)
        try expectAgreement(fisor.vr, .weights, "\(prefix).v", file, within: tolerance)
        try expectAgreement(fisor.vh, .weights, "\(prefix).vh", file, within: tolerance)
    }

    private func expectMoments(_ fisor: FISOR, _ file: GoldenFile) throws {
        for (letter, role, tolerance) in [("m", LearnerRole.firstMoment, 5e-5), ("v", .secondMoment, 1e-4)] {
            let prefix = "after3.adam.\(letter)"
            try expectAgreement(fisor.policy, role, "\(prefix).score", file, within: tolerance)
            try expectAgreement(fisor.qr, role, "\(prefix).q", file, within: tolerance)
            try expectAgreement(fisor.qh, role, "\(prefix).qh", file, within: tolerance)
            try expectAgreement(fisor.vr, role, "\(prefix).v", file, within: tolerance)
            try expectAgreement(fisor.vh, role, "\(prefix).vh", file, within: tolerance)
        }
    }

    private func constant(_ name: String, _ file: GoldenFile, _ tape: Tape) throws -> Variable {
        tape.matrix(try file.floats(name), try file.shape(name)[0])
    }
}

extension Tape {
    func matrix(_ values: [Float], _ rows: Int) -> Variable {
        values.withUnsafeBufferPointer { constant($0, rows, values.count / rows) }
    }

    func column(_ values: [Float]) -> Variable { matrix(values, values.count) }
}
