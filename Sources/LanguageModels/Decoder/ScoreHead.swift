import Networks
import Tensors

/// A linear layer that turns hidden states into one score each: the head of reward models, cost models and critics.
public struct ScoreHead: Layer {
    let weight, bias: Parameter

    /// Adds `score_head.weight` `[1, hidden]` and `score_head.bias` `[1, 1]`, zeros, to a layout.
    public init(_ hidden: Int, in layout: inout Layout) {
        weight = layout.add("score_head.weight", 1, hidden, .xavierUniform)
        bias = layout.add("score_head.bias", 1, 1, .zeros)
    }

    /// Score of every row: `[T, hidden]` after the last norm → `[T, 1]`.
    public func callAsFunction(_ hidden: Variable, _ w: Weights) -> Variable {
        projection(hidden, w[weight], w[bias])
    }

    /// Score at the last token of every sequence.
    ///
    /// - Parameters:
    ///   - hidden: `[T, hidden]` after the last norm.
    ///   - input: the sequences.
    ///   - w: the numbers of the head.
    /// - Returns: `[sequences, 1]`.
    public func endScores(_ hidden: Variable, of input: PackedTokens, _ w: Weights) -> Variable {
        self(input.lastRows.withUnsafeBufferPointer { hidden.rows(at: $0) }, w)
    }
}
