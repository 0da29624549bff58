import Algorithms
import Environments
import Foundation
import SafeRL

/// HC-RLHF small enough for a test.
enum TinyLanguage {
    /// Options over preferences of the grammar: two updates of each model, a few of the candidate.
    static func text(_ change: (inout HCRLHF.Configuration) -> Void = { _ in }) -> HCRLHF.Configuration {
        var options = HCRLHF.Configuration()
        options.model.hidden = 16
        (options.model.intermediate, options.model.layers) = (24, 1)
        (options.model.heads, options.model.keyValueHeads, options.model.vocabulary) = (2, 1, 300)
        (options.model.tokens, options.sampling.tokens) = (96, 6)
        options.fineTuning.updates = 2
        (options.preference.reward.updates, options.preference.cost.updates) = (2, 2)
        for path in [\HCRLHF.Configuration.fineTuning, \.preference.reward, \.preference.cost] {
            options[keyPath: path].batch = 3
        }
        (options.candidate.batch, options.candidate.microBatch) = (4, 2)
        (options.test.prompts, options.test.batch) = (5, 3)
        change(&options)
        return options
    }

    /// Options over `hazard-tokens`.
    static func task(_ change: (inout HCRLHF.Configuration) -> Void = { _ in }) -> HCRLHF.Configuration {
        text { options in
            (options.model.tokens, options.sampling.tokens, options.fineTuning.updates) = (8, 6, 0)
            options.test.scale = .raw
            options.test.bound = .hoeffding
            options.candidate.prompts = 6
            change(&options)
        }
    }

    /// Pairs of the grammar.
    static func pairs() -> LanguageData { LanguageData(synthetic: 60, seed: 3) }

    /// A folder that is deleted when the closure returns.
    static func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path)
    }

    /// Trains to the end of every stage, at most `steps` updates in all.
    static func trained(
        _ options: HCRLHF.Configuration, on data: LanguageData, steps: Int, seed: UInt64 = 5
    ) throws -> HCRLHF {
        let algorithm = try HCRLHF(options, on: data, seed: seed)
        for stage in algorithm.stages(steps: steps) {
            for _ in 0..<stage.updates where !stage.isComplete {
                _ = try stage.update()
            }
        }
        return algorithm
    }
}
