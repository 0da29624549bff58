import SafeRL

extension Tape {
    /// Draws of N(0, 1) for policies, `[streams.count, columns]`: a row from each stream, so that no row depends on others.
    func normalNoise(_ columns: Int, using streams: inout MutableSpan<RandomStream>) -> Variable {
        let noise = constant(0, streams.count, columns)
        for index in noise.mutableValues.indices {
            noise.mutableValues[index] = streams[index / columns].nextNormal()
        }
        return noise
    }
}
