import Alignment
import LanguageModels
import ModelSafety
import Testing

/// Guards of other kinds as the filter of erase-and-check.
@Suite struct ModelFilterTests {
    private static let prompts = ["the robot", "a cat", "a cat and the robot", "one two three four five six"]
        .map(ErasureUnit.words)

    @Test func aHeadsPromptTowerIsAFilter() throws {
        let stored = try HandMadeHead.drawn(3)
        let filter = try HeadFilter(
            stored, of: FrozenModel(TinyModel.path), policy: .strict, threshold: 0.5)
        let harm = try filter.harm(of: Self.prompts + [[]])
        #expect(harm.last == 0 && harm.allSatisfy { 0...1 ~= $0 } && Set(harm).count > 2)
        // Each as a guard of replies judges what is asked.
        let (model, guarding) = (try FrozenModel(TinyModel.path), HeadGuard(stored, source: "h"))
        for (words, value) in zip(Self.prompts, harm) {
            let states = try model.states([model.prompt(ErasureUnit.text(ofWords: words))])[0]
            let look = guarding.look(
                guarding.trace(behind: states.suffix(HandMadeHead.hidden)).asked, .prompt)
            #expect(abs(look.unsafe(.strict) - value) < 1e-5)
        }
        // More than the context is harmful.
        let long = [String](repeating: "cat", count: 4096)
        #expect(try filter.harm(of: [long]) == [1])
    }

    @Test func aModelThatIsAskedIsAFilter() throws {
        try FilterTexts.inFolder { folder in
            let path = try TinyModel.wide(in: folder)
            let filter = try PromptedFilter(path, policy: .strict, threshold: 0.5)
            let harm = try filter.harm(of: Self.prompts + [[]])
            let guarding = try PromptedGuard(path)
            for (words, value) in zip(Self.prompts.dropFirst(2), harm.dropFirst(2)) {
                let text = ErasureUnit.text(ofWords: words)
                let wanted = try guarding.probabilities(of: [ChatMessage(role: "user", content: text)])
                #expect(abs((wanted?.unsafe(.strict) ?? -1) - value) < 1e-5)
            }
            // Texts of fewer than five tokens say nothing.
            #expect(harm.last == 0)
            #expect(try filter.harm(of: [["a"]]) == [0])
            let loose = try PromptedFilter(path, policy: .loose, threshold: 0.5)
            let higher = try PromptedFilter(path, policy: .strict, threshold: 0.6)
            #expect(Set([filter.hash, loose.hash, higher.hash]).count == 3)
            // The border decides both ways, and a certificate counts nothing that lies on it.
            let value = try PromptedFilter(path, policy: .strict, threshold: 0.5)
                .harm(of: [Self.prompts[3]])[0]
            let border = try PromptedFilter(path, policy: .strict, threshold: value)
            #expect(try border.areHarmful([Self.prompts[3]]) == [true])
            #expect(try border.areSurelyHarmful([Self.prompts[3]]) == [false])
        }
    }

    /// A claim on the share that a model misses, whose training nobody knows.
    @Test func aModelIsCertified() throws {
        try FilterTexts.inFolder { folder in
            let path = try TinyModel.wide(in: folder)
            let open = { try FilterFile.open(path, .init(threshold: $0)) }
            let harmful = try FilterTexts.list(FilterTexts.harmful(0..<30))
            let safe = try FilterTexts.list(FilterTexts.safe(0..<3))
            var test = FilterTest(Erasures(.suffix, size: 2), limit: 0.1, delta: 0.05)
            test.attacked = 2
            // Everything is flagged, and nothing kept; what is near the border is not certified.
            let all = try test.report(open(1e-9), harmful: harmful, safe: safe)
            #expect(all.safe.kept.events == 0 && !all.isTrainingKnown && !all.isRefuted)
            #expect(2..<30 ~= all.certificate.detected.events)
            #expect(all.tried.map(\.prompts) == [2, 2, 2])
            #expect(all.rows(timed: false).contains { $0.0 == "Trained on" })
            // And nothing.
            let none = try test.report(open(1), harmful: harmful, safe: safe)
            #expect(!none.isCertified && none.safe.kept.events == 3 && none.tried.isEmpty)
            // Fewer versions may be looked at than there are: refused unseen.
            test.checks = 2
            #expect(try test.report(open(1), harmful: harmful, safe: safe).safe.kept.events == 0)
        }
        #expect(throws: FilterUse.self) { try FilterFile.open(TinyModel.path, .init(model: TinyModel.path)) }
    }
}
