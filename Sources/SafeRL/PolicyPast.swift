/// What a policy sees of its episode beside the present observation, and what it carries on.
public struct PolicyPast: Sendable {
    /// Earlier observations, each with its action, oldest first; as many as the policy sees.
    private var memory: [Float]
    /// What the policy carries on to its next step, `[carriedSize]`.
    public var carried: [Float]
    /// Whether the policy sees behind an observation how the episode went.
    private let showsProgress: Bool

    /// Of an episode that begins.
    public init(of policy: any Policy) {
        memory = [Float](repeating: 0, count: policy.inputSize - policy.seenSize)
        carried = [Float](repeating: 0, count: policy.carriedSize)
        showsProgress = policy.seesProgress
    }

    /// The row of observations that `Policy.act` is given, `[inputSize]`.
    public func row(_ observation: [Float], _ progress: EpisodeProgress) -> [Float] {
        memory + seen(observation, progress)
    }

    private func seen(_ observation: [Float], _ progress: EpisodeProgress) -> [Float] {
        showsProgress ? observation + progress.values : observation
    }

    /// Takes what was seen and done into the memory, and forgets the oldest.
    ///
    /// - Parameters:
    ///   - observation: in which the action was done.
    ///   - progress: how the episode went before it.
    ///   - action: what was done.
    public mutating func remember(
        _ observation: [Float], _ progress: EpisodeProgress, _ action: ArraySlice<Float>
    ) {
        guard !memory.isEmpty else { return }
        let seen = seen(observation, progress)
        memory = Array((memory + seen + action).dropFirst(seen.count + action.count))
    }
}
