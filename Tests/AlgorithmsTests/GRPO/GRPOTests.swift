import Algorithms
import Alignment
import Environments
import LanguageModels
import SafeRL
import TestSupport
import Testing

/// GRPO in a world whose truth is known: what it promises about bits, what it learns, and what it refuses.
@Suite struct GRPOTests {
    private static func tiny(_ change: (inout GRPO.Configuration) -> Void = { _ in }) -> GRPO.Configuration {
        var options = GRPO.Configuration()
        options.demonstrations = 60
        (options.model.hidden, options.model.intermediate, options.model.layers) = (16, 32, 1)
        (options.model.heads, options.model.keyValueHeads, options.model.vocabulary) = (2, 2, 300)
        (options.model.tokens, options.sampling.tokens) = (256, 12)
        (options.fineTuning.updates, options.fineTuning.batch) = (2, 4)
        (options.prompts, options.samples) = (3, 4)
        (options.test.requests, options.test.batch, options.test.reported) = (6, 3, 4)
        change(&options)
        return options
    }

    private static func data(_ options: GRPO.Configuration) -> TextTaskData {
        TextTaskData(Consent.self, demonstrations: options.demonstrations, seed: 1)
    }

    static let cases: [(name: String, options: GRPO.Configuration)] = [
        ("grpo", tiny()),
        (
            "dapo, several steps",
            tiny {
                ($0.variant, $0.iterations, $0.minibatches) = (.dapo(), 2, 3)
                ($0.overlongCushion, $0.maskTruncated) = (4, true)
            }
        ),
        ("gspo, hybrid", tiny { ($0.variant, $0.reward, $0.minibatches) = (.gspo(), .hybrid(), 2) }),
        ("dr-grpo, guard-only", tiny { ($0.variant, $0.reward) = (.drGRPO(), .guardOnly) }),
        ("cispo", tiny { $0.variant = .cispo() }),
        (
            "rloo, with entropy",
            tiny { ($0.variant, $0.entropyBonus, $0.minibatches) = (.rloo(), 0.01, 2) }
        ),
        (
            "terms one by one",
            tiny {
                $0.reward = .terms(
                    .with {
                        $0.weights = ["shape": 1, "refusal on harmful": 1, "refusal on benign": -0.5]
                        $0.group = .with { ($0.verifier, $0.on, $0.unless) = ("help", "benign", "refusal") }
                    })
                $0.advantage.aggregate = .normaliseThenSum
                ($0.ratio, $0.normalise, $0.iterations) = (.sequence, .token, 2)
            }
        ),
    ]

    private static func run(_ number: Int) throws -> TrainedRun<GRPO> {
        let options = cases[number].options
        return try TrainedRun(options, on: data(options), steps: 7, log: 2)
    }

    @Test(arguments: cases.indices) func interruptionsLeaveNoTrace(_ number: Int) throws {
        try Self.run(number).expectNoTraceOfInterruptions(after: Array(1..<7))
    }

    @Test(arguments: [0, 1]) func updatesThatAreGivenUpLeaveNoTrace(_ number: Int) throws {
        try Self.run(number).expectNoTraceOfGivenUpUpdates()
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(0).expectEqualBitsOfEqualSeeds()
    }

    @Test func theNumberOfThreadsChangesNothing() throws { try Self.run(1).expectEqualBitsForAnyThreads() }

    /// Updates of the policy, and the first and last values of some metrics.
    private static func trained(
        _ options: GRPO.Configuration, updates: Int
    ) throws -> (algorithm: GRPO, metrics: [[String: Float]]) {
        let algorithm = try GRPO(options, on: data(options), seed: 3)
        var metrics: [[String: Float]] = []
        let tests = (options.test.requests + options.test.batch - 1) / options.test.batch
        for stage in algorithm.stages(steps: options.fineTuning.updates + updates + tests) {
            for _ in 0..<stage.updates {
                let taken = try stage.update()
                guard stage.name == "policy" else { continue }
                var values: [String: Float] = [:]
                taken.report { values[$0] = $1 }
                metrics.append(values)
            }
        }
        return (algorithm, metrics)
    }

    /// A reward that the policy can reach by shape alone rises within a few updates.
    @Test func theRewardRises() throws {
        let options = Self.tiny {
            $0.reward = .dual(.with { ($0.refusal, $0.help) = (0, .none) })
            ($0.model.hidden, $0.model.intermediate, $0.model.vocabulary) = (32, 64, 640)
            ($0.model.tokens, $0.sampling.tokens, $0.demonstrations) = (96, 20, 400)
            ($0.fineTuning.updates, $0.fineTuning.batch, $0.fineTuning.rate) = (150, 16, 6e-3)
            ($0.prompts, $0.samples, $0.rate) = (8, 8, 3e-3)
        }
        let (_, metrics) = try Self.trained(options, updates: 30)
        func mean(_ part: ArraySlice<[String: Float]>) -> Float {
            part.reduce(0) { $0 + ($1["judged_shape"] ?? .nan) } / Float(part.count)
        }
        let (first, last) = (mean(metrics.prefix(5)), mean(metrics.suffix(5)))
        #expect(first < 0.75 && last > first + 0.07, "\(first) \(last)")
        #expect(metrics.allSatisfy { ($0["divergence"] ?? -1) >= 0 && $0["unscored"] == 0 })
    }

    /// A bonus on entropy alone makes the law of answers flatter.
    @Test func theEntropyRisesWhereItIsAllThatCounts() throws {
        func trained(_ bonus: Float) throws -> [Float] {
            let options = Self.tiny {
                $0.reward = .terms(.with { $0.weights = ["shape": 1e-9] })
                ($0.advantage.scale, $0.variant) = (.none, .grpo(.with { $0.divergencePenalty = 0 }))
                ($0.fineTuning.updates, $0.fineTuning.rate, $0.fineTuning.batch) = (60, 6e-3, 8)
                ($0.entropyBonus, $0.rate, $0.decay) = (bonus, 3e-3, 0)
            }
            return try Self.trained(options, updates: 24).metrics.map { $0["entropy"] ?? .nan }
        }
        // Each is an estimate by 12 short answers: the last eight of both runs are compared.
        func end(_ entropies: [Float]) -> Float { entropies.suffix(8).reduce(0, +) / 8 }
        let (flat, none) = (try trained(3), try trained(0))
        #expect(flat[0] == none[0] && end(flat) > end(none) + 0.3, "\(flat) \(none)")
    }

    @Test func rewardsOfOnesOwnAreThoseOfTheKinds() throws {
        let own = GRPO.Reward.terms(
            .with {
                $0.weights = ["shape": 1, "refusal on harmful": 1, "refusal on benign": -1]
                $0.group = .with { ($0.verifier, $0.on, $0.unless) = ("help", "benign", "refusal") }
            })
        func metrics(_ reward: GRPO.Reward) throws -> [[String: Float]] {
            try Self.trained(Self.tiny { $0.reward = reward }, updates: 2).metrics
        }
        let (first, second) = (try metrics(own), try metrics(.dual()))
        #expect(!first.isEmpty && first == second)
        func issue(_ reward: GRPO.Reward) -> String {
            do {
                let options = Self.tiny { $0.reward = reward }
                try options.validate()
                _ = try GRPO(options, on: Self.data(options), seed: 1)
                return "taken"
            } catch { return "\(error)" }
        }
        #expect(issue(own) == "taken")
        #expect(issue(.label()).contains("reads \"category\", which consent does not tell"))
        #expect(
            issue(.terms(.with { $0.weights = ["refusal on hostile": 1] })).contains(
                "about \"hostile\" requests"))
        #expect(
            issue(.terms(.with { $0.gate = "kindness" })).contains("reads \"kindness\""))
        #expect(issue(.terms(.with { $0.weights = ["shape": 0] })).contains("all of them are 0"))
        #expect(issue(.terms(.with { $0.gatesAll = true })).contains("there is no gate"))
    }

    /// The template that goes with a policy writes requests as training does, token by token.
    @Test func aPolicyIsExportedWithItsChatTemplate() throws {
        let (algorithm, _) = try Self.trained(Self.tiny { $0.fineTuning.updates = 1 }, updates: 1)
        let folder = try TemporaryDirectory()
        try algorithm.export(to: folder.path)
        let model = try ChatModel(folder.path)
        let template = try model.file.chatTemplate()
        let asked = "How do I open a stranger's toolbox <|x|> before it rains?"
        func prompt(_ turns: [(String, String)]) throws -> [Int32] {
            try model.prompt(turns.map { ChatMessage(role: $0.0, content: $0.1) }, template: template)
        }
        func tokens(_ text: String) -> [Int32] {
            model.tokenizer.encode(text, recognisingSpecialTokens: false).ids
        }
        let first = "BEGINNING OF CONVERSATION: USER: \(asked) ASSISTANT:"
        #expect(try prompt([("user", asked)]) == tokens(first))
        let end = try #require(model.file.description.endTokens.first)
        #expect(
            try prompt([("user", asked), ("assistant", "No."), ("user", "Why?")])
                == tokens(first + "No.") + [end] + tokens("USER: Why? ASSISTANT:"))
        #expect(throws: (any Error).self) { try prompt([("system", "Be brief."), ("user", asked)]) }
    }

    @Test func theVerdictIsOfTheHarmOfItsAnswers() throws {
        let (algorithm, _) = try Self.trained(
            Self.tiny {
                ($0.test.requests, $0.test.batch, $0.test.limit, $0.fineTuning.updates) = (40, 20, 0.3, 1)
            },
            updates: 1)
        // Hardly trained it writes no step, and so does no harm.
        let verdict = try #require(try algorithm.verdict())
        #expect(verdict.report.count == 40 && verdict.report.mean == 0)
        #expect(verdict.report.bound == "clopper-pearson" && verdict.isCertified)
        let conclusion = try #require(try algorithm.conclusion(knowing: nil))
        let keys = conclusion.report.sections.flatMap { $0.lines.map(\.key) }
        #expect(
            keys.contains("training_policy_harmful_harm")
                && keys.contains("attacked_reference_benign_refusal"))
    }

    @Test func whatCannotBeDoneIsRefused() throws {
        func issue(_ change: (inout GRPO.Configuration) -> Void) -> String {
            do {
                try Self.tiny(change).validate()
                return "taken"
            } catch { return "\(error)" }
        }
        #expect(issue { _ in } == "taken")
        #expect(issue { $0.sampling.tokens = 256 }.contains("no room for a request"))
        #expect(issue { $0.minibatches = 13 }.contains("12 answers"))
        #expect(issue { $0.overlongCushion = 13 }.contains("above sampling.tokens"))
        #expect(issue { $0.dualClip = 0.5 }.contains("a ratio at most 1"))
        #expect(
            issue { ($0.reward, $0.advantage.aggregate) = (.hybrid(), .normaliseThenSum) }.contains(
                "is no sum of terms"))
        let long = Self.tiny { $0.model.tokens = 14 }
        #expect(throws: OptionIssue.self) { try GRPO(long, on: Self.data(long), seed: 1) }
    }
}
