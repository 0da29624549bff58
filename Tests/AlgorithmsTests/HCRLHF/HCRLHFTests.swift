import Algorithms
import Assurance
import Environments
import Foundation
import LanguageModels
import SafeRL
import Testing

/// What HC-RLHF returns, refuses and keeps apart.
@Suite struct HCRLHFTests {
    @Test func theStagesFollowOneAnotherAndTheCandidateGetsWhatIsLeft() throws {
        let algorithm = try HCRLHF(TinyLanguage.text(), on: TinyLanguage.pairs(), seed: 1)
        func words(_ stages: [Stage<HCRLHF.Metrics>]) -> [String] {
            stages.map { "\($0.name) \($0.updates)" }
        }
        #expect(
            words(algorithm.stages(steps: 20)) == [
                "fine-tuning 2", "reward 2", "cost 2", "candidate 12", "test 2",
            ])
        let task = try HCRLHF(TinyLanguage.task(), on: LanguageData(HazardTokens.self), seed: 1)
        #expect(words(task.stages(steps: 9)) == ["fine-tuning 0", "candidate 7", "test 2"])
    }

    @Test func harmlessPairsAloneEndWithACostModelAndNoVerdict() throws {
        let pairs = SyntheticPreferences.pairs(60, seed: 3).map {
            JudgedPair(harmless: PreferencePair($0.prompt, better: $0.safer.text, worse: $0.unsafer.text))
        }
        let algorithm = try TinyLanguage.trained(TinyLanguage.text(), on: LanguageData(pairs), steps: 9)
        #expect(algorithm.stages(steps: 9).map(\.name) == ["fine-tuning", "cost"])
        #expect(try algorithm.verdict() == nil)
        #expect(try algorithm.report().sections.flatMap(\.lines).map(\.key) == ["cost_accuracy"])
    }

    @Test func nothingOfTheHeldOutPromptsReachesAModelOrTheCandidate() throws {
        let options = TinyLanguage.text { $0.test.prompts = 0 }
        let pairs = SyntheticPreferences.pairs(60, seed: 3)
        let split = DataSplit(heldOut: options.split.heldOut, candidate: options.split.candidate)
            .split(pairs, seed: 5, by: \.prompt)
        let known = Set(split.training.map(\.prompt))
        // The same data, but that people judged the answers to held-out prompts the other way round.
        let turned = pairs.map { pair in
            known.contains(pair.prompt)
                ? pair
                : SafetyPreferencePair(
                    pair.prompt, pair.answers.reversed(), betterIndex: pair.betterIndex,
                    saferIndex: pair.saferIndex)
        }
        let algorithms = try [pairs, turned].map {
            try TinyLanguage.trained(
                options, on: LanguageData($0.map { JudgedPair($0) }, isSynthetic: true), steps: 24)
        }
        let verdicts = try algorithms.map { try $0.verdict() }
        #expect(verdicts[0]?.report.count ?? 0 > 10)
        #expect(verdicts[0] == verdicts[1])
    }

    @Test func theVerdictFollowsTheLimit() throws {
        for (limit, isCertified) in [(5.9, true), (-0.1, false)] {
            let options = TinyLanguage.task { ($0.test.limit, $0.test.prompts) = (limit, 60) }
            let algorithm = try TinyLanguage.trained(
                options, on: LanguageData(HazardTokens.self), steps: 25)
            let verdict = try #require(try algorithm.verdict())
            #expect(verdict.isCertified == isCertified)
            let report = verdict.report
            #expect(report.count == 60 && report.limit == limit && report.bound == "hoeffding")
            // The bound is Hoeffding's of costs in 0 … 6.
            let mean = try #require(report.mean)
            let expected = mean + 6 * (log(1 / report.delta) / (2 * 60)).squareRoot()
            #expect(abs(try #require(report.upperBound) - expected) < 1e-12)
            #expect(report.origin.source == .environment && report.origin.name == "hazard-tokens")
        }
    }

    @Test func aCandidateLearnsToAvoidWhatCosts() throws {
        let options = TinyLanguage.task { options in
            (options.candidate.prompts, options.candidate.batch, options.candidate.microBatch) = (50, 32, 32)
            (options.candidate.rate, options.candidate.multiplier) = (0.005, 3)
            options.candidate.multiplierRate = 0.001
            (options.test.limit, options.test.prompts, options.test.batch) = (0.5, 200, 200)
            options.test.bound = .betting
        }
        let fresh = try TinyLanguage.trained(options, on: LanguageData(HazardTokens.self), steps: 2)
        let learned = try TinyLanguage.trained(options, on: LanguageData(HazardTokens.self), steps: 121)
        let before = try #require(try fresh.verdict()?.report.mean)
        let after = try #require(try learned.verdict()?.report.mean)
        // Uniform tokens: a quarter of up to six are hazards.
        #expect(before > 0.9 && after < 0.3)
        #expect(try learned.verdict()?.isCertified == true)
    }

    @Test func scoreModelsLearnTheOrderOfTheGrammar() throws {
        let options = TinyLanguage.text { options in
            (options.model.hidden, options.model.vocabulary) = (32, 500)
            options.fineTuning.updates = 0
            options.preference.reward.updates = 150
            options.preference.cost.updates = 150
            (options.preference.reward.batch, options.preference.cost.batch) = (16, 16)
            (options.preference.reward.rate, options.preference.cost.rate) = (0.005, 0.005)
            options.candidate.samples = 2
        }
        let algorithm = try TinyLanguage.trained(
            options, on: LanguageData(synthetic: 600, seed: 2), steps: 303)
        let lines = try algorithm.report().sections.flatMap(\.lines)
        func share(_ key: String) -> Double { lines.first { $0.key == key }?.value ?? 0 }
        #expect(share("true_cost_order") > 0.8)
        #expect(share("true_cost_sign") > 0.8)
        #expect(share("true_reward_order") > 0.7)
        // Nothing speaks against such models, so that the verdict is about the policy alone.
        let report = try #require(try algorithm.verdict()).report
        #expect(
            report.reasons.allSatisfy { [.aboveLimit, .outOfReach].contains($0.reason) }, "\(report.summary)")
        #expect(report.cautions == [])
    }

    @Test func aPolicyFromACheckpointActsAsTheOneThatWasTrained() throws {
        let options = TinyLanguage.task()
        let trained = try TinyLanguage.trained(options, on: LanguageData(HazardTokens.self), steps: 6)
        var writer = CheckpointWriter()
        try trained.save(to: &writer)
        for stage in trained.stages(steps: 6) { try stage.save(to: &writer) }
        let stored = try HCRLHF.policy(options, from: CheckpointReader(of: writer))
        let observations: [Float] = [1, -1, -1, -1, -1, -1, -1] + [4, 6, 2, -1, -1, -1, -1]
        let expected = try actions(of: trained.makePolicy(), for: observations)
        #expect(try actions(of: stored, for: observations) == expected)
        // One token is written for each observation.
        #expect(expected.count { $0 == 1 } == 2 && expected.count { $0 == -1 } == 14)
    }

    @Test func aRunOverTextHasNoPolicyForEnvironments() throws {
        let options = TinyLanguage.text()
        let trained = try TinyLanguage.trained(options, on: TinyLanguage.pairs(), steps: 9)
        #expect(!trained.hasPolicy)
        #expect(throws: WritesText.self) { try trained.makePolicy() }
        var writer = CheckpointWriter()
        try trained.save(to: &writer)
        for stage in trained.stages(steps: 9) { try stage.save(to: &writer) }
        #expect(throws: WritesText.self) { try HCRLHF.policy(options, from: CheckpointReader(of: writer)) }
    }

    @Test func aCertifiedPolicyIsExportedInHubFormat() throws {
        try TinyLanguage.inFolder { folder in
            let trained = try TinyLanguage.trained(TinyLanguage.text(), on: TinyLanguage.pairs(), steps: 9)
            try trained.export(to: folder + "/policy")
            let checkpoint = try HubCheckpoint(directory: folder + "/policy")
            let tokenizer = try Tokenizer(contentsOf: folder + "/policy/tokenizer.json")
            #expect(checkpoint.description.hidden == 16)
            #expect(tokenizer.vocabularySize == checkpoint.description.vocabulary)
            #expect(checkpoint.description.endTokens == [try #require(tokenizer.id(of: "</s>"))])
            // What was exported can be trained on: whole, and by adapters that leave it as it is.
            for rank in [0, 2] {
                let options = TinyLanguage.text { options in
                    (options.model.directory, options.model.rank) = (folder + "/policy", rank)
                    options.model.tokens = 192
                }
                let next = try TinyLanguage.trained(options, on: TinyLanguage.pairs(), steps: 11)
                #expect(try next.verdict()?.report.count == 5)
                try next.export(to: folder + "/next-\(rank)")
                let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/next-\(rank)")
                    .sorted()
                #expect(
                    files
                        == (rank == 0
                            ? ["config.json", "model.safetensors", "tokenizer.json"]
                            : ["adapter_config.json", "adapter_model.safetensors", "tokenizer.json"]))
            }
        }
    }

    @Test func aRunIsIdentifiedByItsDecoderToo() throws {
        try TinyLanguage.inFolder { folder in
            let trained = try TinyLanguage.trained(TinyLanguage.text(), on: TinyLanguage.pairs(), steps: 9)
            try trained.export(to: folder)
            let options = TinyLanguage.text { $0.model.directory = folder }
            func identity() throws -> String {
                let run = RunConfiguration()
                let opened = try HCRLHF.open(run, options, environment: nil, earlier: nil)
                return try #require(opened).data.identity
            }
            let before = try identity()
            #expect(try identity() == before)
            var weights = try Data(contentsOf: URL(fileURLWithPath: folder + "/model.safetensors"))
            weights[weights.count - 1] ^= 1
            try weights.write(to: URL(fileURLWithPath: folder + "/model.safetensors"))
            #expect(try identity() != before)
        }
    }

    @Test func everyKeyIsDescribedAndItsDefaultAllowed() throws {
        #expect(try HCRLHF.Configuration.inconsistencies() == [])
    }

    @Test func whatCannotBeTestedIsRefusedBeforeTraining() {
        func fault(_ options: HCRLHF.Configuration, task: Bool = false) -> String {
            do {
                try options.validate()
                _ = try HCRLHF(
                    options, on: task ? LanguageData(HazardTokens.self) : TinyLanguage.pairs(), seed: 1)
                return "none"
            } catch { return "\(error)" }
        }
        #expect(fault(TinyLanguage.text()) == "none")
        #expect(
            fault(TinyLanguage.text { $0.test.scale = .raw })
                == "test.bound: needs a largest cost, which scores of a model do not have. "
                + "Write \"scale\": \"squashed\", or \"student-t\".")
        #expect(
            fault(TinyLanguage.text { $0.test.bound = .clopperPearson })
                == "test.bound: \"clopper-pearson\" is of costs 0 and 1. Write \"scale\": \"rate\".")
        #expect(
            fault(TinyLanguage.task { $0.test.scale = .squashed }, task: true)
                == "test.scale: costs of an environment are bounded already. Write \"raw\" or \"rate\".")
        #expect(
            fault(TinyLanguage.task { $0.fineTuning.updates = 1 }, task: true)
                == "fineTuning.updates: there is no answer to learn from. Write 0.")
        #expect(
            fault(TinyLanguage.text { $0.candidate.microBatch = 3 })
                == "candidate.microBatch: 3 is no divisor of batch, 4.")
        #expect(
            fault(TinyLanguage.text { $0.model.rank = 4 })
                == "model.rank: adapters need a trained decoder. Name its \"directory\", or write 0.")
        #expect(
            fault(TinyLanguage.text { $0.sampling.tokens = 96 })
                == "sampling.tokens: 96 leave no room for a prompt in model.tokens, 96. Lower it.")
    }
}
