import SafeRL

/// LSPC's policies: decode a code, drawn without looking at the state (LSPC-S) or by the encoder (LSPC-O).
///
/// Both draw at random, also when they are evaluated, as in the authors' code.
package struct LatentPolicy: Policy {
    /// Floats in an observation.
    package var observationSize: Int { space.observation }
    /// Floats in an action.
    package var actionSize: Int { space.action }

    private let configuration: LSPC.Configuration
    private let space: LSPC.Space
    private let autoencoder: Network<ActionAutoencoder>
    private let encoder: Network<SquashedGaussian>
    private let tape = Tape()

    init(
        _ configuration: LSPC.Configuration, _ space: LSPC.Space,
        autoencoder: Network<ActionAutoencoder>, encoder: Network<SquashedGaussian>
    ) {
        (self.configuration, self.space) = (configuration, space)
        (self.autoencoder, self.encoder) = (autoencoder, encoder)
    }

    /// One code for each observation, from its own stream.
    package func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let rows = streams.count
        precondition(
            observations.count == rows * observationSize && actions.count == rows * actionSize,
            "act: sizes do not fit")
        let seen = Tensor(rows, observationSize), noise = Tensor(rows, configuration.codes)
        for index in 0..<observations.count { seen.buffer[index] = observations[index] }
        space.transforms.normalise(observations: seen.buffer)
        for row in 0..<rows {
            for code in 0..<configuration.codes { noise[row, code] = streams[row].nextNormal() }
        }
        let chosen = self.actions(in: seen, noise).values
        for index in 0..<actions.count { actions[index] = chosen[index] }
    }

    /// The actions of draws; valid until the next call.
    ///
    /// - Parameters:
    ///   - seen: observations after the transforms, `[B, O]`.
    ///   - noise: draws from N(0, 1), `[B, codes]`.
    /// - Returns: `[B, A]`.
    package func actions(in seen: borrowing Tensor, _ noise: borrowing Tensor) -> Variable {
        tape.reset()
        let s = tape.constant(seen), drawn = tape.constant(noise), c = configuration
        let limit = c.codeLimit > 0 ? c.codeLimit : c.latentLimit
        let z =
            switch c.policy {
            case .safe: drawn.clipped(-limit, limit)
            case .optimised:
                encoder.body(s, encoder.weights(on: tape)).draw(drawn).tanh() * c.latentLimit
            }
        return autoencoder.body.raw(s, z, autoencoder.weights(on: tape)).tanh()
    }
}
