import SafeRL
import Testing

/// The keys of every algorithm that another key's value takes the effect from.
@Suite struct IdleKeyTests {
    struct Row: CustomTestStringConvertible {
        let section: String
        /// What is said beside the key, as in `key=value`.
        let context: [String]
        let key: String
        /// The key that takes its effect, and the value with which it does.
        let cause: String, value: String

        init(_ section: String, _ context: [String], _ key: String, _ cause: String, _ value: String) {
            (self.section, self.context, self.key) = (section, context, key)
            (self.cause, self.value) = (cause, value)
        }

        var testDescription: String { "\(section): \(key) with \(context.joined(separator: ", "))" }
    }

    private static let table = ["model=tabular", "inputs=table", "mode=reject"]

    static let rows = [
        Row("ogsrl", ["guardian=none"], "mode=reject", "guardian", #""none""#),
        Row("ogsrl", ["guardian=none"], "mode.penalty=-2", "guardian", #""none""#),
        Row("ogsrl", ["guardian=none"], "proposals=any", "guardian", #""none""#),
        Row("ogsrl", ["guardian=none", "model=ensemble"], "model.resolution=data", "guardian", #""none""#),
        Row("ogsrl", [], "clipsActions=false", "actions", #""finite""#),
        Row("ogsrl", ["actions=gaussian"], "proposals=any", "actions", #""gaussian""#),
        Row("ogsrl", [], "discountsCosts=true", "budgets", "{}"),
        Row("ogsrl", [], "budgetsPer=episode", "budgets", "{}"),
        Row("ogsrl", table + ["optimiser=spibb"], "warmStart=cloning", "optimiser", #""spibb""#),
        Row("ogsrl", table + ["optimiser=exact"], "widths=[8]", "optimiser", #""exact""#),
        Row(
            "ogsrl", ["inputs=table", "warmStart=cloning"], "warmStart.updates=5", "inputs", #""table""#),
        Row(
            "ogsrl", ["model=tabular", "inputs=table", "optimiser.advantages=exact"], "widths=[8]",
            "optimiser.advantages", #""exact""#),
        Row("hcrlhf", ["model.directory=x"], "model.layers=3", "model.directory", #""x""#),
        Row("hcrlhf", ["model.directory=x"], "model.vocabulary=700", "model.directory", #""x""#),
        Row("hcrlhf", ["model.directory=x"], "model.alpha=8", "model.rank", "0"),
        Row("hcrlhf", [], "model.alpha=8", "model.directory", #""""#),
        Row("hcrlhf", ["files.helpfulness=x"], "synthetic.pairs=9", "files.helpfulness", #""x""#),
        Row("hcrlhf", ["sampling.temperature=0"], "sampling.topK=5", "sampling.temperature", "0"),
        Row("hcrlhf", ["sampling.temperature=0"], "sampling.topP=0.5", "sampling.temperature", "0"),
        Row("hcrlhf", ["fineTuning.updates=0"], "fineTuning.rate=0.5", "fineTuning.updates", "0"),
        Row(
            "hcrlhf", ["preference.cost.updates=0"], "preference.cost.batch=4", "preference.cost.updates",
            "0"),
        Row(
            "hcrlhf", ["candidate.method.sampleFactor=0"], "candidate.method.counting=micro-batch",
            "candidate.method.sampleFactor", "0"),
        Row("cdt", ["actions=deterministic"], "temperature=0.2", "actions", #""deterministic""#),
        Row("cdt", ["actions=deterministic"], "usesEntropy=false", "actions", #""deterministic""#),
        Row("cdt", ["usesEntropy=false"], "temperatureRate=0.2", "usesEntropy", "false"),
        Row("cdt", ["usesCost=false"], "costInput=corrected", "usesCost", "false"),
        Row("cdt", ["costToGo=boundary"], "sampling=uniform", "costToGo", #""boundary""#),
        Row("cdt", ["costToGo=boundary"], "relabelling=none", "costToGo", #""boundary""#),
        Row("cdt", ["usesReturn=false"], "returnScale=1", "usesReturn", "false"),
        Row("fisor", ["objective=cost-value"], "violation=9", "objective", #""cost-value""#),
        Row("fisor", ["objective=imitation"], "rewardWeightCap=9", "objective", #""imitation""#),
        Row("fisor", ["objective=imitation"], "feasibilityWeightFloor=1", "objective", #""imitation""#),
        Row("fisor", ["objective=reward"], "feasibilityTemperature=9", "objective", #""reward""#),
        Row("fisor", ["objective=cloning"], "rewardTemperature=9", "objective", #""cloning""#),
        Row("fisor", ["constraint=stored"], "satisfaction=-9", "constraint", #""stored""#),
        Row("fisor", [], "settlingInterval=9", "heldOutShare", "0"),
        Row("fisor", [], "safetyMargin=0.5", "choice", #""safest""#),
        Row("fisor", ["candidates=1"], "choice=first", "candidates", "1"),
        Row("fisor", ["sampler=dpm-solver"], "temperature=0.5", "sampler", #""dpm-solver""#),
        Row("fisor", ["policy=one-step-flow"], "candidates=4", "policy", #""one-step-flow""#),
        Row("fisor", ["policy=one-step-flow"], "width=64", "policy", #""one-step-flow""#),
        Row("fisor", ["policy=one-step-flow"], "rewardTemperature=9", "policy", #""one-step-flow""#),
        Row("fisor", ["policy=one-step-flow"], "choice=first", "policy.draws", "1"),
        Row(
            "fisor", ["policy=one-step-flow", "objective=imitation"], "policy.rewardWeight=1", "objective",
            #""imitation""#),
        Row(
            "fisor", ["policy=one-step-flow", "objective=reward"], "policy.margin=1", "objective",
            #""reward""#),
        Row("bcq-lag", [], "choice=safest", "candidates", "1"),
        Row("coptidice", ["boundDivergence=0"], "boundMembers=3", "boundDivergence", "0"),
        Row("bcrl", [], "episodeLength=500", "spending", #""published""#),
        Row("bcrl", ["dynamics=deterministic"], "spending=corrected", "dynamics", #""deterministic""#),
        Row("bcrl", ["dynamics=deterministic"], "leastExcess=1", "dynamics", #""deterministic""#),
        Row("lspc", [], "codeLimit=0.5", "policy", #""optimised""#),
        Row("fisor", ["diffusionSteps=1"], "temperature=0.5", "diffusionSteps", "1"),
    ]

    private static func fault(_ row: Row, _ said: [String]) throws -> String {
        let sections = ChoiceKeyTests.sections + ChoiceKeyTests.plain
        let section = try #require(sections.first { $0.name == row.section })
        let text = #"{"algorithm": "\#(row.section)", "environment": "e"}"#
        let document = try RunDocument(
            ConfigurationFile(name: "x.json", bytes: Array(text.utf8)),
            overriding: said.map { "\(row.section).\($0)" })
        do {
            _ = try section.resolve(document)
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test(arguments: rows) func aKeyWithoutEffectIsRefusedAndTheRemediesWork(_ row: Row) throws {
        let fault = try Self.fault(row, row.context + [row.key])
        let start =
            "--set \(row.section).\(row.key): without effect, because \(row.section).\(row.cause) is \(row.value). "
            + "Remove it"
        #expect(fault.hasPrefix(start), "\(fault)")
        #expect(try Self.fault(row, row.context) == "accepted")
        guard let first = Self.remedy(in: fault, row) else {
            // Where no single value is enough.
            #expect(["budgets", "model.directory"].contains(row.cause) && fault.hasSuffix("Remove it."))
            return
        }
        // Where two keys take the effect, one remedy follows the other.
        let said = row.context + [row.key, first]
        let next = try Self.fault(row, said)
        let last = try Self.remedy(in: next, row).map { try Self.fault(row, said + [$0]) } ?? next
        #expect(last == "accepted", "\(next)")
    }

    /// What a message says to write in place of removing the key.
    private static func remedy(in fault: String, _ row: Row) -> String? {
        fault.firstRange(of: ", or write --set \(row.section).").map {
            String(fault[$0.upperBound...].dropLast())
        }
    }
}
