import SafeRL

/// The random streams of a run.
package struct RunStreams: Codable {
    /// Of batches, and of everything else in an update.
    package var sampling, noise: RandomStream

    init(seed: UInt64) {
        sampling = RandomStream(seed: seed, for: .sampling)
        noise = RandomStream(seed: seed, for: .noise)
    }
}
