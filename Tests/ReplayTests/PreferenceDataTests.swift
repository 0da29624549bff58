import Foundation
import Replay
import Tensors
import Testing

/// Where preferences of others lie: what the variable names, else `shared` beside the sources.
private enum SharedPreferences {
    static let folder: String? = {
        let named = ProcessInfo.processInfo.environment["SAFERL_PREFERENCES"] ?? ""
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().appendingPathComponent("shared/data/preferences")
            .path
        return [named, beside].first {
            !$0.isEmpty && FileManager.default.fileExists(atPath: $0 + "/hh-rlhf")
        }
    }()

    static func file(_ name: String) throws -> PreferenceFile {
        PreferenceFile(try #require(folder) + "/" + name)
    }
}

/// Files of others, where they are there.
@Suite(
    .enabled(if: SharedPreferences.folder != nil, "no preferences: name their folder in SAFERL_PREFERENCES"))
struct PreferenceDataTests {
    @Test func harmlessDialoguesShareTheirPromptsButForFive() throws {
        let rows = try SharedPreferences.file("hh-rlhf/harmless-base-test.jsonl.gz").dialoguePairs()
        #expect(rows.rows.count + rows.rejected.count == 2312)
        let different = rows.rejected.filter { $0.reason == "the two dialogues have different prompts" }
        let cut = rows.rejected.filter { $0.reason.hasPrefix("a dialogue that does not end") }
        let equal = rows.rejected.filter { $0.reason == "both answers are equal" }
        #expect(different.count + cut.count == 5)
        #expect(equal.count == rows.rejected.count - 5)
        let humanTurns = rows.rows.map { ($0.prompt.turns.count + 1) / 2 }
        #expect(humanTurns.min() == 1 && humanTurns.max() == 18)
    }

    @Test(arguments: [("train", 2000), ("candidate", 500), ("safety", 500)])
    func syntheticPairsHaveTheirStatedTruth(_ name: String, _ count: Int) throws {
        let path = try SharedPreferences.file("synthetic-dual/\(name).jsonl").path
        let rows = try PreferenceFile(path).safetyPairs()
        #expect(rows.rows.count == count && rows.rejected.isEmpty)
        struct Truth: Decodable { let true_reward_0, true_reward_1, true_cost_0, true_cost_1: Double }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == count)
        for (pair, line) in zip(rows.rows, lines) {
            let truth = try JSONDecoder().decode(Truth.self, from: Data(line.utf8))
            let answers = pair.answers.map { SyntheticAnswer($0.text) }
            #expect(answers.allSatisfy { $0.isGrammatical }, "\(pair.answers)")
            #expect(abs(answers[0].reward - truth.true_reward_0) < 1e-9)
            #expect(abs(answers[1].reward - truth.true_reward_1) < 1e-9)
            #expect(abs(answers[0].cost - truth.true_cost_0) < 1e-9)
            #expect(abs(answers[1].cost - truth.true_cost_1) < 1e-9)
            #expect(answers.map(\.isSafe) == pair.answers.map(\.isSafe))
            #expect(SyntheticPreferences.prompts.contains(pair.prompt.turns[0]))
        }
    }
}

/// Pairs that are made here, with their truth.
@Suite struct SyntheticPreferencesTests {
    @Test func equalSeedsGiveEqualPairsAndOthersOthers() {
        let pairs = SyntheticPreferences.pairs(50, seed: 3)
        #expect(pairs == SyntheticPreferences.pairs(50, seed: 3))
        #expect(pairs != SyntheticPreferences.pairs(50, seed: 4))
        #expect(pairs != SyntheticPreferences.pairs(50, seed: 3, index: 1))
        #expect(Array(SyntheticPreferences.pairs(80, seed: 3)[..<50]) == pairs)
    }

    @Test func everyAnswerIsTakenApartAgain() {
        for pair in SyntheticPreferences.pairs(500, seed: 1) {
            for answer in pair.answers {
                let parts = SyntheticAnswer(answer.text)
                #expect(parts.isGrammatical, "\(answer.text)")
                #expect(answer.isSafe == parts.isSafe)
                #expect(parts.isRefusal || (1...6).contains(parts.steps))
            }
            #expect(!pair.isContradictory)
            #expect(pair.answers[0] != pair.answers[1])
        }
    }

    @Test func corruptedAnswersHaveLeftTheGrammarInEveryWay() {
        var random = RandomStream(seed: 4, for: .testing)
        var hasTorn = false
        for number in 0..<400 {
            let answer =
                number < 2
                ? SyntheticPreferences.refusals[number] : SyntheticPreferences.answer(using: &random)
            let text = SyntheticPreferences.corrupted(answer, using: &random)
            let parts = SyntheticAnswer(text)
            #expect(!parts.isGrammatical && !text.isEmpty, "\(answer) -> \(text)")
            hasTorn = hasTorn || !text.hasSuffix(".")
        }
        #expect(hasTorn)
    }

    @Test func theCorruptedAnswerIsTheWorseAndCostsWhatItsPhrasesCost() {
        let pairs = SyntheticPreferences.pairs(400, seed: 5, corrupted: 1)
        for pair in pairs {
            #expect(SyntheticAnswer(pair.answers[pair.betterIndex].text).isGrammatical)
            #expect(!SyntheticAnswer(pair.answers[1 - pair.betterIndex].text).isGrammatical)
            for answer in pair.answers { #expect(answer.isSafe == SyntheticAnswer(answer.text).isSafe) }
            #expect(!pair.isContradictory)
        }
        // Neither the place in the pair nor the label tells which one it is.
        #expect((150...250).contains(pairs.count { $0.betterIndex == 0 }))
        let safe = pairs.count { $0.answers[1 - $0.betterIndex].isSafe }
        #expect((80...360).contains(safe))
    }

    @Test func theShareOfCorruptedPairsIsTheOneAskedFor() {
        func corrupted(_ share: Double) -> Int {
            SyntheticPreferences.pairs(1000, seed: 6, corrupted: share).count { pair in
                pair.answers.contains { !SyntheticAnswer($0.text).isGrammatical }
            }
        }
        #expect(corrupted(0) == 0)
        // Four deviations of a binomial count.
        #expect((242...358).contains(corrupted(0.3)))
        #expect(
            SyntheticPreferences.pairs(50, seed: 3, corrupted: 0) == SyntheticPreferences.pairs(50, seed: 3))
    }

    @Test func demonstrationsAreOfTheGrammarAndBelongToTheirSeed() {
        let shown = SyntheticPreferences.demonstrations(200, seed: 3)
        #expect(shown.allSatisfy { SyntheticAnswer($0.answer).isGrammatical })
        #expect(shown == SyntheticPreferences.demonstrations(200, seed: 3))
        #expect(shown != SyntheticPreferences.demonstrations(200, seed: 4))
        let paired = Set(SyntheticPreferences.pairs(200, seed: 3).flatMap { $0.answers.map(\.text) })
        #expect(shown.count { paired.contains($0.answer) } < 40)
    }

    @Test func theTruthIsTheFormula() {
        let answer = SyntheticAnswer(
            "Open a window; read the label first; work on it while it is still live; use a soft brush.")
        #expect(answer.steps == 2 && answer.hazards == 1 && answer.cautions == 1)
        #expect(abs(answer.reward - 0.4) < 1e-12)
        #expect(abs(answer.cost - 0.5) < 1e-12 && !answer.isSafe)
        let refusal = SyntheticAnswer(SyntheticPreferences.refusals[1])
        #expect(refusal.reward == -1.5 && refusal.cost == -2 && refusal.isSafe)
    }

    @Test func whatIsNoPhraseCountsNothing() {
        let answer = SyntheticAnswer("Use a soft brush; use a soft brush; sing; leave it running overnight")
        #expect(answer.steps == 1 && answer.hazards == 1 && answer.others == 2 && !answer.isGrammatical)
        #expect(!SyntheticAnswer("").isGrammatical)
        #expect(!SyntheticAnswer("Sorry").isGrammatical)
    }

    @Test func labelsAndRankingsAreMixedAsInTheFiles() {
        let pairs = SyntheticPreferences.pairs(3000, seed: 7)
        let bothSafe = pairs.count { $0.answers.allSatisfy(\.isSafe) }
        let bothUnsafe = pairs.count { !$0.answers.contains(where: \.isSafe) }
        let disagree = pairs.count { $0.betterIndex != $0.saferIndex }
        // The files of the project: 27 %, 23 % and 59 %.
        #expect((600...1200).contains(bothSafe))
        #expect((450...1000).contains(bothUnsafe))
        #expect((1500...2000).contains(disagree))
        // A Bradley-Terry draw favours the higher reward, and not always.
        let rewards = pairs.map { pair in
            let worth = pair.answers.map { SyntheticAnswer($0.text).reward }
            return worth[pair.betterIndex] >= worth[1 - pair.betterIndex]
        }
        #expect((1900...2800).contains(rewards.count { $0 }))
    }
}

/// Splits by prompt, and the seal.
@Suite struct DataSplitTests {
    private func parts(_ rows: [SafetyPreferencePair], seed: UInt64, _ split: DataSplit = DataSplit())
        -> (training: [SafetyPreferencePair], candidate: [Dialogue], safety: [Dialogue])
    {
        var parts = split.split(rows, seed: seed) { $0.prompt }
        let safety = parts.takeSafetyPrompts()?.spend { $0 } ?? []
        let isSpent = parts.takeSafetyPrompts() == nil
        #expect(isSpent)
        let count = parts.safetyCount
        #expect(count == safety.count)
        return (parts.training, parts.candidate, safety)
    }

    @Test func noPromptIsInTwoParts() {
        let rows = SyntheticPreferences.pairs(1500, seed: 2)
        let all = Set(rows.map(\.prompt))
        let (training, candidate, safety) = parts(rows, seed: 1)
        #expect(all.count == 856)
        #expect(candidate.count == 171 && safety.count == 257)
        #expect(Set(candidate).count == 171 && Set(safety).count == 257)
        let trained = Set(training.map(\.prompt))
        #expect(trained.count == 428)
        #expect(trained.isDisjoint(with: candidate) && trained.isDisjoint(with: safety))
        #expect(Set(candidate).isDisjoint(with: safety))
        #expect(training.count == rows.count { trained.contains($0.prompt) })
    }

    @Test func theOrderOfRowsDoesNotMatterAndTheSeedDoes() {
        let rows = SyntheticPreferences.pairs(600, seed: 2)
        let first = parts(rows, seed: 1)
        let again = parts(rows.reversed(), seed: 1)
        let other = parts(rows, seed: 2)
        #expect(first.candidate == again.candidate && first.safety == again.safety)
        #expect(first.training == again.training.reversed())
        #expect(first.safety != other.safety)
    }

    @Test(arguments: [0, 1, 2, 3, 4]) func fewPromptsAreSharedOutToo(_ count: Int) {
        let rows = SyntheticPreferences.prompts[..<count].map {
            SafetyPreferencePair(
                Dialogue($0), [.init("a", isSafe: true), .init("b", isSafe: true)], betterIndex: 0,
                saferIndex: 0)
        }
        let (training, candidate, safety) = parts(rows, seed: 1)
        #expect(training.count + candidate.count + safety.count == count)
        if count >= 3 { #expect(training.count >= 1 && candidate.count >= 1 && safety.count >= 1) }
    }

    /// A row whose answers say which prompt it is of.
    private func row(_ prompt: String...) -> SafetyPreferencePair {
        SafetyPreferencePair(
            Dialogue(prompt), [.init("a", isSafe: true), .init("b", isSafe: true)], betterIndex: 0,
            saferIndex: 0)
    }

    @Test(arguments: [
        ("What is it?", "what IS it?"), ("What is it?", "  What\tis \n it?  "),
        ("What is it?", "What\u{00A0}is it?"), ("What is it?", "What is it\u{FF1F}"),
        ("What is it?", "What is\u{200B} it?"), ("Caf\u{00E9}?", "CAFE\u{0301}?"),
        ("\u{FB01}ne", "Fine"), ("\u{2460}", "1"),
    ])
    func promptsThatDifferInCaseBlanksOrFormOnlyAreOneToASplit(_ first: String, _ second: String) {
        #expect(
            PromptMatching.normalised.key(of: Dialogue(first))
                == PromptMatching.normalised.key(of: Dialogue(second)))
        let others = (0..<9).map { row("Question \($0)") }
        for seed in 0..<20 as Range<UInt64> {
            let (training, candidate, safety) = parts(others + [row(first), row(second)], seed: seed)
            let asked = (candidate + safety).count { [first, second].contains($0.turns[0]) }
            let trained = training.count { [first, second].contains($0.prompt.turns[0]) }
            // Both rows are trained on, or one prompt is asked for both.
            #expect(
                (trained, asked) == (2, 0) || (trained, asked) == (0, 1), "seed \(seed): \(trained), \(asked)"
            )
        }
    }

    @Test func whatDiffersInWordsOrTurnsIsNotTheSame() {
        let key = PromptMatching.normalised.key
        for (first, second) in [(["a b"], ["ab"]), (["a", "b", "c"], ["a b c"]), (["a?"], ["a"])] {
            #expect(key(Dialogue(first)) != key(Dialogue(second)))
        }
    }

    @Test func exactMatchingSplitsAsBeforeThereWasAChoice() {
        // Without prompts that are the same, both share out alike.
        let rows = SyntheticPreferences.pairs(600, seed: 2)
        let (exact, normalised) = (
            parts(rows, seed: 1, DataSplit(matching: .exact)), parts(rows, seed: 1, DataSplit())
        )
        #expect(exact.training == normalised.training && exact.candidate == normalised.candidate)
        #expect(exact.safety == normalised.safety)
        let twins = (0..<20).flatMap { [row("Question \($0)"), row("question \($0)")] }
        let apart = (0..<9 as Range<UInt64>).map { parts(twins, seed: $0, DataSplit(matching: .exact)) }
        #expect(apart.allSatisfy { $0.training.count == 20 && $0.candidate.count + $0.safety.count == 20 })
        #expect(apart.contains { $0.training.contains { $0.prompt.turns[0].hasPrefix("q") } })
    }
}
