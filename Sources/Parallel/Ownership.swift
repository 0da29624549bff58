/// Which process computes which parts, and which rows a part has.
public enum Ownership {
    /// The parts of a process: neighbours, so that they are a subtree of the sum.
    ///
    /// - Parameters:
    ///   - rank: in `0 ..< ranks`.
    ///   - ranks: divides `shards`.
    ///   - shards: a power of two.
    /// - Returns: their numbers.
    /// - Throws: `ParallelFault.unevenRanks`.
    public static func shards(of rank: Int, among ranks: Int, shards: Int) throws(ParallelFault) -> Range<Int>
    {
        guard ranks > 0 && ranks <= shards && shards.isMultiple(of: ranks) else {
            throw .unevenRanks(ranks, shards: shards)
        }
        return rank * shards / ranks..<(rank + 1) * shards / ranks
    }

    /// Where the parts of so many rows begin and end: ⌊rows · s / shards⌋.
    public static func bounds(rows: Int, shards: Int) -> [Int] { (0...shards).map { rows * $0 / shards } }
}
