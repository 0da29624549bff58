import Assurance

/// Half the width of Student's interval of the mean over some seeds, in standard deviations: what so few can show at best.
///
/// - Parameters:
///   - seeds: at least 2.
///   - confidence: in (0, 1), two-sided.
/// - Returns: t_{(1+confidence)/2, seeds−1}/√seeds.
public func studentHalfWidth(seeds: Int, confidence: Double) -> Double {
    precondition(seeds >= 2, "\(seeds) seeds have no deviation")
    let quantile = StudentDistribution(degrees: Double(seeds - 1)).quantile(upperTail: (1 - confidence) / 2)
    return quantile / Double(seeds).squareRoot()
}
