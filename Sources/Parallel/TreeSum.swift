/// Sums by a balanced tree, neighbours first, in single precision: the same bits however its leaves are shared out.
public enum TreeSum {
    /// Sums vectors into the first of them; the others are spoilt.
    ///
    /// - Parameter parts: a power of two of vectors of equal length.
    public static func collapse(_ parts: [UnsafeMutableBufferPointer<Float>]) {
        precondition(parts.count.nonzeroBitCount == 1, "\(parts.count) leaves of a balanced tree")
        var step = 1
        while step < parts.count {
            for place in stride(from: 0, to: parts.count, by: 2 * step) {
                add(parts[place + step], to: parts[place])
            }
            step *= 2
        }
    }

    /// Sums the vectors of all processes; each is left with the same bits.
    ///
    /// Halves are exchanged with ever farther neighbours and summed, so that each ends with a share of the sum; then shares are
    /// collected the same way back: 2(p − 1)/p of the vector crosses the network, in 2 log₂ p messages.
    ///
    /// - Parameters:
    ///   - values: this process's own; the sum afterwards.
    ///   - peers: a power of two.
    ///   - tag: of the exchange.
    ///   - patience: seconds to wait for a process at most.
    /// - Throws: `ParallelFault`.
    public static func overRanks(
        _ values: UnsafeMutableBufferPointer<Float>, _ peers: any Peers, tag: Int, patience: Int?
    ) throws(ParallelFault) {
        precondition(peers.count.nonzeroBitCount == 1, "\(peers.count) processes")
        guard peers.count > 1, !values.isEmpty else { return }
        let room = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count / 2 + 1)
        defer { room.deallocate() }
        var (own, step) = (values.indices, 1)
        var levels: [(kept: Range<Int>, given: Range<Int>)] = []
        while step < peers.count {
            let middle = own.lowerBound + own.count / 2
            let (lower, upper) = (own.lowerBound..<middle, middle..<own.upperBound)
            let (kept, given) = peers.rank & step == 0 ? (lower, upper) : (upper, lower)
            let other = UnsafeMutableBufferPointer(rebasing: room[..<kept.count])
            try peers.exchange(
                with: peers.rank ^ step, tag: tag, UnsafeRawBufferPointer(rebasing(values, given)),
                into: UnsafeMutableRawBufferPointer(other), patience: patience)
            add(other, to: rebasing(values, kept))
            levels.append((kept, given))
            own = kept
            step *= 2
        }
        for (kept, given) in levels.reversed() {
            step /= 2
            try peers.exchange(
                with: peers.rank ^ step, tag: tag, UnsafeRawBufferPointer(rebasing(values, kept)),
                into: UnsafeMutableRawBufferPointer(rebasing(values, given)), patience: patience)
        }
    }

    private static func rebasing(
        _ values: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>
    ) -> UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(rebasing: values[range]) }

    /// Addition commutes, so both partners of an exchange get the same bits.
    private static func add(
        _ others: UnsafeMutableBufferPointer<Float>, to values: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(others.count == values.count, "vectors of \(others.count) and \(values.count) numbers")
        for index in values.indices { values[index] += others[index] }
    }
}
