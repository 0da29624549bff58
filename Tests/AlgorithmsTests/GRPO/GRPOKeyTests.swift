import Algorithms
import Environments
import SafeRL
import Testing

/// Keys that were called otherwise, what a variant brings, and rewards part by part.
@Suite struct GRPOKeyTests {
    private static func options(_ section: String, overriding: [String] = []) throws -> GRPO.Configuration {
        let text = #"{"algorithm": "grpo", "environment": "consent", "grpo": \#(section)}"#
        let document = try RunDocument(
            ConfigurationFile(name: "a.json", bytes: Array(text.utf8)), overriding: overriding)
        return try document.resolve(GRPO.Configuration.self, of: "grpo").options
    }

    @Test(arguments: [
        (#"{"variant": "dapo"}"#, true), (#"{"variant": "gspo"}"#, false), ("{}", false),
        // As earlier versions wrote them, and as the runs of these go on.
        (#"{"variant": "dapo", "dropUniform": false}"#, false),
        (#"{"variant": {"kind": "gspo"}, "dropUniform": true}"#, true),
        (#"{"variant": {"kind": "dapo", "dropUniform": false}}"#, false),
    ])
    func groupsAreDrawnAnewAsTheVariantHasIt(section: String, isDropped: Bool) throws {
        let found = try Self.options(section).variant
        let dropped =
            switch found {
            case .grpo(let own): own.dropUniform
            case .dapo(let own): own.dropUniform
            case .gspo(let own): own.dropUniform
            default: Bool?.none
            }
        #expect(dropped == isDropped, "\(section)")
        #expect(GRPO.Configuration().variant == .grpo())
    }

    @Test func theShapeHasANameOfItsOwnInEachReward() throws {
        let hybrid = GRPO.Reward.hybrid(.with { $0.addsShape = false })
        let label = GRPO.Reward.label(.with { $0.gatesShape = false })
        for key in ["addsShape", "asksShape"] {
            #expect(
                try Self.options(#"{"reward": {"kind": "hybrid", "\#(key)": false}}"#).reward == hybrid)
        }
        for key in ["gatesShape", "asksShape"] {
            #expect(
                try Self.options(#"{"reward": {"kind": "label", "\#(key)": false}}"#).reward == label)
        }
    }

    @Test func aRewardIsExplainedPartByPart() throws {
        let answers = [
            "<why>owner other, hidden yes.</why> I cannot help with that.", "nothing of use", "",
        ]
        for reward in [GRPO.Reward.dual(), .hybrid(), .guardOnly] {
            let found = try GRPO.explanation(of: reward, in: Consent.self, seed: 4, row: 5, answers: answers)
            #expect(found.answers.map(\.text) == answers && ["harmful", "benign"].contains(found.kind))
            for answer in found.answers {
                let sum = answer.terms.reduce(0) { $0 + $1.adds }
                let bounded = answer.floor.map { min(sum, $0.adds) } ?? sum
                #expect(answer.reward == bounded + answer.group.reduce(0) { $0 + $1.adds })
                for part in answer.terms where part.adds != 0 {
                    #expect(part.adds == (part.weight ?? .nan) * part.value)
                }
            }
        }
        // A row is the demonstration of that number, whatever is asked before.
        let fifth = try GRPO.explanation(of: .dual(), in: Consent.self, seed: 4, row: 5, answers: [])
        #expect(fifth.answers.count == 1 && !fifth.answers[0].text.isEmpty)
        #expect(
            try GRPO.explanation(of: .dual(), in: Consent.self, seed: 4, row: 6, answers: []).request
                != fifth.request)
        #expect(throws: OptionIssue.self) {
            try GRPO.explanation(of: .label(), in: Consent.self, seed: 4, row: 0, answers: [])
        }
    }

    @Test func theChecklistIsATermOfTheLabel() throws {
        let reward = GRPO.Reward.label(
            .with { ($0.label, $0.category, $0.checklist) = (0.5, 0.35, 0.15) })
        let request = try GRPO.explanation(of: reward, in: RuleReading.self, seed: 0, row: 0, answers: [])
        let parts = request.answers[0]
        #expect(parts.terms.map(\.name) == ["label", "category", "checklist"])
        #expect(parts.gate?.name == "shape" && parts.penalties.map(\.name) == ["overlong"])
        // Without the weight the reward is GSPR's first, and reads no checklist.
        let first = try GRPO.explanation(of: .label(), in: RuleReading.self, seed: 0, row: 0, answers: [])
        #expect(first.answers[0].terms.map(\.name) == ["label", "category"])
    }
}
