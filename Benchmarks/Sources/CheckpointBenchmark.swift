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
    /// New tokens in a second, one prompt of 16 tokens continued greedily by `newTokens` tokens.
    public let tokensPerSecond: Double
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
        case scoredTokens = "scored_tokens"
        case newTokens = "new_tokens"
        case threads
    }

    /// Opens a hub directory, scores a text of random tokens, and continues a prompt; nothing is warmed up.
    ///
    /// - Parameter directory: whose decoder has room for the text; a shorter context scores as many tokens.
    /// - Returns: what was measured.
    /// - Throws: the errors of a hub directory, or `NonFiniteError`.
    public static func run(_ directory: String) throws -> CheckpointBenchmark {
        let clock = ContinuousClock()
        let start = clock.now
        let checkpoint = try HubCheckpoint(directory: directory)
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
        let bytes = try checkpoint.tensorBytes()
        return CheckpointBenchmark(
            loadSeconds: loading, fileBytes: bytes, scoreSeconds: scoring / .seconds(1),
            peakResidentBytes: peak, residentShare: Double(peak) / Double(max(bytes, 1)),
            tokensPerSecond: Double(options.mostTokens) / (writing / .seconds(1)),
            scoredTokens: text.count, newTokens: options.mostTokens, threads: BLAS.threads)
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
            ("threads", "\(threads)"),
        ]
    }
}
