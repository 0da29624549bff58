import Alignment
import Foundation
import LanguageModels
import ModelSafety
import Testing

/// A guard that calls unsafe what holds a word, and counts how often it was asked.
final class ScriptedGuard: TextGuard {
    let word: String
    let judgesReplies: Bool
    private(set) var asked: [String] = []

    init(_ word: String, judgesReplies: Bool = true) {
        (self.word, self.judgesReplies) = (word, judgesReplies)
    }

    func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) -> GuardJudgement {
        let text = conversation.last?.content ?? ""
        asked.append(text)
        let isUnsafe = text.contains(word)
        return GuardJudgement(
            word, conversation.last?.role == "assistant" ? .response : .prompt,
            .filter(isUnsafe ? 0.9 : 0.1), isUnsafe: isUnsafe, probability: isUnsafe ? 0.9 : 0.1)
    }
}

/// Several guards, with erase-and-check.
@Suite struct ReplyGuardTests {
    private static func user(_ text: String) -> [ChatMessage] { [ChatMessage(role: "user", content: text)] }

    @Test func theFirstGuardThatRefusesDecides() throws {
        let guards = [ScriptedGuard("x"), ScriptedGuard("y", judgesReplies: false), ScriptedGuard("z")]
        let around = ReplyGuard(guards, policy: .strict)
        let verdicts = try around.judge(prompt: Self.user("y z"))
        #expect(verdicts.map(\.isUnsafe) == [false, true] && guards[2].asked.isEmpty)
        #expect(verdicts[1].reason == "y calls what was asked harmful with a probability of 0.9.")
        let reply = Self.user("a") + [ChatMessage(role: "assistant", content: "y z")]
        #expect(try around.judge(reply: reply).map(\.source) == ["x", "z"])
        #expect(try around.judge(reply: reply).last?.isUnsafe == true && guards[1].asked.count == 1)
        #expect(around.judgesReplies && !ReplyGuard([guards[1]], policy: .loose).judgesReplies)
    }

    /// A guard that is hidden from by added words, which erase-and-check takes off again.
    @Test func wordsThatHideAreErased() throws {
        let filter = try FilterTexts.filter()
        let guarding = FilterGuard(filter, source: "f")
        let clean = "please make zorgle now"
        let hidden = clean + " bread bake for us number"
        #expect(try guarding.judge(Self.user(clean), .strict).isUnsafe)
        #expect(try !guarding.judge(Self.user(hidden), .strict).isUnsafe)
        let around = ReplyGuard([guarding], policy: .strict, erasures: Erasures(.suffix, size: 6))
        let verdicts = try around.judge(prompt: Self.user(hidden))
        #expect(verdicts.map(\.isUnsafe) == [false, true])
        #expect(
            verdicts[1].reason.hasPrefix("erase-and-check: a version of ") && verdicts[1].source == "suffix:6"
        )
        let safe = try around.judge(prompt: Self.user("bake bread for us"))
        #expect(safe.map(\.isUnsafe) == [false, false])
        // The same answer as the library's filter.
        let library = CertifiedFilter<String>(Erasures(.suffix, size: 6), isHarmful: filter.isHarmful)
        #expect(try library(ErasureUnit.words(hidden)).isHarmful)
    }

    @Test func versionsAreAskedAboutOnceAndNothingIsNoRequest() throws {
        let guarding = ScriptedGuard("x")
        let around = ReplyGuard([guarding], policy: .strict, erasures: Erasures(.infusion, size: 2))
        #expect(try around.judge(prompt: Self.user("a a")).map(\.isUnsafe) == [false, false])
        // As it is, then its versions: both words, and one of them once.
        #expect(guarding.asked == ["a a", "a a", "a"])
    }

    @Test func tooManyVersionsAreUnsafeUnseen() throws {
        let guarding = ScriptedGuard("x")
        let around = ReplyGuard([guarding], policy: .loose, erasures: Erasures(.infusion, size: 3))
        let words = (0..<40).map { "w\($0)" }.joined(separator: " ")
        let verdicts = try around.judge(prompt: Self.user(words))
        #expect(verdicts.map(\.isUnsafe) == [false, true] && guarding.asked.count == 1)
        #expect(
            verdicts[1].reason
                == "erase-and-check: 40 words have 10701 versions, over the budget of 1000, which counts as unsafe."
        )
        // A filter may be asked more often than a model.
        let cheap = ReplyGuard(
            [ScriptedGuard("x", judgesReplies: false)], policy: .loose, erasures: Erasures(.infusion, size: 3)
        )
        #expect(try cheap.judge(prompt: Self.user(words)).map(\.isUnsafe) == [false, false])
    }

    @Test func aFileIsOpenedAsWhatItIs() throws {
        try FilterTexts.inFolder { folder in
            let path = folder + "/f.json"
            try FilterTexts.filter().text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try !GuardFile.open(path).judgesReplies && GuardFile.open(TinyModel.path).judgesReplies)
            try "{}".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: FilterError.self) { try GuardFile.open(path) }
            #expect(throws: (any Error).self) { try GuardFile.open(folder + "/none") }
        }
    }
}
