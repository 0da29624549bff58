import Algorithms
import Assurance
import Environments
import Foundation
import SafeRL
import Testing

/// What a run says of a candidate that has left its reference, and what that does to its verdict.
@Suite struct ReferenceDistanceTests {
    /// A candidate in `hazard-tokens`, whose limit every policy keeps but for the distance.
    private func trained(
        rate: Float, _ change: (inout HCRLHF.Configuration) -> Void = { _ in }
    ) throws -> HCRLHF {
        let options = TinyLanguage.task { options in
            (options.candidate.prompts, options.candidate.batch, options.candidate.microBatch) = (50, 32, 32)
            (options.candidate.rate, options.candidate.divergencePenalty) = (rate, 0)
            (options.test.limit, options.test.prompts, options.test.batch) = (5.9, 60, 60)
            change(&options)
        }
        return try TinyLanguage.trained(options, on: LanguageData(HazardTokens.self), steps: 41)
    }

    private func line(_ key: String, of algorithm: HCRLHF) throws -> TrainingReport.Line {
        try #require(try algorithm.report().sections.flatMap(\.lines).first { $0.key == key })
    }

    @Test func aCandidateThatHardlyLearnsIsWhereItsReferenceIs() throws {
        let near = try trained(rate: 1e-9) { $0.test.largestDivergence = 0.1 }
        #expect(abs(try #require(try line("divergence_per_response", of: near).value)) < 0.01)
        #expect(
            try line("reference_distance", of: near).text.hasPrefix("The candidate stays with its reference"))
        #expect(try near.verdict()?.isCertified == true)
    }

    @Test func aCandidateThatHasLeftItsReferenceIsSaidToHaveAndNotCertified() throws {
        let far = try trained(rate: 0.01) { $0.test.largestDivergence = 0.1 }
        #expect(try #require(try line("divergence_per_response", of: far).value) > 1)
        #expect(
            try line("reference_distance", of: far).text.hasPrefix("The candidate has left its reference"))
        let report = try #require(try far.verdict()).report
        #expect(report.reasons.map(\.reason) == [.leftReference])
        #expect(report.summary.hasPrefix("no solution found: the candidate has left its reference"))
        #expect(report.summary.contains("must be within 0.1"))
    }

    @Test func withoutALargestDivergenceTheVerdictIsThatOfTheCostsAlone() throws {
        let far = try trained(rate: 0.01)
        let verdict = try #require(try far.verdict())
        #expect(verdict.isCertified && verdict.report.summary == "certified")
        #expect(try line("reference_distance", of: far).text.hasPrefix("Not judged"))
        // A generous one is kept.
        let kept = try trained(rate: 0.01) { $0.test.largestDivergence = 1000 }
        #expect(try kept.verdict()?.report.upperBound == verdict.report.upperBound)
        #expect(try kept.verdict()?.isCertified == true)
    }

    /// One response shows nothing of a mean.
    @Test func aDivergenceThatIsNotShownToBeSmallIsNot() throws {
        let few = try trained(rate: 1e-3) { options in
            (options.test.prompts, options.test.largestDivergence) = (1, 1000)
        }
        #expect(try #require(try few.verdict()).report.reasons.map(\.reason).contains(.leftReference))
    }

    /// Answers of a reference that has learned the grammar are like those kept apart; those of a decoder without it are not.
    @Test func answersThatTheReferenceFindsUnlikelyAreCounted() throws {
        func trained(_ temperature: Float, largest: Double = 0) throws -> HCRLHF {
            let options = TinyLanguage.text { options in
                (options.model.hidden, options.model.vocabulary, options.sampling.tokens) = (32, 500, 40)
                (options.fineTuning.updates, options.fineTuning.batch, options.fineTuning.rate) = (
                    150, 16, 0.01
                )
                (options.candidate.rate, options.sampling.temperature) = (1e-9, temperature)
                (options.test.prompts, options.test.batch) = (60, 30)
                options.test.largestDivergence = largest
            }
            return try TinyLanguage.trained(
                options, on: LanguageData(synthetic: 600, seed: 2), steps: 157)
        }
        func left(_ algorithm: HCRLHF) throws -> (cautions: Int, reasons: Int) {
            let report = try #require(try algorithm.verdict()).report
            let words = "the candidate has left its reference"
            return (
                report.cautions.count { $0.lowercased().contains(words) },
                report.reasons.count { $0.words.contains("\(words): at least ") }
            )
        }
        let (near, far) = (try trained(1), try trained(3))
        #expect(try #require(try line("unlikely_share", of: near).value) < 0.5)
        #expect(try #require(try line("unlikely_share", of: far).value) > 0.9)
        let isSaid = try line("reference_distance", of: near).text.hasPrefix("The candidate has left")
        #expect(try left(near) == (isSaid ? 1 : 0, 0))
        #expect(try left(far) == (1, 0))
        #expect(try left(trained(3, largest: 1e6)) == (0, 1))
    }
}
