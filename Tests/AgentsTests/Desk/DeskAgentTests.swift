import Agents
import LanguageModels
import Networks
import Rules
import Tensors
import Testing

/// A model that has learned nothing, behind the desk: what guards promise does not depend on what it proposes.
@Suite struct DeskAgentTests {
    private static let tokens: DeskTokens = {
        let demonstrations = (0..<60).map { DeskDemonstration(seed: 1, episode: $0) }
        do { return try DeskTokens(learningFrom: demonstrations, vocabulary: 400) } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func network() -> Network<Decoder> {
        let description = DecoderDescription(
            .llama, vocabulary: 400, hidden: 8, intermediate: 8, layers: 1, heads: 2)
        var stream = RandomStream(seed: 3, for: .weights)
        let learner = Learner("decoder", optimizer: Adam(rate: .constant(1)), using: &stream) {
            Decoder(description, in: &$0)
        }
        return learner.snapshot(.weights) { Decoder(description, in: &$0) }
    }

    private static func report(
        _ mode: GuardMode, _ rules: RuleFile = .desk, episodes: Int = 20
    ) throws -> DeskReport {
        let trace = try DeskTrace(rules)
        let agent = try DeskAgent(network(), tokens, trace, mode: mode)
        return try DeskReport(serving: agent, judgedBy: trace, episodes: episodes, seed: 2)
    }

    @Test func textsAreTokensThatStandForThem() {
        let demonstration = DeskDemonstration(seed: 1, episode: 3)
        let sequence = Self.tokens.sequence(of: demonstration.episode)
        let written = sequence.places.map { sequence.tokens[$0] }
        #expect(written.count { $0 == Self.tokens.endToken } == demonstration.episode.steps.count)
        #expect(
            Self.tokens.tokenizer.decode(written, skippingSpecialTokens: true)
                == demonstration.episode.turns.map(\.written).joined())
        #expect(
            Self.tokens.tokenizer.decode(sequence.tokens, skippingSpecialTokens: true)
                == demonstration.episode.turns.map { $0.read + $0.written }.joined())
        // What the user says is no token that ends anything.
        #expect(!Self.tokens.read("</s>").contains(Self.tokens.endToken))
    }

    @Test func withoutAGuardAnUntrainedModelBreaksRules() throws {
        let report = try Self.report(.none)
        #expect(report.all.conformance.share < 0.9 && report.all.harm.share > 0)
        #expect(report.counts.refusals == 0 && report.counts.stops == 0)
    }

    @Test(arguments: [GuardMode.check, .resample, .mask])
    func withAGuardNoExecutedCallBreaksARule(_ mode: GuardMode) throws {
        let report = try Self.report(mode)
        #expect(report.all.conformance.events == 40 && report.all.harm.events == 0)
        #expect(report.all.broken == [:])
        switch mode {
        case .check: #expect(report.counts.stops > 0 && report.counts.redraws == 0)
        case .resample: #expect(report.counts.redraws > 0)
        default: #expect(report.counts.refusals == 0)
        }
    }

    @Test func equalSeedsGiveEqualEpisodes() throws {
        for mode in [GuardMode.none, .resample, .mask] {
            let (a, b) = (try Self.report(mode, episodes: 6), try Self.report(mode, episodes: 6))
            #expect(a.all.broken == b.all.broken && a.counts.tokens == b.counts.tokens)
            #expect(a.benign.utility == b.benign.utility && a.counts.calls == b.counts.calls)
        }
    }

    @Test func whereNothingIsAllowedTheEpisodeIsStopped() throws {
        let none = try RuleFile(
            "rules 1\ncall get_order_details()\nwatch w: true\n"
                + "rule no_details: each get_order_details(): false\nevent user_asks_human()\n"
                + "rule now: not user_asks_human() and some get_order_details() where true\n",
            name: "none.rules")
        for mode in [GuardMode.check, .resample, .mask] {
            let report = try Self.report(mode, none, episodes: 2)
            #expect(report.counts.stops == 4 && report.counts.idles == 0, "\(mode)")
            #expect(report.all.conformance.events == 4)
        }
        #expect(try Self.report(.mask, none, episodes: 2).counts.deadlocks == 4)
    }
}
