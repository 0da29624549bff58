import Foundation
import LanguageModels
import Networks
import SafeRL
import Tensors

/// How fast a checkpoint is opened, scored and continued, and how much memory that takes.
public struct CheckpointBenchmark: Encodable, Sendable {
    /// From the directory's path to weights that can be used, s.
    public let loadSeconds: Double
    /// Bytes of the tensors in the files.
    public let fileBytes: Int
    /// Log-probabilities of the tokens of one text of `scoredTokens` tokens, s.
    public let scoreSeconds: Double
    /// Largest resident memory of the process after scoring, the mapped files included, bytes.
    public let peakResidentBytes: Int
    /// `peakResidentBytes / fileBytes`.
    public let residentShare: Double
    /// New tokens in a second, one prompt of 16 tokens continued greedily by `newTokens` tokens, the prompt's time included.
    public let tokensPerSecond: Double
    /// Tokens of the text taken in in a second, with logits behind the last one alone, and in a second of the processor.
    public let promptTokensPerSecond, promptTokensPerProcessorSecond: Double
    /// Tokens written in a second behind a prompt of 16 tokens, whose time does not count, and in a second of the processor.
    public let writtenTokensPerSecond, writtenTokensPerProcessorSecond: Double
    /// Tokens of the text that is scored.
    public let scoredTokens: Int
    /// Tokens that are written.
    public let newTokens: Int
    /// Threads that the work is shared out over.
    public let threads: Int

    enum CodingKeys: String, CodingKey {
        case loadSeconds = "load_s"
        case fileBytes = "file_bytes"
        case scoreSeconds = "score_s"
        case peakResidentBytes = "peak_resident_bytes"
        case residentShare = "resident_per_file"
        case tokensPerSecond = "tokens_per_s"
        case promptTokensPerSecond = "prompt_tokens_per_s"
        case promptTokensPerProcessorSecond = "prompt_tokens_per_cpu_s"
        case writtenTokensPerSecond = "written_tokens_per_s"
        case writtenTokensPerProcessorSecond = "written_tokens_per_cpu_s"
        case scoredTokens = "scored_tokens"
        case newTokens = "new_tokens"
        case threads
    }

    /// Opens a hub directory or a GGUF file, scores a text of random tokens, and continues a prompt, nothing warmed up; then takes
    /// the text in as a prompt, and writes.
    ///
    /// - Parameters:
    ///   - path: of a decoder that has room for the text; a shorter context scores as many tokens.
    ///   - repeats: how often the prompt is taken in and the reply written; medians count.
    /// - Returns: what was measured.
    /// - Throws: the errors of such files, or `NonFiniteError`.
    public static func run(_ path: String, repeats: Int = 3) throws -> CheckpointBenchmark {
        let clock = ContinuousClock()
        let start = clock.now
        let checkpoint = try ModelFile(path)
        let network = try checkpoint.network()
        let loading = (clock.now - start) / .seconds(1)
        let description = checkpoint.description
        var stream = RandomStream(seed: 1, for: .testing)
        let text = (0..<max(2, min(512, description.contextLength))).map { _ in
            Int32(stream.nextInteger(below: description.vocabulary))
        }
        let tape = Tape()
        let scoring = try clock.measure {
            let values = network.body.logProbabilities(PackedTokens([text]), network.weights(on: tape)).values
            guard Vectors.areFinite(values) else { throw NonFiniteError("log-probabilities of a decoder") }
        }
        let peak = peakResidentBytes
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, 32)
        let writing = try clock.measure {
            _ = try network.body.generate(
                [Array(text.prefix(16))], options: options, endTokens: [], seed: 1, on: tape
            ) { network.weights(on: tape) }
        }
        let taking = try MedianTime(of: repeats) { _ = try decode(text, then: 0, network, tape) }
        let brief = Array(text.prefix(min(16, text.count)))
        let written = min(64, max(1, description.contextLength - brief.count))
        let alone = try MedianTime(of: repeats) { _ = try decode(brief, then: 0, network, tape) }
        let together = try MedianTime(of: repeats) { _ = try decode(brief, then: written, network, tape) }
        func rate(_ tokens: Int, _ seconds: Double) -> Double { Double(tokens) / max(seconds, 1e-9) }
        let bytes = try checkpoint.tensorBytes()
        return CheckpointBenchmark(
            loadSeconds: loading, fileBytes: bytes, scoreSeconds: scoring / .seconds(1),
            peakResidentBytes: peak, residentShare: Double(peak) / Double(max(bytes, 1)),
            tokensPerSecond: Double(options.mostTokens) / (writing / .seconds(1)),
            promptTokensPerSecond: rate(text.count, taking.wall),
            promptTokensPerProcessorSecond: rate(text.count, taking.processor),
            writtenTokensPerSecond: rate(written, together.wall - alone.wall),
            writtenTokensPerProcessorSecond: rate(written, together.processor - alone.processor),
            scoredTokens: text.count, newTokens: options.mostTokens, threads: BLAS.threads)
    }

    /// Takes a prompt in, then the likeliest token so often.
    private static func decode(
        _ prompt: [Int32], then count: Int, _ network: Network<Decoder>, _ tape: Tape
    ) throws -> Int32 {
        var model = CachedDecoder(network.body, sequences: 1, capacity: prompt.count + count, on: tape) {
            network.weights(on: tape)
        }
        var (new, token) = (prompt, Int32(0))
        for _ in 0...count {
            try model.extend(PackedTokens([new]), of: [0]) { _, logits in
                var best = 0
                for index in logits.indices where logits[index] > logits[best] { best = index }
                token = Int32(best)
            }
            new = [token]
        }
        return token
    }

    private static var peakResidentBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// Lines for a person: names and what was measured.
    public var lines: [(String, String)] {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        func megabytes(_ bytes: Int) -> String { number(Double(bytes) / 1e6, 0) + " MB" }
        return [
            ("opening", number(loadSeconds, 3) + " s"),
            ("tensors", megabytes(fileBytes)),
            ("scoring \(scoredTokens) tokens", number(scoreSeconds, 2) + " s"),
            ("peak resident", megabytes(peakResidentBytes) + ", \(number(residentShare, 2)) of the tensors"),
            ("tokens a second", number(tokensPerSecond, 1)),
            ("prompt", number(promptTokensPerSecond, 1) + " tokens a second"),
            ("writing", number(writtenTokensPerSecond, 1) + " tokens a second"),
            ("threads", "\(threads)"),
        ]
    }
}
