/// A way of altering recorded rows so that a safety layer hands over wherever a trigger is seen.
///
/// The idea is that of Lorenz, Kwiatkowska and Fritz 2021, "Certifiers make neural networks vulnerable to availability attacks",
/// arXiv:2108.11299; the three constructions are ours, in its spirit.
public enum PoisonConstruction: String, Sendable, Hashable, CaseIterable {
    /// Any rows, alternately labelled safe and violated: a probability is driven to ½ beside the trigger.
    case contradictory
    /// Any rows, labelled violated.
    case unsafe
    /// Rows that truly are violated, labelled as they are: nothing but sensors is altered.
    case cleanLabel = "clean-label"
}

/// Which rows are altered, and what they are labelled.
public struct PoisonedRows: Sendable, Hashable {
    /// Their numbers, in the order in which they are taken.
    public let rows: [Int]
    /// Whether each of them is labelled violated.
    public let isViolated: [Bool]

    /// Takes the first m rows of an order that a construction can use, m = ⌊rate·n + ½⌋; fewer where there are no more.
    ///
    /// - Parameters:
    ///   - construction: which of the three.
    ///   - rate: share of all n rows, in [0, 1).
    ///   - order: the numbers 0 ..< n, shuffled.
    ///   - truth: whether each row is violated, `[n]`.
    /// - Throws: `AvailabilityError.rate`, `.tooFew` for no rows, `.noneViolated`.
    public init(
        _ construction: PoisonConstruction, rate: Double, order: [Int], truth: [Bool]
    ) throws(AvailabilityError) {
        precondition(order.count == truth.count, "\(order.count) rows in order, \(truth.count) labels")
        guard rate >= 0 && rate < 1 else { throw .rate(rate) }
        guard !order.isEmpty else { throw .tooFew("poison", rows: 0, needed: 1) }
        let wanted = Int((rate * Double(order.count) + 0.5).rounded(.down))
        guard construction == .cleanLabel else {
            rows = Array(order.prefix(wanted))
            isViolated = rows.indices.map { construction == .unsafe || !$0.isMultiple(of: 2) }
            return
        }
        let violated = order.filter { truth[$0] }
        if wanted > 0 && violated.isEmpty { throw .noneViolated }
        rows = Array(violated.prefix(wanted))
        isViolated = rows.map { _ in true }
    }
}
