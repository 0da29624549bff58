import Alignment
import Foundation
import LanguageModels
import Networks
import Tensors

/// A decoder whose tokens are columns of a trie: keys and values of every block, and the state behind the last norm.
///
/// Every column is computed by itself, so that no bit of it depends on what else is asked for: a search that shares beginnings and one
/// that does not see the same numbers. Belongs to one isolation domain, as its tape does.
public struct DecoderColumns: ColumnModel {
    /// What is kept of a token.
    public struct Column: Sendable, Hashable {
        /// Rotated keys, and values, of each block.
        let keys, values: [[Float]]
        /// Behind the last norm, `[hidden]`.
        public let state: [Float]
        /// The state of the prompt's last token, and the sum of the reply's states so far with how many they are.
        let asked, sum: [Float]
        let count: Int

        /// What a head is given, as `HeadTrace` has it.
        package func input(_ reading: HeadReading) -> [Float] {
            reading.input(state, prompt: asked, mean: count == 0 ? sum : sum.map { $0 / Float(count) })
        }
    }

    /// Tokens before the reply, whose states are not of it; at least 1.
    public var promptTokens = 1
    /// Tokens that the columns attended to, their own among them, summed over all that were computed.
    public private(set) var attended = 0
    let network: Network<Decoder>
    private let tape = Tape()

    /// Takes the weights of a model.
    ///
    /// - Throws: `SafetensorsError`, `HubError` or `GGUFError`.
    public init(_ file: ModelFile) throws { network = try file.network() }

    /// Computes columns one by one.
    ///
    /// - Throws: `NonFiniteError`.
    public mutating func columns(of tokens: [(token: Int, before: [Column])]) throws -> [Column] {
        try tokens.map { token, before in
            attended += before.count + 1
            return try column(Int32(token), behind: before)
        }
    }

    private func column(_ token: Int32, behind before: [Column]) throws -> Column {
        tape.reset()
        let description = network.body.description
        let width = description.headWidth
        let group = description.heads / description.keyValueHeads
        var (keys, values): ([[Float]], [[Float]]) = ([], [])
        let state = network.body.hidden([token], at: [before.count], network.weights(on: tape)) {
            layer, q, k, v in
            keys.append(Array(k.values))
            values.append(Array(v.values))
            let query = Array(q.values)
            var result = [Float](repeating: 0, count: query.count)
            for head in 0..<description.heads {
                let (from, own) = (head * width, head / group * width)
                func score(_ keys: [Float]) -> Float {
                    (0..<width).reduce(0) { $0 + query[from + $1] * keys[own + $1] }
                        / Float(width).squareRoot()
                }
                var weights = before.map { score($0.keys[layer]) }
                weights.append(score(keys[layer]))
                let largest = weights.reduce(-Float.infinity, max)
                for place in weights.indices { weights[place] = exp(weights[place] - largest) }
                let sum = weights.reduce(0, +)
                for (place, weight) in weights.enumerated() {
                    let seen = place < before.count ? before[place].values[layer] : values[layer]
                    for index in 0..<width { result[from + index] += weight / sum * seen[own + index] }
                }
            }
            return result.withUnsafeBufferPointer { tape.constant($0, 1, query.count) }
        }.values
        guard Vectors.areFinite(state) else { throw NonFiniteError("states of a decoder") }
        // A head reads the reply's states behind the prompt's last one.
        let place = before.count - promptTokens
        guard place >= 0, let last = before.last else {
            return Column(
                keys: keys, values: values, state: Array(state), asked: Array(state),
                sum: [Float](repeating: 0, count: state.count), count: 0)
        }
        return Column(
            keys: keys, values: values, state: Array(state), asked: last.asked,
            sum: zip(last.sum, state).map { $0 + $1 }, count: place + 1)
    }
}
