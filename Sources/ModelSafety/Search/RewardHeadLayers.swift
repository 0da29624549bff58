import LanguageModels
import Networks
import Tensors

/// A head that predicts the reward of every next token: M(s) = W_out·(U₂·silu(U₁x + b₁)) + b on what is read of the policy's states.
///
/// W_out is the policy's own output layer, and b a trainable bias of the vocabulary's size, as in the paper. In place of adapters of the
/// attention, two layers on the policy's states are trained: one pass gives policy and rewards.
///
/// - SeeAlso: Saffron-1, arXiv:2506.06444.
package struct RewardHeadLayers: Sendable {
    let first, firstBias, second, bias: Parameter

    /// Adds the parameters.
    ///
    /// - Parameters:
    ///   - hidden: numbers of a state.
    ///   - inputs: numbers that are read of a token.
    ///   - inner: width between the layers.
    ///   - vocabulary: of the policy.
    ///   - layout: they go to.
    package init(hidden: Int, inputs: Int, inner: Int, vocabulary: Int, in layout: inout Layout) {
        first = layout.add("inner.weight", inner, inputs, .xavierUniform)
        firstBias = layout.add("inner.bias", 1, inner, .zeros)
        second = layout.add("outer.weight", hidden, inner, .zeros)
        bias = layout.add("bias", 1, vocabulary, .zeros)
    }

    /// Rewards of every next token: `[B, inputs]` → `[B, vocabulary]`.
    package func callAsFunction(
        _ inputs: Variable, _ w: Weights, policy: Decoder, _ policyWeights: Weights
    ) -> Variable {
        let inner = projection(inputs, w[first], w[firstBias]).silu()
        return policy.logits(projection(inner, w[second]), policyWeights) + w[bias]
    }

    /// The mean over replies' tokens of (M(s_{<j})[s_j] − R(s_{≤j}))², as `PartialSupervision` has it.
    package func loss(
        _ inputs: Variable, tokens: [Int32], rewards: [Float], _ w: Weights, policy: Decoder,
        _ policyWeights: Weights
    ) -> Variable {
        let all = self(inputs, w, policy: policy, policyWeights)
        let picked = tokens.withUnsafeBufferPointer { all.picking($0) }
        return (picked - inputs.tape.column(rewards)).squared().mean()
    }
}
