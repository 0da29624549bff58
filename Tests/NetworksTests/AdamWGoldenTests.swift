import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// AdamW and its schedule against `training_utils.json`.
@Suite struct AdamWGoldenTests {
    struct File: Decodable {
        struct Run: Decodable {
            struct Step: Decodable { let grad, param: [Double] }
            let lr, eps, weight_decay: Double
            let max_grad_norm: Double?
            let betas, x0: [Double]
            let steps: [Step]
        }
        struct Schedule: Decodable {
            let total, warmup: Int
            let factors: [Double]
        }
        let adamw: [Run]
        let cosine_schedule: [Schedule]
    }

    static func file() throws -> File { try Golden.decode(File.self, "HCRLHF", "training_utils.json") }

    /// Descends along a fixed gradient of all parameters in turn.
    private static func push(_ learner: Learner<[Parameter]>, _ gradient: [Float]) throws {
        let tape = Tape()
        var start = 0
        try learner.descend(on: tape) {
            let weights = learner.weights(on: tape)
            var loss = tape.constant(0)
            for parameter in learner.body {
                let count = parameter.shape.count
                let part = tape.constant(Tensor(1, count, Array(gradient[start..<start + count])))
                loss = loss + (weights[parameter] * part).sum()
                start += count
            }
            return loss
        }
    }

    @Test func stepsWithDecayAndClippingAgreeToSinglePrecision() throws {
        let runs = try Self.file().adamw
        #expect(!runs.isEmpty)
        for run in runs {
            var adam = Adam(rate: .constant(Float(run.lr)))
            (adam.beta1, adam.beta2) = (Float(run.betas[0]), Float(run.betas[1]))
            (adam.epsilon, adam.decay) = (Float(run.eps), Float(run.weight_decay))
            adam.largestNorm = run.max_grad_norm.map { Float($0) }
            var stream = RandomStream(seed: 1, for: .testing)
            let learner = Learner("reference", optimizer: adam, using: &stream) {
                [$0.add("weight", 1, run.x0.count, .zeros)]
            }
            let weights = learner.elements(learner.layout.entries[0], .weights)
            _ = weights.update(fromContentsOf: run.x0.map { Float($0) })
            for step in run.steps {
                try Self.push(learner, step.grad.map { Float($0) })
                #expect(relativeError(weights, step.param.map { Float($0) }) < 1e-6)
            }
        }
    }

    @Test func biasesAndNormScalesAreNotDecayed() throws {
        var adam = Adam(rate: .constant(0.5))
        (adam.decay, adam.decayed) = (0.1, .weights)
        var stream = RandomStream(seed: 1, for: .testing)
        let names = [
            "embed.weight", "layers.0.self_attn.q_proj.bias", "layers.0.input_layernorm.weight",
            "layers.0.mlp.up_proj.weight", "model.norm.weight", "Head.BIAS",
        ]
        let learner = Learner("names", optimizer: adam, using: &stream) { layout in
            names.map { layout.add($0, 1, 3, .ones) }
        }
        try Self.push(learner, [Float](repeating: 0, count: 3 * names.count))
        let values = learner.layout.entries.map { Array(learner.elements($0, .weights)) }
        #expect(values == [0.95, 1, 1, 0.95, 0.95, 1].map { [Float](repeating: $0, count: 3) })
    }

    @Test func theCosineWithWarmUpAgrees() throws {
        let schedules = try Self.file().cosine_schedule
        #expect(!schedules.isEmpty)
        for schedule in schedules {
            let rate = LearningRate.warmedCosine(1, warmUp: schedule.warmup, updates: schedule.total)
            for (n, factor) in schedule.factors.enumerated() {
                #expect(Double(rate.value(after: n)).isWithin(1e-6, of: factor, floor: 1e-7))
            }
        }
    }
}
