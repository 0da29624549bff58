import Foundation

/// How often starts that are called safe lead to a violation, at one level after the other.
///
/// The levels are fixed before anything is seen. They are tested from strict to loose, each by the exact binomial p-value of
/// "the risk among the called-safe exceeds α", beginning with the first level that calls enough starts safe to pass at all;
/// the first failure ends the sequence. With probability 1 − δ at least no level that passed has a risk above α, however many
/// were tested. The beginning is found from the values alone, so the order does not depend on what came of the starts.
/// The bound beside each level is Clopper and Pearson's, for that level by itself.
///
/// - SeeAlso: Angelopoulos, Bates, Candès, Jordan and Lei 2021, "Learn then test", arXiv:2110.01052.
public struct CalledSafeRisk: Codable, Sendable, Hashable {
    /// What is known of one level.
    public struct Level: Codable, Sendable, Hashable {
        /// A start is called safe where its value is at most this.
        public let level: Double
        /// Starts called safe.
        public let kept: Int
        /// Those of them that led to a violation.
        public let violations: Int
        /// Largest risk that the count does not reject, at confidence 1 − δ; nothing where no start is called safe.
        public let upperBound: Double?
        /// Probability of so few violations at a risk of α; 1 where no start is called safe.
        public let pValue: Double
        /// Whether the level passed in the sequence.
        public let isAccepted: Bool

        private enum CodingKeys: String, CodingKey {
            case level, kept, violations
            case upperBound = "upper_bound"
            case pValue = "p_value"
            case isAccepted = "accepted"
        }

        /// Writes all members, a bound that is not there as `null`.
        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(level, forKey: .level)
            try values.encode(kept, forKey: .kept)
            try values.encode(violations, forKey: .violations)
            try values.encode(upperBound, forKey: .upperBound)
            try values.encode(pValue, forKey: .pValue)
            try values.encode(isAccepted, forKey: .isAccepted)
        }
    }

    /// Largest risk among the called-safe.
    public let alpha: Double
    /// Chance that some level passes whose risk is larger.
    public let delta: Double
    /// Starts that a level must call safe to pass without a violation.
    public let needed: Int
    /// All levels, from strict to loose.
    public let levels: [Level]

    /// The loosest level that passed; nothing where none did.
    public var accepted: Level? { levels.last { $0.isAccepted } }

    /// Tests levels.
    ///
    /// - Parameters:
    ///   - starts: value of each start, finite, and whether it led to a violation.
    ///   - levels: in any order; they must not depend on the starts.
    ///   - alpha: largest risk, in (0, 1).
    ///   - delta: chance to be wrong, in (0, 1).
    public init(
        _ starts: [(value: Double, isViolated: Bool)], levels: [Double], alpha: Double, delta: Double
    ) {
        (self.alpha, self.delta) = (alpha, delta)
        let needed = Self.smallestCount(alpha: alpha, delta: delta)
        self.needed = needed
        var isOpen = true
        self.levels = levels.sorted().map { level in
            let kept = starts.filter { $0.value <= level }
            let violations = kept.count { $0.isViolated }
            let pValue = Self.pValue(violations, of: kept.count, alpha: alpha)
            let isTested = isOpen && kept.count >= needed
            if isTested && pValue > delta { isOpen = false }
            return Level(
                level: level, kept: kept.count, violations: violations,
                upperBound: kept.isEmpty
                    ? nil : BinomialCount(events: violations, trials: kept.count).upperBound(delta: delta),
                pValue: pValue, isAccepted: isTested && isOpen)
        }
    }

    /// The fewest starts without a violation whose p-value is at most δ: 29 at α = 0.1 and δ = 0.05.
    ///
    /// - Parameters:
    ///   - alpha: in (0, 1).
    ///   - delta: in (0, 1).
    /// - Returns: at least 1.
    public static func smallestCount(alpha: Double, delta: Double) -> Int {
        precondition(alpha > 0 && alpha < 1, "an alpha of \(alpha) is outside (0, 1)")
        precondition(delta > 0 && delta < 1, "a delta of \(delta) is outside (0, 1)")
        var count = max(1, Int(log(delta) / log1p(-alpha)) - 1)
        while pValue(0, of: count, alpha: alpha) > delta { count += 1 }
        return count
    }

    /// P(at most `violations` of `count` trials) at a probability of α each.
    static func pValue(_ violations: Int, of count: Int, alpha: Double) -> Double {
        if violations == count { return 1 }
        return IncompleteBeta.value(1 - alpha, a: Double(count - violations), b: Double(violations + 1))
    }
}
