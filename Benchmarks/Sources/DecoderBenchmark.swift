import Foundation
import LanguageModels
import Networks
import SafeRL
import Tensors

/// How fast a small decoder learns and writes on this machine.
public struct DecoderBenchmark: Encodable, Sendable {
    /// Forward and backward over all sequences, median, s.
    public let stepSeconds: Double
    /// The same in time of the processor, summed over threads, s: what does not grow when other programs run.
    public let stepProcessorSeconds: Double
    /// Share of the step that its matrix products would take at the machine's own rate.
    public let productShare: Double
    /// Continuation of all prompts, median, s, on the clock and of the processor.
    public let generationSeconds: Double, generationProcessorSeconds: Double
    /// New tokens of all prompts in a second.
    public let tokensPerSecond: Double
    /// The machine's own rate of matrix products on all threads, GFLOP/s.
    public let productRate: Double
    /// Threads that the work is shared out over.
    public let threads: Int
    /// Kernel of the matrix library.
    public let kernel: String

    enum CodingKeys: String, CodingKey {
        case stepSeconds = "step_s"
        case stepProcessorSeconds = "step_cpu_s"
        case productShare = "product_share"
        case generationSeconds = "generation_s"
        case generationProcessorSeconds = "generation_cpu_s"
        case tokensPerSecond = "tokens_per_s"
        case productRate = "sgemm_gflops"
        case threads, kernel
    }

    private static let description = DecoderDescription(
        .llama, vocabulary: 4096, hidden: 256, intermediate: 688, layers: 4, heads: 8, keyValueHeads: 4)
    private static let (sequences, length, promptLength, mostTokens) = (8, 256, 64, 128)

    /// Times next-token cross-entropy over 8 sequences of 256 tokens, forward and backward, and greedy continuation of 8
    /// prompts of 64 tokens by 128 tokens, each after one round to warm up.
    ///
    /// - Parameter repeats: at least 1.
    /// - Returns: what was measured.
    /// - Throws: `NonFiniteError`.
    public static func run(repeats: Int) throws -> DecoderBenchmark {
        precondition(repeats >= 1, "a benchmark of \(repeats) repeats")
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("decoder", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Decoder(description, in: &$0)
        }
        func texts(_ length: Int) -> [[Int32]] {
            (0..<sequences).map { _ in (0..<length).map { _ in Int32(stream.nextInteger(below: 4096)) } }
        }
        let (tape, input, prompts) = (Tape(), PackedTokens(texts(length)), texts(promptLength))
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, mostTokens)
        func learn() throws {
            tape.reset()
            _ = try learner.differentiate(on: tape) {
                -learner.body.logProbabilities(input, learner.weights(on: tape)).mean()
            }
        }
        func write() throws {
            _ = try learner.body.generate(
                prompts, options: options, endTokens: [], seed: 1, on: tape
            ) { learner.weights(on: tape) }
        }
        try learn()
        let before = tape.productOperations
        try learn()
        let operations = tape.productOperations - before
        let step = try MedianTime(of: repeats, learn)
        let rate = BLAS.measuredRate()
        try write()
        let generation = try MedianTime(of: repeats, write)
        return DecoderBenchmark(
            stepSeconds: step.wall, stepProcessorSeconds: step.processor,
            productShare: operations / (rate * 1e9) / step.wall,
            generationSeconds: generation.wall, generationProcessorSeconds: generation.processor,
            tokensPerSecond: Double(sequences * mostTokens) / generation.wall,
            productRate: rate, threads: BLAS.threads, kernel: BLAS.kernel)
    }

    /// Lines for a person: names and what was measured.
    public var lines: [(String, String)] {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        return [
            ("forward and backward", number(stepSeconds, 4) + " s"),
            ("matrix products at that rate", number(100 * productShare, 0) + " %"),
            ("generation", number(generationSeconds, 4) + " s"),
            ("tokens a second", number(tokensPerSecond, 0)),
            ("matrix products, machine", number(productRate, 0) + " GFLOP/s"),
            ("threads", "\(threads) (\(kernel))"),
        ]
    }
}
