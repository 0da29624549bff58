import SafeRL

/// A point on a line that is pushed: reward for moving right, cost 1 beyond 1; it falls off at −2, which ends an episode.
struct PushedPoint: Environment {
    static let name = "pushed-point"
    let observationSpace = Space.box(1, in: -100...100)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 20
    private var place: Float = 0

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        place = stream.nextUniform(in: -0.5..<0.5)
        observation[0] = place
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        let push = min(max(action[0], -1), 1)
        place += 0.3 * push
        observation[0] = place
        return StepOutcome(reward: push, cost: place > 1 ? 1 : 0, end: place < -2 ? .terminated : nil)
    }
}
