import Tensors

/// What filters of data and relabelled episodes draw at random.
///
/// A protocol, because published numbers come from draws of another generator: tests give those.
public protocol DataDraws {
    /// Some of the candidates, none twice, in the order drawn.
    ///
    /// - Parameters:
    ///   - count: at most as many as there are candidates.
    ///   - candidates: what is drawn from.
    /// - Returns: `count` of them.
    mutating func sample(_ count: Int, of candidates: [Int]) -> [Int]

    /// Integers uniform in `0 ..< bound`, independent of each other.
    mutating func integers(_ count: Int, below bound: Int) -> [Int]

    /// Positions in a list of weights, each drawn in proportion to its weight, independent of each other.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - weights: at least 0, not all of them 0.
    /// - Returns: `count` positions.
    mutating func positions(_ count: Int, weights: [Double]) -> [Int]

    /// Numbers uniform in [0, 1).
    mutating func uniforms(_ count: Int) -> [Double]

    /// Fills with draws from N(0, 1).
    mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Float>)
}

extension RandomStream: DataDraws {
    /// Some of the candidates, none twice, by the first steps of a Fisher–Yates shuffle.
    public mutating func sample(_ count: Int, of candidates: [Int]) -> [Int] {
        precondition(count <= candidates.count, "\(count) different ones of \(candidates.count)")
        var rest = candidates
        for place in 0..<count { rest.swapAt(place, place + nextInteger(below: rest.count - place)) }
        return Array(rest.prefix(count))
    }

    /// Integers uniform in `0 ..< bound`.
    public mutating func integers(_ count: Int, below bound: Int) -> [Int] {
        (0..<count).map { _ in nextInteger(below: bound) }
    }

    /// Positions drawn in proportion to their weights, by the sums of the weights.
    public mutating func positions(_ count: Int, weights: [Double]) -> [Int] {
        var total = 0.0
        let sums = weights.map { weight in
            total += weight
            return total
        }
        precondition(total > 0 && total.isFinite, "weights that sum up to \(total)")
        return (0..<count).map { _ in
            let drawn = nextPreciseUniform() * total
            return sums.firstIndex { drawn < $0 } ?? weights.lastIndex { $0 > 0 } ?? 0
        }
    }

    /// Numbers uniform in [0, 1), multiples of 2⁻⁵³.
    public mutating func uniforms(_ count: Int) -> [Double] { (0..<count).map { _ in nextPreciseUniform() } }
}
