import Algorithms
import Foundation
import TestSupport
import Testing

/// Normalisers against `training_utils.json`.
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
}
