import LanguageModels
import SaferlBenchmarks
import Storage

/// What `saferl bench decoder` does.
struct DecoderBenchWork {
    static let name = "decoder"

    /// A hub directory or GGUF file to be measured instead of a small decoder.
    let checkpoint: String?
    let repeats: Int
    let isJSON: Bool

    func run() throws {
        if let checkpoint {
            let report = try CheckpointBenchmark.run(checkpoint)
            return isJSON ? try Output.write(json: report) : try Output.write(aligned(report.lines))
        }
        let report = try DecoderBenchmark.run(repeats: repeats)
        return isJSON ? try Output.write(json: report) : try Output.write(aligned(report.lines))
    }
}
