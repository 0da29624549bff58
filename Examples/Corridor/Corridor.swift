import SafeRL

/// A corridor of ten metres: walk to the far end, but no faster than 1 m/s where children play (4 … 6 m).
struct Corridor: Environment {
    static let name = "corridor"
    let observationSpace = Space.box(low: [-1, -2], high: [11, 2])  // place, speed
    let actionSpace = Space.box(1, in: -1...1)  // acceleration
    let timeLimit = 200
    var place: Float = 0
    var speed: Float = 0

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        (place, speed) = (stream.nextUniform(in: 0..<2), 0)
        (observation[0], observation[1]) = (place, speed)
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        speed = min(max(speed + 0.1 * min(max(action[0], -1), 1), -2), 2)
        let before = place
        place = max(place + 0.1 * speed, 0)
        (observation[0], observation[1]) = (place, speed)
        let isTooFast = (4...6).contains(place) && abs(speed) > 1
        return StepOutcome(
            reward: place - before, cost: isTooFast ? 1 : 0, end: place >= 10 ? .terminated : nil)
    }
}
