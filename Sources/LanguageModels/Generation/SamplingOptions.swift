import Foundation
import Tensors

/// How the next token is chosen: part of a policy, since other settings are another policy.
public struct SamplingOptions: Codable, Sendable, Equatable {
    /// Logits are divided by it; 0 takes the likeliest token.
    public var temperature: Float = 1
    /// Only this many likeliest tokens are kept; nil for all.
    public var topK: Int?
    /// Only the fewest likeliest tokens whose probabilities reach this sum are kept; in (0, 1], 1 for all.
    public var topP: Float = 1
    /// Positive logits of tokens that occurred are divided by it, negative ones multiplied; 1 for none, above 0.
    public var repetitionPenalty: Float = 1
    /// Tokens that may be generated for each prompt.
    public var mostTokens = 128
    /// Tokens from this number on are never chosen, such as rows of the embedding that no tokenizer uses; nil for none.
    public var vocabularyLimit: Int?

    /// Sampling from the full distribution, as log-probabilities of the model assume.
    public init() {}

    /// What is impossible about the options; nil when they are sound.
    public var fault: String? {
        if !(temperature >= 0 && temperature.isFinite) { return "temperature \(temperature) is below 0" }
        if let topK, topK < 1 { return "topK \(topK) is below 1" }
        if !(topP > 0 && topP <= 1) { return "topP \(topP) is outside (0, 1]" }
        if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) {
            return "repetitionPenalty \(repetitionPenalty) is not above 0"
        }
        if mostTokens < 0 { return "mostTokens \(mostTokens) is below 0" }
        if let vocabularyLimit, vocabularyLimit < 1 { return "vocabularyLimit \(vocabularyLimit) is below 1" }
        return nil
    }

    /// Chooses a token.
    ///
    /// The penalty comes first, then the temperature, then top-k, then top-p. Of equal logits the first token counts as
    /// likelier.
    ///
    /// - Parameters:
    ///   - logits: of the whole vocabulary, finite.
    ///   - seen: the tokens before it, prompt included.
    ///   - stream: one number is drawn, none where the temperature is 0.
    /// - Returns: the token.
    public func choose(
        _ logits: some Collection<Float>, after seen: [Int32], using stream: inout RandomStream
    ) -> Int32 {
        let count = min(logits.count, vocabularyLimit ?? .max)
        let isPlain = temperature > 0 && repetitionPenalty == 1 && topK == nil && topP >= 1
        if isPlain { return draw(from: logits.prefix(count), using: &stream) }
        var logits = Array(logits.prefix(count))
        if repetitionPenalty != 1 {
            for token in Set(seen) where Int(token) < logits.count {
                let logit = logits[Int(token)]
                logits[Int(token)] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty
            }
        }
        guard temperature > 0 else { return Int32(Self.likeliest(logits)) }
        let draw = Double(stream.nextUniform())
        let top = Double(logits[Self.likeliest(logits)])
        let weights = logits.map { exp((Double($0) - top) / Double(temperature)) }
        if topK == nil && topP >= 1 {
            return weights.withUnsafeBufferPointer { Self.pick($0.indices, $0, draw) }
        }
        var order = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
        if let topK { order.removeLast(max(0, order.count - topK)) }
        if topP < 1 {
            let total = order.reduce(0) { $0 + weights[$1] }
            var (kept, sum) = (0, 0.0)
            while kept < order.count && sum < Double(topP) * total {
                sum += weights[order[kept]]
                kept += 1
            }
            order.removeLast(order.count - kept)
        }
        return weights.withUnsafeBufferPointer { Self.pick(order, $0, draw) }
    }

    /// Draws from the full distribution; a small vocabulary needs no memory of its own.
    private func draw(from logits: some Collection<Float>, using stream: inout RandomStream) -> Int32 {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: logits.count) { weights in
            let draw = Double(stream.nextUniform())
            let top = Double(logits.max() ?? 0)
            for (index, logit) in logits.enumerated() {
                weights[index] = exp((Double(logit) - top) / Double(temperature))
            }
            return Self.pick(weights.indices, UnsafeBufferPointer(weights), draw)
        }
    }

    private static func likeliest(_ logits: [Float]) -> Int {
        var best = 0
        for index in logits.indices where logits[index] > logits[best] { best = index }
        return best
    }

    /// The first token at which the running sum exceeds `draw` of the whole.
    private static func pick(
        _ tokens: some BidirectionalCollection<Int>, _ weights: UnsafeBufferPointer<Double>, _ draw: Double
    ) -> Int32 {
        var rest = draw * tokens.reduce(0) { $0 + weights[$1] }
        for token in tokens {
            rest -= weights[token]
            if rest < 0 { return Int32(token) }
        }
        return Int32(tokens.last { weights[$0] > 0 } ?? 0)
    }
}
