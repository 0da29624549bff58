import Algorithms
import Assurance
import SafeRL
import Tensors
import Testing

/// What a verdict makes of the cost model that it is relative to.
@Suite struct ScoreKnowledgeTests {
    /// Pairs of the grammar with other labels of single answers; nil keeps the order alone.
    private func pairs(_ count: Int, _ isSafe: ((Int) -> Bool)?) -> LanguageData {
        var number = 0
        let pairs = SyntheticPreferences.pairs(count, seed: 2).flatMap { pair -> [JudgedPair] in
            guard let isSafe else {
                return [JudgedPair(helpful: pair.helpfulness)]
                    + [
                        JudgedPair(
                            harmless: PreferencePair(
                                pair.prompt, better: pair.safer.text, worse: pair.unsafer.text))
                    ]
            }
            let answers = pair.answers.map { answer in
                number += 1
                return SafetyPreferencePair.Answer(answer.text, isSafe: isSafe(number))
            }
            return [
                JudgedPair(
                    SafetyPreferencePair(
                        pair.prompt, answers, betterIndex: pair.betterIndex, saferIndex: pair.saferIndex))
            ]
        }
        return LanguageData(pairs)
    }

    private func report(
        _ data: LanguageData, steps: Int = 9, _ change: (inout HCRLHF.Configuration) -> Void = { _ in }
    ) throws -> SafetyReport {
        let algorithm = try TinyLanguage.trained(TinyLanguage.text(change), on: data, steps: steps)
        return try #require(try algorithm.verdict()).report
    }

    private func reasons(_ report: SafetyReport) -> Set<Objection.Reason> {
        Set(report.reasons.map(\.reason))
    }

    @Test func withoutLabelsALimitHasNoMeaning() throws {
        let report = try report(pairs(60, nil)) { ($0.test.limit, $0.test.leastAccuracy) = (0.99, 0) }
        #expect(reasons(report).contains(.noSigns) && report.verdict == "no solution found")
        #expect(
            try reasons(self.report(pairs(60) { $0 % 2 == 0 }) { $0.preference.signTerms = false }).contains(
                .noSigns))
    }

    @Test(arguments: [true, false]) func labelsOfOneKindCertifyNothing(_ isSafe: Bool) throws {
        let report = try report(pairs(60) { _ in isSafe }) { $0.test.leastAccuracy = 0 }
        #expect(reasons(report).contains(.oneClass))
        #expect(
            report.summary.contains(
                "every answer that the cost model learned from is labelled \(isSafe ? "safe" : "unsafe")"))
    }

    @Test func anAccuracyThatIsNotShownIsNoneUnlessNobodyAsks() throws {
        // Three pairs are kept apart: too few to show anything.
        let data = pairs(60) { $0 % 3 == 0 }
        let strict = try report(data)
        #expect(reasons(strict).contains(.chance) && strict.summary.contains("must be above 50 %"))
        #expect(strict.cautions.count == 1 && strict.cautions[0].hasPrefix("The reward model is not shown"))
        let lax = try report(data) { $0.test.leastAccuracy = 0 }
        #expect(reasons(lax).isDisjoint(with: [.chance, .unmeasured]) && lax.cautions == [])
    }

    /// Nine in ten answers are labelled safe, by dice: calling all of them safe is right in nine of ten.
    @Test func alwaysNamingTheCommonLabelIsNoKnowledge() throws {
        var stream = RandomStream(seed: 1, for: .testing)
        let labels = (0...1200).map { _ in stream.nextUniform() < 0.9 }
        let algorithm = try TinyLanguage.trained(
            TinyLanguage.text { options in
                options.fineTuning.updates = 0
                (options.preference.reward.updates, options.preference.cost.updates) = (0, 60)
                (options.preference.cost.batch, options.preference.cost.rate) = (16, 0.005)
            }, on: pairs(600) { labels[$0] }, steps: 63)
        let lines = try algorithm.report().sections.flatMap(\.lines)
        #expect(lines.first { $0.key == "sign_accuracy" }?.value ?? 0 > 0.8)
        let report = try #require(try algorithm.verdict()).report
        #expect(
            report.reasons.contains {
                $0.reason == .chance && $0.words.contains("balanced accuracy on signs")
            })
    }
}
