import SafeRL

/// An environment to act in: what algorithms learn from that have no recordings.
public final class Interaction: TrainingData {
    /// SHA-256 of the environment's name, its sizes and the versions of what simulates it.
    public let identity: String
    /// 0: there are no records.
    public var count: Int { 0 }
    /// Floats in an observation.
    public var observationSize: Int { environment.observationSpace.size }
    /// Floats in an action.
    public var actionSize: Int { environment.actionSpace.size }
    /// The environment, its slots those asked for.
    let environment: any VectorEnvironment

    /// Makes the environment.
    ///
    /// - Parameters:
    ///   - place: the environment.
    ///   - slots: how many episodes run side by side, at least 1.
    /// - Throws: `OptionIssue` where actions are choices or the environment has fewer slots; the environment's errors.
    public init(_ place: NamedEnvironment, slots: Int) throws {
        environment = try place.make(EnvironmentRequest(slots: slots))
        if let choices = environment.actionSpace.choices {
            throw OptionIssue(
                "environment",
                "has actions that are one of \(choices) choices, and the policy's are real numbers. Name another one."
            )
        }
        guard environment.slots == slots else {
            throw OptionIssue(
                "rollout.slots", "\(slots) are more than the environment has. Write \(environment.slots).")
        }
        let sizes = [environment.observationSpace.size, environment.actionSpace.size, environment.timeLimit]
        let versions = environment.versions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [place.name] + sizes.map(String.init) + versions
        identity = SHA256.hexadecimal(of: words.joined(separator: "\n").utf8)
    }

    /// Opens the environment of a run whose algorithm learns by acting.
    ///
    /// - Parameters:
    ///   - place: the environment that the run names.
    ///   - rollout: what is collected before an update.
    /// - Returns: the environment, with what is said of it.
    /// - Throws: as `init`.
    static func open(_ place: NamedEnvironment, _ rollout: RolloutOptions) throws -> OpenedData<Interaction> {
        OpenedData(
            try Interaction(place, slots: rollout.slots), place: "acting in \(place.name)",
            summary: "acting in \(place.name), \(rollout.steps) steps an update",
            subject: String(place.name.map { $0.isLetter || $0.isNumber ? $0 : "-" }))
    }
}

/// How much is collected before an update.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct RolloutOptions: Defaulted, Equatable {
    @Setting(1...10_000_000, "Steps before an update, in all slots together.")
    public var steps = 20_000
    @Setting(1...65_536, "Episodes that run side by side; a multiple of it must be steps.")
    public var slots = 8
    @Setting(0...1_000_000, "How often an update's steps are taken again after the environment failed.")
    public var retries = 3

    /// As published for policies that learn from their latest steps alone.
    public init() {}

    /// So many steps in so many slots.
    init(steps: Int, slots: Int) { (self.steps, self.slots) = (steps, slots) }

    /// Checks that the steps can be shared out among the slots.
    ///
    /// - Throws: `OptionIssue`.
    func check() throws(OptionIssue) {
        guard !steps.isMultiple(of: slots) else { return }
        throw OptionIssue(
            "rollout.steps",
            "\(steps) cannot be shared out among \(slots) slots. Write \(max(1, steps / slots) * slots).")
    }
}
