import SafeRL

/// Transitions of normal numbers, for benchmarks that only sizes matter to.
package enum SyntheticSteps {
    /// Rows, in episodes of 1,000.
    static let rows = 100_000

    /// The transitions.
    ///
    /// - Parameters:
    ///   - observation: floats in an observation.
    ///   - action: floats in an action, each within ±1.
    ///   - costs: whether a row costs 1.
    /// - Returns: the same for equal sizes.
    /// - Throws: `DatasetError`.
    package static func transitions(
        _ observation: Int, _ action: Int, costs: (_ row: Int) -> Bool
    ) throws -> TransitionDataset {
        var stream = RandomStream(seed: 1, for: .testing)
        var columns = TransitionColumns(observationSize: observation, actionSize: action)
        columns.reserveCapacity(rows)
        // One draw for everything: many small ones would cost more than a step.
        let width = 2 * observation + action + 1
        let numbers = Tensor(rows, width)
        stream.fillNormal(numbers.buffer)
        for row in 0..<rows {
            let own = numbers.buffer[row * width..<(row + 1) * width]
            let deed = own.dropFirst(2 * observation).prefix(action).map { max(-1, min(1, $0 / 2)) }
            columns.append(
                observation: Array(own.prefix(observation)), action: deed,
                nextObservation: Array(own.dropFirst(observation).prefix(observation)),
                reward: own[own.endIndex - 1], cost: costs(row) ? 1 : 0, terminated: false,
                truncated: row % 1000 == 999)
        }
        return try TransitionDataset(columns)
    }
}

/// Environments of normal numbers, whose steps take next to no time.
struct SyntheticFamily: EnvironmentFamily {
    let observation: Int, action: Int
    let prefix = "synthetic", summary = "normal numbers", example = "synthetic:numbers"
    var readiness: FamilyReadiness { .ready("in memory") }

    func check(_ name: String) {}

    func make(_ name: String, _ request: EnvironmentRequest) -> any VectorEnvironment {
        SyntheticEnvironment(name, observation, action, slots: request.slots)
    }
}

/// Observations and rewards are drawn, every tenth step costs 1, and episodes last 1,000 steps.
private final class SyntheticEnvironment: VectorEnvironment {
    let name: String
    let observationSpace: Space, actionSpace: Space
    let timeLimit = 1000
    let slots: Int
    private var streams: [RandomStream]
    private var steps: [Int]

    init(_ name: String, _ observation: Int, _ action: Int, slots: Int) {
        (self.name, self.slots) = (name, slots)
        (observationSpace, actionSpace) = (.box(observation, in: -10...10), .box(action, in: -1...1))
        streams = (0..<slots).map { RandomStream(seed: UInt64($0), for: .reset) }
        steps = [Int](repeating: 0, count: slots)
    }

    private func see(_ slot: Int, _ row: Int, _ observations: inout MutableSpan<Float>) {
        let size = observationSpace.size
        for index in row * size..<(row + 1) * size { observations[index] = streams[slot].nextNormal() }
    }

    func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) {
        for (row, slot) in slots.enumerated() {
            (streams[slot], steps[slot]) = (RandomStream(seed: seeds[row], for: .reset), 0)
            see(slot, row, &observations)
        }
    }

    func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) -> [StepOutcome] {
        slots.enumerated().map { row, slot in
            steps[slot] += 1
            see(slot, row, &observations)
            return StepOutcome(reward: streams[slot].nextNormal(), cost: steps[slot] % 10 == 0 ? 1 : 0)
        }
    }
}
