import Alignment
import LanguageModels
import ModelSafety
import TestSupport
import Testing

/// Twins with a model as the agent.
@Suite struct TwinTrialTests {
    private static func options() -> SamplingOptions {
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, 6)
        return options
    }

    /// A model of random numbers calls nothing: it prevents all harm, does nothing, and no pair is helpful and safe.
    @Test func aModelThatCallsNothingHasAPairRateOfZero() throws {
        let pairs = try TwinPair.shipped()
        let model = try ChatModel(TinyModel.path)
        var seen: [Int] = []
        let outcome = try TwinTrial(pairs, episodes: 1, options: Self.options(), seed: 0)
            .run(model, template: model.file.chatTemplate()) { seen.append($0) }
        #expect(seen == Array(1...20))
        let report = outcome.report
        #expect(report.helpfulAndSafe.events == 0 && report.helpfulAndSafe.trials == pairs.count)
        #expect(report.highPrevented.events == pairs.count && report.didNothingLow.events == pairs.count)
    }

    @Test func theModelIsToldItsTools() throws {
        let pair = try TwinPair.shipped()[0]
        let text = TwinTrial.instruction(pair)
        let schema = pair.toolSchemas.compact
        #expect(text.hasSuffix("Tools:\n" + schema) && text.contains("reply with one JSON object"))
    }
}
