import Algorithms
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Normalisers against `training_utils.json`, and losses that are joined to a tape.
@Suite struct ScoreNormaliserTests {
    struct File: Decodable {
        struct Run: Decodable {
            struct Step: Decodable {
                let data: [Double]
                let mean, `var`, affine_of_1_5, scale_of_1_5: Double
                let count: Int
            }
            let kind: String
            let momentum: Double?
            let steps: [Step]
        }
        let normalizer: [Run]
    }

    @Test func exponentialAndRunningNormalisersAgree() throws {
        let runs = try Golden.decode(File.self, "HCRLHF", "training_utils.json").normalizer
        #expect(Set(runs.map(\.kind)).count == 2)
        for run in runs {
            var normaliser = ScoreNormaliser(
                run.kind == "RunningMeanStd" ? .running : .exponential(momentum: run.momentum ?? 0.9))
            for step in run.steps {
                normaliser.include(step.data)
                #expect(normaliser.mean.isWithin(1e-11, of: step.mean))
                #expect(normaliser.variance.isWithin(1e-11, of: step.var))
                #expect(normaliser.count == step.count)
                #expect(normaliser.centred(1.5).isWithin(1e-11, of: step.affine_of_1_5))
                #expect(normaliser.scaled(1.5).isWithin(1e-11, of: step.scale_of_1_5))
            }
        }
    }

    @Test func aLossComputedBesideTheTapeDescendsItsNetwork() throws {
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("scores", optimizer: Adam(rate: .constant(0)), using: &stream) {
            $0.add("score", 2, 1, .normal(1))
        }
        let tape = Tape()
        let entry = learner.layout.entries[0]
        let scores = learner.elements(entry, .weights).map { Double($0) }
        let pairs = PreferenceObjective().rewardLoss(better: [scores[0]], worse: [scores[1]])
        let value = try learner.descend(on: tape) {
            learner.weights(on: tape)[entry.parameter].squared().carrying(
                LossGradient(value: pairs.value, gradient: pairs.higher + pairs.lower))
        }
        #expect(abs(Double(value) - pairs.value) < 1e-6)
        let expected = zip(pairs.higher + pairs.lower, scores).map { Float(2 * $0 * $1) }
        #expect(relativeError(learner.elements(entry, .gradient), expected) < 1e-6)
    }
}
