/// Which of several hypotheses are rejected so that with probability 1 − δ none of them is true.
///
/// - SeeAlso: Angelopoulos et al. 2021, "Learn then test", arXiv:2110.01052.
public enum MultipleTests {
    /// Each at δ divided by their number.
    ///
    /// - Parameters:
    ///   - pValues: in [0, 1].
    ///   - delta: in (0, 1).
    /// - Returns: places, rising.
    public static func bonferroni(_ pValues: [Double], delta: Double) -> [Int] {
        pValues.indices.filter { pValues[$0] <= delta / Double(pValues.count) }
    }

    /// Holm's: the smallest at δ/m, the next at δ/(m − 1) and so on until one fails.
    ///
    /// Rejects at least as many as Bonferroni's.
    public static func holm(_ pValues: [Double], delta: Double) -> [Int] {
        var rejected: [Int] = []
        for (place, index) in risingOrder(pValues).enumerated() {
            guard pValues[index] <= delta / Double(pValues.count - place) else { break }
            rejected.append(index)
        }
        return rejected.sorted()
    }

    /// In an order that does not depend on the data, each at δ, until one fails.
    public static func fixedSequence(_ pValues: [Double], delta: Double) -> [Int] {
        Array(pValues.indices.prefix { pValues[$0] <= delta })
    }
}
