/// Below which value of a start a policy may call it safe, so that a start which leads to a violation is seldom called so.
///
/// With the values of m starts that did lead to one, the level is the ⌊α(m + 1)⌋-th smallest of them, and safe means
/// strictly below. A further violating start, exchangeable with these, then lies below with probability α at most.
/// The statement is relative to starts, environment and policy, and an average over what might have been seen: with these
/// m starts the probability may be larger.
///
/// - SeeAlso: Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random world".
public struct FalseSafeLevel: Codable, Sendable, Hashable {
    /// Largest probability with which a violating start is called safe.
    public let alpha: Double
    /// Starts that led to a violation.
    public let violating: Int
    /// Which of their values the level is, counted from 1 and the smallest; 0 where there is no level.
    public let rank: Int
    /// How many violating starts a level takes at least.
    public let needed: Int
    /// The level; nothing where too few starts led to a violation.
    public let level: Double?

    /// Takes a level from the values of violating starts.
    ///
    /// - Parameters:
    ///   - values: one of each start that led to a violation, in any order, each finite.
    ///   - alpha: in (0, 1).
    public init(violating values: [Double], alpha: Double) {
        precondition(alpha > 0 && alpha < 1, "an alpha of \(alpha) is outside (0, 1)")
        self.alpha = alpha
        violating = values.count
        rank = Self.rank(values.count, alpha)
        level = rank == 0 ? nil : values.sorted()[rank - 1]
        var least = max(1, Int(1 / alpha) - 2)
        while Self.rank(least, alpha) == 0 { least += 1 }
        needed = least
    }

    /// ⌊α(m + 1)⌋, freed from the rounding of the product; at most m.
    private static func rank(_ count: Int, _ alpha: Double) -> Int {
        min(count, Int(alpha * Double(count + 1) + 1e-12))
    }

    private enum CodingKeys: String, CodingKey { case alpha, violating, rank, needed, level }

    /// Writes all members, a level that is not there as `null`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(alpha, forKey: .alpha)
        try values.encode(violating, forKey: .violating)
        try values.encode(rank, forKey: .rank)
        try values.encode(needed, forKey: .needed)
        try values.encode(level, forKey: .level)
    }
}
