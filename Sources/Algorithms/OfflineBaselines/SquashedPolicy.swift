import SafeRL

/// Acts by tanh of a Gaussian's mean, or of a draw.
package final class SquashedPolicy: Policy {
    package var observationSize: Int { space.observation }
    package var actionSize: Int { space.action }

    private let space: ActingSpace
    private let actor: Network<SquashedGaussian>
    private let draws: Bool
    private let tape = Tape()

    init(_ space: ActingSpace, _ actor: Network<SquashedGaussian>, draws: Bool = false) {
        (self.space, self.actor, self.draws) = (space, actor, draws)
    }

    package func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let s = space.seen(observations, rows: streams.count, on: tape)
        let gaussian = gaussian(s)
        guard draws else { return space.write(gaussian.mean.tanh(), to: &actions) }
        let noise = tape.normalNoise(actionSize, using: &streams)
        space.write(gaussian.draw(noise).tanh(), to: &actions)
    }

    private func gaussian(_ s: Variable) -> DiagonalGaussian { actor.body(s, actor.weights(on: tape)) }

    /// What the Gaussian does with given draws of N(0, 1), for a test: actions, row after row, with their log-densities.
    package func draws(for observations: [Float], noise: [Float]) -> (actions: [Float], logDensities: [Float])
    {
        let rows = observations.count / observationSize
        let drawn = gaussian(space.seen(observations.span, rows: rows, on: tape))
        let u = drawn.draw(noise.withUnsafeBufferPointer { tape.constant($0, rows, actionSize) })
        return (Array(u.tanh().values), Array(drawn.squashedLogDensity(of: u).values))
    }
}
