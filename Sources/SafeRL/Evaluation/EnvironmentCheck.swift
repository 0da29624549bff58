import Tensors

/// Tries out an environment: what `saferl env check NAME` prints.
public struct EnvironmentCheck: Sendable, Equatable {
    /// One promise of an environment and whether it was kept.
    public struct Line: Sendable, Equatable {
        /// The promise, such as "equal seeds give equal episodes".
        public let promise: String
        /// What broke it, and what to do; nothing when it was kept.
        public let fault: String?
        /// Whether the promise was kept.
        public var isKept: Bool { fault == nil }
    }

    /// One line a promise, in order; after a fault in the spaces or in the random steps the rest is not tried.
    public private(set) var lines: [Line] = []
    /// Whether every promise was kept.
    public var isPassed: Bool { lines.allSatisfy(\.isKept) }

    /// The lines for a person, each begun by `pass` or `FAIL`.
    public var table: String {
        lines.map { line in
            line.fault.map { "FAIL  \(line.promise): \($0)\n" } ?? "pass  \(line.promise)\n"
        }.joined()
    }

    /// Checks an environment.
    ///
    /// - Parameters:
    ///   - environment: what to check.
    ///   - steps: random steps to take.
    ///   - seed: the seed of starts and actions.
    public init<Task: Environment>(_ environment: Task.Type, steps: Int = 1_000, seed: UInt64 = 0) {
        let trial = Trial<Task>(steps: steps, seed: seed)
        add("the name is made of lower-case letters, digits and hyphens", trial.nameFault())
        add("spaces have at least one element and ordered bounds", trial.spaceFault())
        add("the time limit is at least one step", trial.limitFault())
        guard isPassed else { return }
        add(
            "\(steps) random steps stay finite and in bounds, with costs of at least 0",
            attempt(trial.walkFault))
        guard isPassed else { return }
        add("equal seeds give equal episodes", attempt(trial.seedingFault))
        add("different seeds give different episodes", attempt(trial.varietyFault))
        add("copies are independent", attempt(trial.copyFault))
        add("actions beyond their bounds are clipped", attempt(trial.clippingFault))
    }

    private mutating func add(_ promise: String, _ fault: String?) {
        lines.append(Line(promise: promise, fault: fault))
    }

    private func attempt(_ check: () throws -> String?) -> String? {
        do { return try check() } catch { return "the environment threw an error: \(error)" }
    }
}

private struct Trial<Task: Environment> {
    let steps: Int
    let seed: UInt64
    private let observationSpace: Space
    private let actionSpace: Space

    init(steps: Int, seed: UInt64) {
        (self.steps, self.seed) = (steps, seed)
        let task = Task()
        (observationSpace, actionSpace) = (task.observationSpace, task.actionSpace)
    }

    func nameFault() -> String? {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
        return Task.name.isEmpty || !Task.name.allSatisfy(allowed.contains) ? "it is \"\(Task.name)\"" : nil
    }

    func spaceFault() -> String? {
        fault(of: observationSpace, "observation", allowsInfinite: true)
            ?? fault(of: actionSpace, "action", allowsInfinite: false)
    }

    func limitFault() -> String? {
        let limit = Task().timeLimit
        return limit < 1 ? "it is \(limit)" : nil
    }

    func seedingFault() throws -> String? {
        let (first, second) = (try episode(seed), try episode(seed))
        return first == second
            ? nil : "two episodes of seed \(seed) differ; draw only from a stream made in reset"
    }

    func varietyFault() throws -> String? {
        let first = try episode(seed)
        let others = try (1...10 as ClosedRange<UInt64>).map { try episode(seed &+ $0) }
        return others.contains { $0 != first } ? nil : "eleven seeds start alike; use the seed given to reset"
    }

    func copyFault() throws -> String? {
        var (original, observation) = start(seed)
        let expected = try { () throws -> [Float] in
            var (fresh, values) = start(seed)
            _ = try take(self.action(in: 0), in: &fresh, &values)
            return values
        }()
        var copy = original
        var ignored = observation
        for step in 0..<5 { _ = try take(action(in: step + 7), in: &copy, &ignored) }
        _ = try take(action(in: 0), in: &original, &observation)
        return observation == expected
            ? nil : "stepping a copy changed the original; use values, not shared objects"
    }

    func clippingFault() throws -> String? {
        guard case .box(let low, let high) = actionSpace else { return nil }
        for bound in [low, high] {
            var (plain, first) = start(seed)
            var (beyond, second) = start(seed)
            let outcome = try take(bound, in: &plain, &first)
            let clipped = try take(
                zip(bound, zip(low, high)).map { $0 + 2 * ($0 - ($1.0 + $1.1) / 2) }, in: &beyond, &second)
            guard first == second, outcome.reward == clipped.reward else {
                return "an action of twice the bound acts differently from the bound itself; clip it in step"
            }
        }
        return nil
    }

    func walkFault() throws -> String? {
        var (task, observation) = start(seed)
        if let fault = fault(of: observation) { return "reset: \(fault)" }
        var (resets, length): (UInt64, Int) = (0, 0)
        var channels: Int?
        for step in 0..<steps {
            let outcome = try take(action(in: step), in: &task, &observation)
            length += 1
            if let fault = fault(of: observation) { return "step \(step): \(fault)" }
            if !outcome.reward.isFinite { return "step \(step): the reward is \(outcome.reward)" }
            if let cost = outcome.costs.first(where: { !($0 >= 0 && $0.isFinite) }) {
                return "step \(step): a cost is \(cost); report harm as a positive number"
            }
            if let channels, channels != outcome.costs.count {
                return "step \(step): \(outcome.costs.count) cost channels after \(channels)"
            }
            channels = outcome.costs.count
            guard outcome.end != nil || length >= task.timeLimit else { continue }
            (resets, length) = (resets + 1, 0)
            (task, observation) = start(seed &+ resets)
        }
        return nil
    }

    /// First observations and rewards of an episode of random actions.
    private func episode(_ seed: UInt64) throws -> [Float] {
        var (task, observation) = start(seed)
        var course = observation
        for step in 0..<min(steps, task.timeLimit, 200) {
            let outcome = try take(action(in: step), in: &task, &observation)
            course += observation + [outcome.reward] + outcome.costs
            if outcome.end != nil { break }
        }
        // NaN differs from itself; here only whether the same happened twice counts.
        return course.map { $0.isNaN ? .greatestFiniteMagnitude : $0 }
    }

    private func start(_ seed: UInt64) -> (Task, [Float]) {
        var task = Task()
        var observation = [Float](repeating: .nan, count: observationSpace.size)
        var span = observation.mutableSpan
        task.reset(seed: seed, observation: &span)
        return (task, observation)
    }

    private func take(
        _ action: [Float], in task: inout Task, _ observation: inout [Float]
    ) throws -> StepOutcome {
        // An environment that forgets to write is found by the NaN left in place.
        observation = [Float](repeating: .nan, count: observation.count)
        var span = observation.mutableSpan
        return try task.step(action.span, observation: &span)
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
