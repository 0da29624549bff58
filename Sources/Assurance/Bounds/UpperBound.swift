import Foundation
import Storage

/// A bound on the mean of a distribution from a sample of it, missed with probability delta at most.
///
/// What "at most" rests on stands in `assumptions`; none of the bounds can check that draws are independent.
public protocol UpperBound: Sendable {
    /// The name in reports and on the command line, such as `hoeffding`.
    var name: String { get }
    /// What the bound rests on.
    var assumptions: Assumptions { get }
    /// The largest delta that the bound is stated for; it must be below 1 in any case.
    var largestDelta: Double { get }
    /// The fewest costs with which a test may certify; 2 at least.
    var leastCount: Int { get }
    /// Whether a test may certify only where some costs differ.
    var needsSpread: Bool { get }

    /// Bounds the mean from above.
    ///
    /// - Parameters:
    ///   - costs: the sample.
    ///   - delta: probability that the mean exceeds the bound, in (0, 1) and at most `largestDelta`.
    /// - Returns: a number that may lie above every possible cost, where it says nothing.
    /// - Throws: `BoundError` when the sample is too small or is not what the bound assumes.
    func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double
}

extension UpperBound {
    /// 1.
    public var largestDelta: Double { 1 }
    /// 2.
    public var leastCount: Int { 2 }
    /// No: a bound that holds for every sample size holds for equal costs too.
    public var needsSpread: Bool { false }
    /// Whether delta is kept only in the limit of large samples.
    public var isApproximate: Bool { assumptions.validity == .largeSamples }
    /// What to bear in mind of an approximate bound, as a sentence.
    public var caution: String {
        "Approximate: the \(name) bound keeps delta for normal costs only, and misses rare large ones."
    }

    /// Refuses a delta that the bound is not stated for.
    func check(_ delta: Double) {
        precondition(
            delta > 0 && delta < 1 && delta <= largestDelta,
            "\(name): a delta of \(delta) is not in (0, 1) or above \(largestDelta)")
    }

    /// Refuses samples that are too small or hold anything but the numbers assumed.
    func check(_ costs: [Double], atLeast least: Int, in range: ClosedRange<Double>? = nil)
        throws(BoundError)
    {
        guard costs.count >= least else { throw .tooFew(costs.count, needed: least) }
        for (index, cost) in costs.enumerated() {
            guard cost.isFinite else { throw .notFinite(cost, index: index) }
            if let range, !range.contains(cost) { throw .outside(cost, index: index, range: range) }
        }
    }
}

/// What a bound rests on, in cases and in words.
public struct Assumptions: Codable, Sendable, Hashable {
    /// A property that the costs must have.
    public enum Condition: Sendable, Hashable {
        /// Independent draws from one distribution.
        case independent
        /// Every possible cost lies in the range.
        case bounded(ClosedRange<Double>)
        /// Every cost is 0 or 1.
        case binary
        /// The distribution is normal.
        case normal
    }

    /// For which sample sizes the bound keeps its delta under the conditions.
    public enum Validity: String, Codable, Sendable {
        /// For every size.
        case everySize = "every sample size"
        /// Only in the limit of large samples, where a condition does not hold exactly.
        case largeSamples = "large samples"
    }

    /// All that must hold.
    public let conditions: [Condition]
    /// When that is enough.
    public let validity: Validity
    /// All of it as one sentence.
    public let words: String

    init(_ conditions: [Condition], _ validity: Validity = .everySize, note: String = "") {
        (self.conditions, self.validity) = (conditions, validity)
        words = conditions.map(\.words).joined(separator: ", ") + note
    }

    /// Every cost that the conditions allow; nil where they do not limit it.
    public var range: ClosedRange<Double>? {
        for condition in conditions {
            switch condition {
            case .bounded(let range): return range
            case .binary: return 0...1
            case .independent, .normal: continue
            }
        }
        return nil
    }
}

extension Assumptions.Condition {
    /// The condition in words.
    public var words: String {
        switch self {
        case .independent: "independent, identically distributed costs"
        case .bounded(let range):
            String(format: "every possible cost in [%g, %g]", range.lowerBound, range.upperBound)
        case .binary: "every cost is 0 or 1"
        case .normal: "normally distributed"
        }
    }
}

extension Assumptions.Condition: Codable {
    private enum CodingKeys: CodingKey { case kind, low, high }
    private enum Kind: String, Codable { case independent, bounded, binary, normal }

    /// Reads an object with `kind`, and with `low` and `high` for bounded costs.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        switch try values.decode(Kind.self, forKey: .kind) {
        case .independent: self = .independent
        case .binary: self = .binary
        case .normal: self = .normal
        case .bounded:
            let low = try values.decode(Double.self, forKey: .low)
            let high = try values.decode(Double.self, forKey: .high)
            guard low <= high else {
                throw DecodingError.dataCorruptedError(
                    forKey: .low, in: values, debugDescription: "low is above high")
            }
            self = .bounded(low...high)
        }
    }

    /// Writes the object.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .independent: try values.encode(Kind.independent, forKey: .kind)
        case .binary: try values.encode(Kind.binary, forKey: .kind)
        case .normal: try values.encode(Kind.normal, forKey: .kind)
        case .bounded(let range):
            try values.encode(Kind.bounded, forKey: .kind)
            try values.encode(range.lowerBound, forKey: .low)
            try values.encode(range.upperBound, forKey: .high)
        }
    }
}

/// Why there is no bound for a sample.
public enum BoundError: Fault, Equatable {
    /// Too few costs.
    case tooFew(Int, needed: Int)
    /// A cost that is NaN or infinite.
    case notFinite(Double, index: Int)
    /// A cost outside the range that was stated for all.
    case outside(Double, index: Int, range: ClosedRange<Double>)
    /// A cost that is neither 0 nor 1.
    case notBinary(Double, index: Int)

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One sentence.
    public var description: String {
        switch self {
        case .tooFew(let count, let needed): "\(count) costs: the bound needs at least \(needed)."
        case .notFinite(let cost, let index): "cost \(index) is \(cost): the bound needs finite numbers."
        case .outside(let cost, let index, let range):
            "cost \(index) is \(cost), outside the stated range "
                + String(format: "[%g, %g]", range.lowerBound, range.upperBound)
                + ": state a range that holds every possible cost."
        case .notBinary(let cost, let index):
            "cost \(index) is \(cost): the bound is for costs of 0 and 1 only."
        }
    }
}
