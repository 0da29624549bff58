import SafeRL

/// An environment to act in: what algorithms learn from that have no recordings.
public final class Interaction: TrainingData {
    /// SHA-256 of the environment's name, its sizes and the versions of what simulates it.
    public let identity: String
    /// 0: there are no records.
    public var count: Int { 0 }
    /// Floats in an observation and in an action.
    public let observationSize, actionSize: Int
    private let place: NamedEnvironment
    private var made: (any VectorEnvironment)?

    /// Makes the environment once, to learn its sizes.
    ///
    /// - Throws: `OptionIssue` where actions are choices; the environment's errors.
    public init(_ place: NamedEnvironment) throws {
        let first = try place.make(EnvironmentRequest())
        if let choices = first.actionSpace.choices {
            throw OptionIssue(
                "environment",
                "has actions that are one of \(choices) choices, and the policy's are real numbers. Name another one."
            )
        }
        (observationSize, actionSize) = (first.observationSpace.size, first.actionSpace.size)
        let versions = first.versions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [place.name, "\(observationSize)", "\(actionSize)", "\(first.timeLimit)"] + versions
        identity = SHA256.hexadecimal(of: words.joined(separator: "\n").utf8)
        self.place = place
    }

    /// The environment with so many slots; the same one as long as they are so many.
    ///
    /// - Throws: the environment's errors; `OptionIssue` where it has fewer slots.
    func environment(slots: Int) throws -> any VectorEnvironment {
        if let made { return made }
        let environment = try place.make(EnvironmentRequest(slots: slots))
        guard environment.slots == slots else {
            throw OptionIssue(
                "rollout.slots", "\(slots) are more than the environment has. Write \(environment.slots).")
        }
        made = environment
        return environment
    }
}
