import Foundation
import SafeRL

/// What `saferl env bench` does.
struct EnvBenchWork {
    let environment: NamedEnvironment
    let request: EnvironmentRequest
    let steps: Int
    let repeats: Int
    let isJSON: Bool

    func run() throws {
        let place = try environment.make(request)
        var runner = RandomSteps(place)
        // What is done once, such as the first fresh environments, is not timed.
        try runner.run(max(steps / 10, 1))
        let rates = try (0..<repeats).map { _ in
            let began = ContinuousClock.now
            let taken = try runner.run(steps)
            return Double(taken) / ((ContinuousClock.now - began) / .seconds(1))
        }.sorted()
        let median = (rates[(repeats - 1) / 2] + rates[repeats / 2]) / 2
        guard isJSON else {
            let range = "\(Int(rates[0])) to \(Int(rates[repeats - 1]))"
            return try Output.write(
                "\(environment.name): \(Int(median)) steps/s (\(range) over \(repeats) repetitions; "
                    + "\(place.slots) side by side, \(request.workers ?? 1) workers)")
        }
        let report = JSONValue.object([
            ("environment", .text(environment.name)), ("slots", .integer(place.slots)),
            ("workers", .integer(request.workers ?? 1)), ("stepsPerSecond", .number(median)),
            ("rates", .list(rates.map { .number($0) })),
        ])
        try Output.write(report.compact)
    }
}

/// Steps all slots with random actions, and starts their episodes again as they end.
private struct RandomSteps {
    private let place: any VectorEnvironment
    private var stream = RandomStream(seed: 0, for: .action)
    private var lengths: [Int]
    private var episode: UInt64 = 0
    private var observations: [Float]

    init(_ place: any VectorEnvironment) {
        self.place = place
        // At its limit: the first thing to happen is a reset.
        lengths = Array(repeating: place.timeLimit, count: place.slots)
        observations = Array(repeating: 0, count: place.slots * place.observationSpace.size)
    }

    /// Takes at least so many steps over all slots; returns how many.
    @discardableResult
    mutating func run(_ count: Int) throws -> Int {
        let slots = Array(0..<place.slots)
        var taken = 0
        while taken < count {
            let ended = slots.filter { lengths[$0] >= place.timeLimit }
            if !ended.isEmpty { try restart(ended) }
            let actions = chosen()
            let outcomes = try step(slots, actions)
            taken += slots.count
            for slot in slots { lengths[slot] = outcomes[slot].end == nil ? lengths[slot] + 1 : .max }
        }
        return taken
    }

    private mutating func step(_ slots: [Int], _ actions: [Float]) throws -> [StepOutcome] {
        let place = place
        var span = observations.mutableSpan
        return try place.step(slots, actions: actions.span, observations: &span)
    }

    /// Random actions for all slots.
    private mutating func chosen() -> [Float] {
        var actions = [Float](repeating: 0, count: place.actionSpace.size * place.slots)
        for index in actions.indices {
            switch place.actionSpace {
            case .box: actions[index] = stream.nextUniform(in: -1..<1)
            case .discrete(let choices): actions[index] = Float(stream.nextInteger(below: choices))
            }
        }
        return actions
    }

    private mutating func restart(_ slots: [Int]) throws {
        var first = [Float](repeating: 0, count: slots.count * place.observationSpace.size)
        var span = first.mutableSpan
        episode += 1
        try place.reset(slots, seeds: slots.map { episode << 16 + UInt64($0) }, observations: &span)
        for slot in slots { lengths[slot] = 0 }
    }
}
