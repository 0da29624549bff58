import SafeRL

/// What a router decides on a proposal, with everything that it rests on.
public struct RoutedDecision: Sendable, Equatable {
    /// What is done with it.
    public let routed: RoutedClass
    /// A higher one means more danger; NaN where none could be computed.
    public let score: Double
    /// λ₁ ≤ λ₂ ≤ λ₃; nil for a class that nobody is let into.
    public let thresholds: [Double?]
    /// What lies near; nil where there is no store.
    public let grounding: Grounding?

    /// Decides: by the score, at best ask where no recorded transitions lie near, refuse where there are none at all.
    ///
    /// - Parameters:
    ///   - score: NaN is refused.
    ///   - thresholds: of the classes.
    ///   - grounding: of the proposal; nil where there is no store.
    public init(score: Double, thresholds: RouterThresholds, grounding: Grounding?) {
        (self.score, self.thresholds, self.grounding) = (score, thresholds.values, grounding)
        let isGrounded = (grounding?.neighbours.isEmpty ?? true) ? nil : grounding?.isGrounded
        routed = thresholds.route(score, isGrounded: isGrounded)
    }
}

extension RoutedDecision: Encodable {
    private enum CodingKeys: String, CodingKey {
        case score, thresholds, grounded, limit, rows
        case routed = "class"
    }

    /// Writes the member `router` of a line of `guard.jsonl`: a score that is none as `null`, an infinite threshold as "inf".
    public func encode(to encoder: any Encoder) throws {
        var all = encoder.container(keyedBy: CodingKeys.self)
        try all.encode(routed, forKey: .routed)
        try all.encode(score.isFinite ? score : nil, forKey: .score)
        try all.encode(thresholds.map { JSONThreshold(value: $0) }, forKey: .thresholds)
        guard let grounding else { return }
        try all.encode(grounding.isGrounded, forKey: .grounded)
        try all.encode(grounding.limit.isFinite ? grounding.limit : nil, forKey: .limit)
        try all.encode(grounding.neighbours, forKey: .rows)
    }
}
