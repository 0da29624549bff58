import Foundation
import LanguageModels
import Networks
import SafeRL
import Tensors
import TestSupport

/// Reference values of one small decoder.
struct GoldenDecoder {
    struct Padded: Decodable {
        let input_ids: [[Int32]]
        let attention_mask: [[Int]]
        let logits: [[[Double]?]]?
        let last_hidden_state_at_last_token: [[Double]]
        let token_log_probs: [[Double?]]
    }
    struct Loss: Decodable {
        let loss: Double
        let grad_norms: [String: Double]
        let weights: [Double]?
    }
    struct Score: Decodable {
        let weight: [[Double]]
        let bias: [Double]
        let end_scores: [Double]
        let loss: Double
        let grad_weight: [[Double]]
        let grad_bias: [Double]
        let grad_layer0_k_proj_norm: Double
        let grad_embed_norm: Double
    }
    struct Greedy: Decodable {
        struct Case: Decodable {
            let prompt, tokens: [Int32]
        }
        let cases: [Case]
    }
    struct Long: Decodable {
        let input_ids: [Int32]
        let last_logits, logits_at_100: [Double]
    }
    struct Expected: Decodable {
        let right, left: Padded
        let cross_entropy, reinforce: Loss
        let score_head: Score
        let greedy: Greedy
        let long: Long
        let inv_freq: [Double]
    }

    static let all = ["llama", "qwen2", "llama3-rope"]
    static func directory(_ name: String) -> URL {
        Golden.directory("HCRLHF").appendingPathComponent("transformer").appendingPathComponent(name)
    }

    let checkpoint: HubCheckpoint
    let expected: Expected
    let directory: URL

    init(_ name: String) throws {
        directory = Self.directory(name)
        checkpoint = try HubCheckpoint(directory: directory.path)
        expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: directory.appendingPathComponent("expected.json")))
    }

    var description: DecoderDescription { checkpoint.description }

    func learner() throws -> Learner<Decoder> {
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("decoder", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Decoder(description, in: &$0)
        }
        try checkpoint.load(into: learner)
        return learner
    }
}

extension GoldenDecoder.Padded {
    var packed: PackedTokens { PackedTokens(rows: input_ids, mask: attention_mask) }
    var logProbabilities: [Double] { token_log_probs.flatMap { $0.compactMap { $0 } } }
}

/// Largest difference.
func difference(_ actual: some Collection<Float>, _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    return zip(actual, expected).reduce(0) { worst, pair in
        let error = abs(Double(pair.0) - pair.1)
        return error <= worst ? worst : error
    }
}
