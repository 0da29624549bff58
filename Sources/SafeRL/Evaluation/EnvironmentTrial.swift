import Replay
import Tensors

/// An environment as a check sees it.
protocol CheckedEnvironment {
    /// An episode: a value, or the slot it runs in.
    associatedtype Episode
    var observationSpace: Space { get }
    var actionSpace: Space { get }
    var timeLimit: Int { get }
    var costNames: [String] { get }
    var largestCosts: [Float]? { get }
    /// Starts an episode; of those started before, one stays usable.
    func start(seed: UInt64, _ observation: inout [Float]) throws -> Episode
    func step(_ episode: inout Episode, _ action: [Float], _ observation: inout [Float]) throws -> StepOutcome
}

/// An environment type: every episode is a value of its own.
struct CheckedValues<Task: Environment>: CheckedEnvironment {
    var observationSpace: Space { Task().observationSpace }
    var actionSpace: Space { Task().actionSpace }
    var timeLimit: Int { Task().timeLimit }
    var costNames: [String] { Task().costNames }
    var largestCosts: [Float]? { Task().largestCosts }

    func start(seed: UInt64, _ observation: inout [Float]) throws -> Task {
        var task = Task()
        var span = observation.mutableSpan
        try task.reset(seed: seed, observation: &span)
        return task
    }

    func step(_ task: inout Task, _ action: [Float], _ observation: inout [Float]) throws -> StepOutcome {
        var span = observation.mutableSpan
        return try task.step(action.span, observation: &span)
    }
}

/// An environment with slots: episodes take the first two in turn.
final class CheckedSlots: CheckedEnvironment {
    private let environment: any VectorEnvironment
    private var last = 0

    init(_ environment: any VectorEnvironment) { self.environment = environment }

    var observationSpace: Space { environment.observationSpace }
    var actionSpace: Space { environment.actionSpace }
    var timeLimit: Int { environment.timeLimit }
    var costNames: [String] { environment.costNames }
    var largestCosts: [Float]? { environment.largestCosts }

    func start(seed: UInt64, _ observation: inout [Float]) throws -> Int {
        last = (last + 1) % min(environment.slots, 2)
        var span = observation.mutableSpan
        try environment.reset([last], seeds: [seed], observations: &span)
        return last
    }

    func step(_ slot: inout Int, _ action: [Float], _ observation: inout [Float]) throws -> StepOutcome {
        var span = observation.mutableSpan
        return try environment.step([slot], actions: action.span, observations: &span)[0]
    }
}

/// The experiments behind a check, each answered by what went wrong, or nothing.
struct EnvironmentTrial<Subject: CheckedEnvironment> {
    let steps: Int
    private let seed: UInt64
    private let subject: Subject
    private let pulse: CheckPulse
    private let observationSpace: Space
    private let actionSpace: Space
    private let timeLimit: Int
    private let costNames: [String]
    private let largestCosts: [Float]?

    init(_ subject: Subject, steps: Int, seed: UInt64, _ pulse: CheckPulse) {
        (self.subject, self.steps, self.seed, self.pulse) = (subject, steps, seed, pulse)
        (observationSpace, actionSpace) = (subject.observationSpace, subject.actionSpace)
        (timeLimit, costNames) = (subject.timeLimit, subject.costNames)
        largestCosts = subject.largestCosts
    }

    func spaceFault() -> String? {
        fault(of: observationSpace, "observation", allowsInfinite: true)
            ?? fault(of: actionSpace, "action", allowsInfinite: false)
    }

    func limitFault() -> String? {
        timeLimit < 1 ? "it is \(timeLimit)" : nil
    }

    func channelFault() -> String? {
        if let fault = CostChannels.fault(in: costNames) { return fault }
        guard let largestCosts else { return nil }
        if largestCosts.count != costNames.count {
            return "\(largestCosts.count) largest costs for \(costNames.count) channels"
        }
        return largestCosts.first { !($0 > 0 && $0.isFinite) }.map { "a largest cost is \($0)" }
    }

    func seedingFault() throws -> String? {
        let (first, second) = (try episode(seed), try episode(seed))
        return first == second
            ? nil : "two episodes of seed \(seed) differ; draw only from a stream made in reset"
    }

    func varietyFault() throws -> String? {
        let first = try episode(seed)
        // One that differs is enough: a reset of a simulator may take seconds.
        let differs = try (1...10 as ClosedRange<UInt64>).contains { try episode(seed &+ $0) != first }
        return differs ? nil : "eleven seeds start alike; use the seed given to reset"
    }

    func copyFault() throws -> String? {
        let expected = try first()
        var (original, observation) = try start(seed)
        var copy = original
        var ignored = observation
        try wander(&copy, &ignored)
        _ = try take(action(in: 0), in: &original, &observation)
        return observation == expected
            ? nil : "stepping a copy changed the original; use values, not shared objects"
    }

    /// Steps another slot between a reset and a step.
    func slotFault() throws -> String? {
        let expected = try first()
        var (one, observation) = try start(seed)
        var (other, ignored) = try start(seed &+ 1)
        try wander(&other, &ignored)
        _ = try take(action(in: 0), in: &one, &observation)
        return observation == expected
            ? nil : "stepping one slot changed another; do not share state or random numbers between them"
    }

    /// A few steps, unless the episode ends before: what ended is not stepped.
    private func wander(_ episode: inout Subject.Episode, _ observation: inout [Float]) throws {
        for step in 0..<5 where try take(action(in: step + 7), in: &episode, &observation).end != nil {
            return
        }
    }

    /// The observation after the first step.
    private func first() throws -> [Float] {
        var (fresh, values) = try start(seed)
        _ = try take(action(in: 0), in: &fresh, &values)
        return values
    }

    func clippingFault() throws -> String? {
        guard case .box(let low, let high) = actionSpace else { return nil }
        for bound in [low, high] {
            var (plain, first) = try start(seed)
            let outcome = try take(bound, in: &plain, &first)
            var (beyond, second) = try start(seed)
            let clipped = try take(
                zip(bound, zip(low, high)).map { $0 + 2 * ($0 - ($1.0 + $1.1) / 2) }, in: &beyond, &second)
            guard first == second, outcome.reward == clipped.reward else {
                return "an action of twice the bound acts differently from the bound itself; clip it in step"
            }
        }
        return nil
    }

    func walkFault() throws -> String? {
        var (task, observation) = try start(seed)
        if let fault = fault(of: observation) { return "reset: \(fault)" }
        var (resets, length): (UInt64, Int) = (0, 0)
        for step in 0..<steps {
            let outcome = try take(action(in: step), in: &task, &observation)
            length += 1
            if let fault = fault(of: observation) { return "step \(step): \(fault)" }
            if !outcome.reward.isFinite { return "step \(step): the reward is \(outcome.reward)" }
            if let cost = outcome.costs.first(where: { !($0 >= 0 && $0.isFinite) }) {
                return "step \(step): a cost is \(cost); report harm as a positive number"
            }
            if outcome.costs.count != costNames.count {
                let names = costNames.joined(separator: ", ")
                return "step \(step): \(outcome.costs.count) costs for \(costNames.count) channels (\(names))"
            }
            if let fault = CostChannels.excess(of: outcome.costs, over: largestCosts, named: costNames) {
                return "step \(step): \(fault)"
            }
            guard outcome.end != nil || length >= timeLimit else { continue }
            (resets, length) = (resets + 1, 0)
            (task, observation) = try start(seed &+ resets)
        }
        return nil
    }

    /// First observations and rewards of an episode of random actions.
    private func episode(_ seed: UInt64) throws -> [Float] {
        var (task, observation) = try start(seed)
        var course = observation
        for step in 0..<min(steps, timeLimit, 200) {
            let outcome = try take(action(in: step), in: &task, &observation)
            course += observation + [outcome.reward] + outcome.costs
            if outcome.end != nil { break }
        }
        // NaN differs from itself; here only whether the same happened twice counts.
        return course.map { $0.isNaN ? .greatestFiniteMagnitude : $0 }
    }

    private func start(_ seed: UInt64) throws -> (Subject.Episode, [Float]) {
        var observation = [Float](repeating: .nan, count: observationSpace.size)
        let episode = try subject.start(seed: seed, &observation)
        pulse.noteReset()
        return (episode, observation)
    }

    private func take(
        _ action: [Float], in episode: inout Subject.Episode, _ observation: inout [Float]
    ) throws -> StepOutcome {
        // An environment that forgets to write is found by the NaN left in place.
        observation = [Float](repeating: .nan, count: observation.count)
        defer { pulse.noteStep() }
        return try subject.step(&episode, action, &observation)
    }

    private func action(in step: Int) -> [Float] {
        var stream = RandomStream(seed: seed, for: .action, index: UInt32(truncatingIfNeeded: step))
        switch actionSpace {
        case .box(let low, let high): return zip(low, high).map { $0 + ($1 - $0) * stream.nextUniform() }
        case .discrete(let count): return [Float(stream.nextInteger(below: count))]
        }
    }

    private func fault(of space: Space, _ name: String, allowsInfinite: Bool) -> String? {
        switch space {
        case .discrete(let count): return count < 1 ? "the \(name) space has \(count) choices" : nil
        case .box(let low, let high):
            guard !low.isEmpty, low.count == high.count else {
                return "the \(name) space has \(low.count) lower and \(high.count) upper bounds"
            }
            for index in low.indices {
                let isOrdered = low[index] < high[index]
                let isFinite = low[index].isFinite && high[index].isFinite
                guard isOrdered && (allowsInfinite || isFinite) else {
                    return
                        "element \(index) of the \(name) space is bounded by \(low[index]) and \(high[index])"
                }
            }
            return nil
        }
    }

    private func fault(of observation: [Float]) -> String? {
        for (index, value) in observation.enumerated() {
            guard value.isFinite else {
                return "element \(index) of the observation is \(value) or was not written"
            }
            switch observationSpace {
            case .box(let low, let high):
                guard low[index]...high[index] ~= value else {
                    return
                        "element \(index) of the observation is \(value), outside \(low[index]) … \(high[index])"
                }
            case .discrete(let count):
                guard value >= 0, value < Float(count), value == value.rounded() else {
                    return "the observation is \(value), not one of \(count) choices"
                }
            }
        }
        return nil
    }
}
