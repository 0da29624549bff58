/// Flags steps before they are done, such as a step monitor does: to a shield one more watched rule.
///
/// It serves one thread at a time, and a step's flag depends on nothing but the step.
public protocol StepWatch: AnyObject {
    /// The name of its alarms, such as `monitor`.
    var name: String { get }
    /// How many steps in a row must be flagged before there is an alarm, at least 1.
    var confirm: Int { get }
    /// What tells it from another, for certificates: digests and options by their names.
    var settings: [String: String] { get }
    /// Refuses steps of another size.
    ///
    /// - Parameters:
    ///   - observations: numbers of an observation.
    ///   - actions: numbers of an action.
    ///   - choices: how many an action is one of; nil for real numbers.
    ///   - name: whose they are.
    /// - Throws: an error that names both sizes.
    func check(observations: Int, actions: Int, choices: Int?, of name: String) throws
    /// Whether a step is flagged; nil where it cannot be judged, which raises an alarm at once.
    func flags(_ observation: Span<Float>, _ action: Span<Float>) -> Bool?
}

/// Routes proposals into classes, such as a calibrated router does.
///
/// It serves one thread at a time, and a route depends on nothing but the step.
public protocol ProposalRouter: AnyObject {
    /// What tells it from another, for certificates: digests and options by their names.
    var settings: [String: String] { get }
    /// Steps within which a violation counts, at least 1.
    var horizon: Int { get }
    /// Decides which step of an episode a report is about.
    var seed: UInt64 { get }
    /// Refuses steps of another size.
    ///
    /// - Parameters:
    ///   - observations: numbers of an observation.
    ///   - actions: numbers of an action.
    ///   - choices: how many an action is one of; nil for real numbers.
    ///   - name: whose they are.
    /// - Throws: an error that names both sizes.
    func check(observations: Int, actions: Int, choices: Int?, of name: String) throws
    /// The class of a proposal; whatever goes wrong is refused.
    func route(_ observation: Span<Float>, _ action: Span<Float>) -> ProposalRoute
    /// What the latest route rests on, as the member `router` of a line of `guard.jsonl` has it.
    var evidence: any Encodable & Sendable { get }
}

/// What a router says of a proposal.
public struct ProposalRoute: Sendable, Equatable {
    /// What is done with it.
    public let routed: RoutedClass
    /// A higher one means more danger; NaN where none could be computed.
    public let score: Double
    /// Whether recorded transitions lie near.
    public let isGrounded: Bool

    /// States a route.
    public init(_ routed: RoutedClass, score: Double, isGrounded: Bool) {
        (self.routed, self.score, self.isGrounded) = (routed, score, isGrounded)
    }
}
