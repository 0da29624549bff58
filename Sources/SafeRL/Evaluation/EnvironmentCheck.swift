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

    /// How far a check is.
    public struct Progress: Sendable, Equatable {
        /// The promise that is being tried.
        public var promise = ""
        /// Episodes started so far.
        public var resets = 0
        /// Steps taken so far.
        public var steps = 0
    }

    /// One line a promise, in order; after a fault in the spaces or in the random steps the rest is not tried.
    public private(set) var lines: [Line] = []
    /// What the environment threw first.
    package private(set) var failure: (any Error)?
    /// Whether every promise was kept.
    public var isPassed: Bool { lines.allSatisfy(\.isKept) }

    /// The lines for a person, each begun by `pass` or `FAIL`.
    public var table: String {
        lines.map { line in
            line.fault.map { "FAIL  \(line.promise): \($0)\n" } ?? "pass  \(line.promise)\n"
        }.joined()
    }

    /// Checks an environment that is a value.
    ///
    /// - Parameters:
    ///   - environment: what to check.
    ///   - steps: random steps to take.
    ///   - seed: the seed of starts and actions.
    ///   - progress: is told after every reset and step.
    public init<Task: Environment>(
        _ environment: Task.Type, steps: Int = 1_000, seed: UInt64 = 0,
        progress: @escaping (Progress) -> Void = { _ in }
    ) {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
        let isNamed = !Task.name.isEmpty && Task.name.allSatisfy(allowed.contains)
        add(
            "the name is made of lower-case letters, digits and hyphens",
            isNamed ? nil : "it is \"\(Task.name)\"")
        let pulse = CheckPulse(progress)
        let trial = EnvironmentTrial(CheckedValues<Task>(), steps: steps, seed: seed, pulse)
        run(trial, pulse, independence: ("copies are independent", trial.copyFault))
    }

    /// Checks an environment that has slots.
    ///
    /// - Parameters:
    ///   - environment: what to check, with two slots at least for the promise that slots are independent.
    ///   - steps: random steps to take.
    ///   - seed: the seed of starts and actions.
    ///   - progress: is told after every reset and step.
    /// - Throws: what the environment throws: its own error says more than a broken promise.
    public init(
        _ environment: any VectorEnvironment, steps: Int = 1_000, seed: UInt64 = 0,
        progress: @escaping (Progress) -> Void = { _ in }
    ) throws {
        let pulse = CheckPulse(progress)
        let trial = EnvironmentTrial(CheckedSlots(environment), steps: steps, seed: seed, pulse)
        let independence = ("slots are independent", trial.slotFault)
        run(trial, pulse, independence: environment.slots > 1 ? independence : nil)
        if let failure { throw failure }
    }

    private mutating func run(
        _ trial: EnvironmentTrial<some CheckedEnvironment>, _ pulse: CheckPulse,
        independence: (promise: String, fault: () throws -> String?)?
    ) {
        add("spaces have at least one element and ordered bounds", trial.spaceFault())
        add("the time limit is at least one step", trial.limitFault())
        add(
            "cost channels have distinct names, and largest costs above 0 where any are stated",
            trial.channelFault())
        guard isPassed else { return }
        attempt(
            "\(trial.steps) random steps stay finite and in bounds, with a cost of at least 0 for each channel",
            pulse, trial.walkFault)
        guard isPassed else { return }
        attempt("equal seeds give equal episodes", pulse, trial.seedingFault)
        attempt("different seeds give different episodes", pulse, trial.varietyFault)
        if let independence { attempt(independence.promise, pulse, independence.fault) }
        attempt("actions beyond their bounds are clipped", pulse, trial.clippingFault)
    }

    private mutating func add(_ promise: String, _ fault: String?) {
        lines.append(Line(promise: promise, fault: fault))
    }

    private mutating func attempt(_ promise: String, _ pulse: CheckPulse, _ check: () throws -> String?) {
        pulse.begin(promise)
        do { add(promise, try check()) } catch {
            failure = failure ?? error
            add(promise, "the environment threw an error: \(error)")
        }
    }

    /// Compares the lines.
    public static func == (a: Self, b: Self) -> Bool { a.lines == b.lines }
}

/// Counts what a check does and tells it.
final class CheckPulse {
    private let tell: (EnvironmentCheck.Progress) -> Void
    private var progress = EnvironmentCheck.Progress()

    init(_ tell: @escaping (EnvironmentCheck.Progress) -> Void) { self.tell = tell }

    func begin(_ promise: String) {
        progress.promise = promise
        tell(progress)
    }

    func noteReset() {
        progress.resets += 1
        tell(progress)
    }

    func noteStep() {
        progress.steps += 1
        tell(progress)
    }
}
