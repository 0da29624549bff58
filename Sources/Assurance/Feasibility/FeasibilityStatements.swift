/// What episodes say of a learned feasibility value V_h of their starts, which is at most 0 where a start is judged safe.
///
/// Both statements are relative to the starts, the environment and the policy that made the episodes, one start an episode.
public struct FeasibilityStatements: Codable, Sendable, Hashable {
    /// Values at which `calledSafe` is tested: dense where costs have the scale of FISOR, and wide for constraints of others.
    public static let levels: [Double] =
        [-100, -50, -20, -10, -5, -2, -1.5] + (-20...0).map { Double($0) / 20 }
    /// Largest risk among the called-safe that is tested.
    public static let risk = 0.1

    /// Starts, one an episode.
    public let starts: Int
    /// Below which value a start that leads to a violation seldom lies.
    public let falseSafe: FalseSafeLevel
    /// How often starts that are called safe lead to a violation.
    public let calledSafe: CalledSafeRisk

    private enum CodingKeys: String, CodingKey {
        case starts
        case falseSafe = "false_safe"
        case calledSafe = "called_safe"
    }

    /// Makes both statements.
    ///
    /// - Parameters:
    ///   - starts: V_h of each start, finite, and whether its episode had a violation.
    ///   - confidence: in (0, 1); 1 − confidence is α of the first statement and δ of the second.
    public init(_ starts: [(value: Double, isViolated: Bool)], confidence: Double) {
        // Written with few digits: 1 − 0.95 is not 0.05, and at the border of a rank that would count.
        let miss = ((1 - confidence) * 1e12).rounded() / 1e12
        self.starts = starts.count
        falseSafe = FalseSafeLevel(
            violating: starts.filter(\.isViolated).map(\.value), alpha: max(miss, 1e-12))
        calledSafe = CalledSafeRisk(
            starts, levels: Self.levels, alpha: Self.risk, delta: max(miss, 1e-12))
    }
}
