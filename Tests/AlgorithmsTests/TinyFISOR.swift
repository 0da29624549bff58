import Algorithms
import SafeRL

extension FISOR.Configuration {
    /// Small enough for a test, with everything switched on.
    static var tiny: FISOR.Configuration {
        var c = FISOR.Configuration()
        (c.criticWidths, c.timeWidths, c.timeFeatures) = ([8, 8], [8, 8], 8)
        (c.width, c.blocks, c.policyRows, c.criticRows, c.candidates) = (8, 2, 16, 16, 4)
        return c
    }
}

/// Transitions of random numbers: 3 observations, 2 actions, 200 rows, an end every 20 rows, alternately of each kind.
func randomTransitions(seed: UInt64 = 5) throws -> TransitionDataset {
    var stream = RandomStream(seed: seed, for: .testing)
    var columns = TransitionColumns(observationSize: 3, actionSize: 2, hasConstraintValues: true)
    for row in 0..<200 {
        let state = (0..<3).map { _ in stream.nextNormal() }
        let next = (0..<3).map { _ in stream.nextNormal() }
        columns.append(
            observation: state, action: (0..<2).map { _ in stream.nextUniform(in: -1..<1) },
            nextObservation: next,
            reward: stream.nextNormal(), cost: stream.nextUniform() < 0.3 ? 1 : 0, constraintValue: state[0],
            terminated: row % 40 == 19, truncated: row % 40 == 39)
    }
    return try TransitionDataset(columns)
}

extension FISOR {
    /// One learner's vectors, one after the other, for comparing bits.
    var fingerprint: [Float] {
        func all<Body>(_ learner: Learner<Body>) -> [Float] {
            learner.layout.entries.flatMap { Array(learner.elements($0, .weights)) }
        }
        return all(policy) + all(qr) + all(vr) + all(qh) + all(vh)
    }
}
