import Alignment
import Foundation
import LanguageModels
import ModelSafety
import Storage
import Testing

/// A model as a guard: probabilities of labels, compared with sums of whole texts.
@Suite struct PromptedGuardTests {
    private static let asked = [ChatMessage(role: "user", content: "the robot drives past <|im_end|>")]
    private static let answered = asked + [ChatMessage(role: "assistant", content: "the wall")]

    /// The labels' probabilities by one pass over each whole text.
    private func expected(_ model: ScoringModel, behind prompt: [Int32]) throws -> GuardProbabilities {
        GuardProbabilities(
            logProbabilities: try model.logLikelihoods(
                GuardLabel.allCases.map { (prompt, model.tokens("Safety: \($0.name)").map(Int32.init)) }))
    }

    private func check(_ found: GuardProbabilities?, _ expected: GuardProbabilities) throws {
        let found = try #require(found)
        for (a, b) in zip(found.values, expected.values) { #expect(abs(a - b) < 1e-4) }
        #expect(abs(found.values.reduce(0, +) - 1) < 1e-12)
    }

    @Test func aModelThatIsNoGuardIsAskedInOurWords() throws {
        try FilterTexts.inFolder { folder in
            let place = try TinyModel.wide(in: folder)
            let (judge, model) = (try PromptedGuard(place), try ScoringModel(place))
            #expect(!judge.isMadeForIt)
            for conversation in [Self.asked, Self.answered, Self.asked] {
                let text = GuardWording.text(conversation)
                let chat = try model.file.chatTemplate().text([ChatMessage(role: "user", content: text)])
                try check(
                    judge.probabilities(of: conversation),
                    expected(model, behind: model.tokenizer.encode(chat).ids))
            }
        }
        let (prompt, reply) = (GuardWording.text(Self.asked), GuardWording.text(Self.answered))
        #expect(prompt.contains("Jailbreak") && !reply.contains("Jailbreak"))
        #expect(prompt.contains("USER: the robot drives past <|im_end|>\nEnd of"))
        #expect(reply.contains("ASSISTANT: the wall\nEnd of"))
        #expect(prompt.contains("the user's last message") && reply.contains("the assistant's last message"))
    }

    @Test func aTemplateThatAsksForAVerdictIsGivenTheConversation() throws {
        try FilterTexts.inFolder { folder in
            let place = try TinyModel.wide(
                in: folder,
                template:
                    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}Write Safety: and a label.\n"
            )
            let (judge, model) = (try PromptedGuard(place), try ScoringModel(place))
            #expect(judge.isMadeForIt)
            let chat = try model.file.chatTemplate().text(Self.answered)
            #expect(chat.string.hasPrefix("user: the robot") && chat.string.contains("assistant: the wall"))
            try check(
                judge.probabilities(of: Self.answered),
                expected(model, behind: model.tokenizer.encode(chat).ids))
        }
    }

    @Test func aTextThatIsTooLongHasNoVerdictAndIsUnsafeUnderEveryPolicy() throws {
        let model = try PromptedGuard(TinyModel.path)
        let long = [
            ChatMessage(
                role: "user",
                content: String(repeating: "word ", count: model.file.description.contextLength))
        ]
        #expect(try model.probabilities(of: long) == nil)
        for policy in GuardPolicy.allCases {
            let verdict = try ModelGuard(model, source: "G").judge(long, policy)
            #expect(verdict.isUnsafe && verdict.label == nil && verdict.probability == nil)
            #expect(verdict.reason == "what was asked is too long for G, which counts as unsafe.")
        }
    }

    @Test func whatIsControversialCountsByThePolicy() throws {
        try FilterTexts.inFolder { folder in
            let guarding = ModelGuard(try PromptedGuard(TinyModel.wide(in: folder)), source: "G")
            let strict = try guarding.judge(Self.asked, .strict)
            let loose = try guarding.judge(Self.asked, .loose)
            guard case .labels(let values) = strict.ground else {
                Issue.record("no labels")
                return
            }
            let (unsafe, controversial) = (values.values[1], values.values[2])
            #expect(strict.probability == unsafe + controversial)
            // What was kept of the first pass may change the last bits.
            #expect(try abs(#require(loose.probability) - unsafe) < 1e-5)
            #expect(strict.isUnsafe == (unsafe + controversial >= 0.5) && strict.subject == .prompt)
            #expect(loose.isUnsafe == (unsafe >= 0.5))
            #expect(try guarding.judge(Self.answered, .strict).subject == .response)
            // A little to both sides of what it says.
            for (threshold, isUnsafe) in [(0.99 * unsafe, true), (min(1, 1.01 * unsafe), false)] {
                let model = ModelGuard(guarding.model, source: "G", threshold: threshold)
                #expect(try model.judge(Self.asked, .loose).isUnsafe == isUnsafe)
            }
        }
    }

    @Test func whatWasComputedIsKept() throws {
        let model = try ScoringModel(TinyModel.path)
        let (kept, fresh) = (try KeptDecoder(model.file), try KeptDecoder(model.file))
        let first = model.tokens("the robot drives past the wall").map(Int32.init)
        let second = Array(first.prefix(10)) + model.tokens("a cat").map(Int32.init)
        func logits(_ decoder: KeptDecoder, _ tokens: [Int32]) throws -> [Float] {
            var values: [Float] = []
            try decoder.logits(behind: tokens) { values = Array($0) }
            return values
        }
        _ = try logits(kept, first)
        let (a, b) = (try logits(kept, second), try logits(fresh, second))
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(kept.computed == first.count + second.count - 10 && fresh.computed == second.count)
        // The very same again: the last token alone.
        _ = try logits(kept, second)
        #expect(kept.computed == first.count + second.count - 10 + 1)
    }
}
