import Storage

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
        var routed = thresholds.route(score)
        if let grounding, !grounding.isGrounded { routed = max(routed, .ask) }
        if grounding?.neighbours.isEmpty ?? true { routed = .refuse }
        self.routed = routed
    }

    /// As the member `router` of a line of guard.jsonl has it.
    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue {
            value.map { $0 == .infinity ? .text("inf") : .number($0) } ?? .null
        }
        var members: [(String, JSONValue)] = [
            ("class", .text(routed.rawValue)), ("score", number(score)),
            ("thresholds", .list(thresholds.map(number))),
        ]
        if let grounding {
            members += [
                ("grounded", .boolean(grounding.isGrounded)), ("limit", number(grounding.limit)),
                (
                    "rows",
                    .list(
                        grounding.neighbours.map { near in
                            .object([
                                ("file", .text(near.file)), ("row", .integer(near.row)),
                                ("distance", number(near.distance)),
                                (
                                    "steps_to_violation",
                                    near.stepsToViolation.map { .integer($0) } ?? .null
                                ),
                            ])
                        })
                ),
            ]
        }
        return .object(members)
    }
}
