import SafeRL

/// A street of seven by three places: cross it from the left to the right, by one of five choices a step.
///
/// Rest, right, left, up or down. The middle lane has a cost of 1 in the places 2 to 4. Careful walkers choose one of the
/// outer lanes at the start of an episode and keep to it, but for one random choice in ten.
struct Crossing: Environment {
    static let name = "crossing"
    let observationSpace = Space.box(2, in: 0...6)
    let actionSpace = Space.discrete(count: 5)
    let timeLimit = 40
    let costNames = ["traffic"]
    let largestCosts: [Float]? = [1]
    var place = (x: 0, y: 0)

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        place = (0, stream.nextInteger(below: 3))
        write(&observation)
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        let (dx, dy) = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)][Int(action[0])]
        place = (min(max(place.x + dx, 0), 6), min(max(place.y + dy, 0), 2))
        write(&observation)
        let isOver = place.x == 6
        return StepOutcome(
            reward: isOver ? 1 : -0.02, costs: [place.y == 1 && 2...4 ~= place.x ? 1 : 0],
            end: isOver ? .terminated : nil)
    }

    private func write(_ observation: inout MutableSpan<Float>) {
        (observation[0], observation[1]) = (Float(place.x), Float(place.y))
    }
}

extension Crossing {
    static let standardTransitions = 4_000
    static let behaviours = ["careful", "hasty"]

    static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        try CollectedTransitions(
            amount, in: Self.self, seed: seed,
            remembering: { _, _, stream in behaviour == "careful" ? 2 * stream.nextInteger(below: 2) : 1 },
            choosing: { street, _, lane, stream in
                if stream.nextUniform() < 0.1 { return [Float(stream.nextInteger(below: 5))] }
                if street.place.y != lane && street.place.x < 2 { return [street.place.y < lane ? 3 : 4] }
                return [1]
            })
    }
}
