import Networks

/// A diffusion model's denoiser as the steps of a network that reads an observation, a noisy action and the code of a time step,
/// in this order.
///
/// The code is an input, because it is the same number for every row at one time step and can be computed once.
public struct DenoisingSteps: BoundableLayer {
    private let score: ScoreNetwork

    /// Describes the steps of a score network; dropout is left out, as when acting.
    public init(_ score: ScoreNetwork) { self.score = score }

    /// Numbers of an observation, an action and a code.
    public var inputs: Int { score.sizes.observation + score.sizes.action + score.codeSize }

    /// The predicted noise, one number for each of the action.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        let (o, a) = (score.sizes.observation, score.sizes.action)
        // The layer's own order is action, observation, code.
        let order = Array(a..<a + o) + Array(0..<a) + Array(a + o..<inputs)
        var stream = try steps.affine(score.input, readingInputs: order, x)
        for block in score.blocks {
            var branch = try block.norm.add(after: stream, to: &steps)
            branch = try block.up.add(after: branch, to: &steps)
            branch = try block.down.add(after: branch, to: &steps)
            stream = steps.sum([1, 1], [stream, branch])
        }
        return try score.output.add(after: steps.activation(.mish, stream), to: &steps)
    }
}
