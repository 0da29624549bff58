/// Points that fill a box evenly, the same ones for every seed.
///
/// - SeeAlso: Halton 1960, On the efficiency of certain quasi-random sequences of points.
enum HaltonPoints {
    /// The first points of the sequence.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - size: coordinates; each has a prime of its own.
    /// - Returns: one behind the other, in (0, 1).
    static func unit(_ count: Int, size: Int) -> [Double] {
        let bases = primes(size)
        return (1...max(count, 1)).prefix(count).flatMap { index in bases.map { radicalInverse(index, $0) } }
    }

    /// The digits of a whole number in a base, mirrored at the point.
    private static func radicalInverse(_ index: Int, _ base: Int) -> Double {
        var (rest, share, result) = (index, 1.0 / Double(base), 0.0)
        while rest > 0 {
            result += share * Double(rest % base)
            rest /= base
            share /= Double(base)
        }
        return result
    }

    private static func primes(_ count: Int) -> [Int] {
        var found: [Int] = []
        var number = 2
        while found.count < count {
            if found.allSatisfy({ !number.isMultiple(of: $0) }) { found.append(number) }
            number += 1
        }
        return found
    }
}
