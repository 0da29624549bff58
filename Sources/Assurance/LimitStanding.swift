/// On which side of a limit a mean lies, as far as its interval tells.
public struct LimitStanding: Codable, Sendable, Hashable {
    /// What can be said.
    public enum Verdict: String, Codable, Sendable {
        /// The whole interval is at or below the limit.
        case within
        /// The whole interval is above the limit.
        case over
        /// The interval contains the limit, or there is none.
        case undecided

        /// Compares an interval with a limit.
        public init(of range: ClosedRange<Double>, limit: Double) {
            self = range.upperBound <= limit ? .within : range.lowerBound > limit ? .over : .undecided
        }
    }

    /// Largest acceptable mean.
    public let limit: Double
    /// What the interval says.
    public let verdict: Verdict
    /// About how many draws would decide, sooner too many than too few, if their mean and spread stayed as they are; nothing where the verdict stands,
    /// and where the mean lies on the limit or a cost of 0 would have to be shown.
    public let drawsToDecide: Int?

    private enum CodingKeys: String, CodingKey {
        case limit
        case verdict = "standing"
        case drawsToDecide = "episodes_to_decide"
    }

    /// Writes all members, those without a value as `null`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(limit, forKey: .limit)
        try values.encode(verdict, forKey: .verdict)
        try values.encode(drawsToDecide, forKey: .drawsToDecide)
    }

    /// Compares a mean with a limit.
    ///
    /// - Parameters:
    ///   - sample: what was seen.
    ///   - interval: of the mean; nothing where there is none.
    ///   - limit: largest acceptable mean.
    public init(of sample: SampleMean, _ interval: MeanInterval?, limit: Double) {
        self.limit = limit
        verdict = interval.map { Verdict(of: $0.range, limit: limit) } ?? .undecided
        drawsToDecide =
            verdict == .undecided ? interval.flatMap { Self.draws(sample, $0, limit) } : nil
    }

    /// Splits the half-width w into a part that shrinks with √n, from the spread, and a rest that shrinks with n, and asks
    /// when their sum is the distance from the limit.
    private static func draws(_ sample: SampleMean, _ interval: MeanInterval, _ limit: Double) -> Int? {
        let distance = abs(sample.mean - limit)
        let (low, high) = (interval.range.lowerBound, interval.range.upperBound)
        // An end at 0 was cut off there and does not show the width on its side; the other may be several times too wide.
        let width =
            sample.mean > limit && low > 0 ? sample.mean - low : max(high - sample.mean, sample.mean - low)
        guard distance > 0, width.isFinite else { return nil }
        let n = Double(sample.count)
        // 2.7 standard errors are what betting bounds come to at 95 %; Student's interval has no further part.
        let spread =
            interval.method == .studentT
            ? width * n.squareRoot() : min(2.7 * sample.deviation, width * n.squareRoot())
        let rest = max(0, width - spread / n.squareRoot()) * n
        let root = (spread + (spread * spread + 4 * rest * distance).squareRoot()) / (2 * distance)
        let needed = max(root * root, n + 1)
        return needed < 1e15 ? rounded(needed) : nil
    }

    /// Two digits, rounded up.
    private static func rounded(_ value: Double) -> Int {
        var unit = 1.0
        while value / unit >= 100 { unit *= 10 }
        return Int((value / unit).rounded(.up) * unit)
    }
}
