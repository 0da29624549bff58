import Foundation
import Rules
import SafeRL
import Shields

/// What `saferl run` does: one episode after the other, a step each tick.
struct RunWork {
    private let place: any VectorEnvironment
    private let rules: RuleFile
    private let seed: UInt64
    private let tick: Duration?
    private let latches: Bool
    private let isQuiet: Bool
    private let log: RunLog?
    private var controller: GuardedController
    private let words = OperatorWords()
    private var isHeld = false
    private var (steps, interventions, lateSteps, unprotected, stops) = (0, 0, 0, 0, 0)
    /// Steps that the certificate does not cover; nothing without one.
    private var uncovered: Int?
    private var lastShown = ContinuousClock.now

    /// Gets ready.
    ///
    /// - Throws: `StorageError` where nothing can be written into `out`.
    init(
        _ run: GuardedRun, seed: UInt64, rate: Double?, patience: Duration, latches: Bool, out: String?,
        isQuiet: Bool
    ) throws {
        guard let place = run.place else { preconditionFailure("a run without an environment") }
        (self.place, rules, self.seed) = (place, run.plan.rules, seed)
        (self.latches, self.isQuiet) = (latches, isQuiet)
        let hertz = rate ?? place.frameRate.map(Double.init) ?? 0
        uncovered = run.plan.certificate.map { _ in 0 }
        tick = hertz > 0 ? .seconds(1 / hertz) : nil
        var plan = run.plan
        plan.logsTerms = out != nil
        if plan.router != nil {
            plan.asker = OperatorAsker(
                words, patience: patience, isRealTime: tick != nil, say: { Self.say($0, isQuiet: isQuiet) },
                isInterrupted: { SignalWatch.latest != nil })
        }
        controller = try GuardedController(
            run.policy, plan, actions: run.actions, seed: seed, timeLimit: place.timeLimit)
        log = try out.map {
            try RunLog(
                in: $0,
                ShieldFiles.Head(
                    of: plan, policy: run.checkpoint.identity, saferl: ProgramIdentity.version),
                rules: plan.rules)
        }
    }

    /// Runs episodes until there are enough, or somebody stops it.
    ///
    /// - Throws: what the environment throws; `CommandStatus`.
    mutating func run(episodes: Int?) throws {
        let watch = SignalWatch()
        var number = 0
        var isStopped = false
        while !isStopped, episodes.map({ number < $0 }) ?? true {
            if number > 0 { controller.begin(seed: seed) }
            try log?.begin(number)
            isStopped = try !episode(number, watch)
            number += 1
        }
        try report(number)
        if let signal = watch.pending {
            throw signal == SIGTERM ? CommandStatus.terminated : CommandStatus.interrupted
        }
        if unprotected > 0 || stops > 0 { throw CommandStatus.noSolutionFound }
    }

    /// One episode.
    ///
    /// - Returns: false where the run is to end.
    private mutating func episode(_ number: Int, _ watch: borrowing SignalWatch) throws -> Bool {
        var observation = [Float](repeating: .nan, count: place.observationSpace.size)
        do {
            var span = observation.mutableSpan
            try place.reset(
                [0], seeds: [Evaluator.resetSeed(seed, episode: number)], observations: &span)
        }
        var next = ContinuousClock.now
        var (totalReward, totalCost) = (0.0, 0.0)
        while true {
            if watch.pending != nil { return false }
            if try !obey() { return false }
            let decision = try controller.step(observation)
            guard let entry = controller.entry else { return false }
            try note(entry)
            guard case .act(let action) = decision else {
                say(
                    "episode \(number), step \(controller.progress.steps): nothing is allowed, the episode stops."
                )
                return true
            }
            let (outcome, after) = try move(action)
            (totalReward, totalCost) = (
                totalReward + Double(outcome.reward), totalCost + Double(outcome.cost)
            )
            let isEnd = outcome.end != nil || controller.progress.steps + 1 >= place.timeLimit
            try log?.append(observation, action, after, isEnd: isEnd)
            controller.settle(isEnd: isEnd, reward: outcome.reward, cost: outcome.cost)
            observation = after
            show(number, totalReward, totalCost, entry)
            if isEnd { return true }
            wait(until: &next)
        }
    }

    private func move(_ action: [Float]) throws -> (StepOutcome, [Float]) {
        var next = [Float](repeating: .nan, count: place.observationSpace.size)
        var span = next.mutableSpan
        let outcome = try place.step([0], actions: action.span, observations: &span)[0]
        return (outcome, next)
    }

    /// Does what was written on standard input.
    ///
    /// - Returns: false where the run is to end.
    private mutating func obey() throws -> Bool {
        for word in words.read() {
            switch word {
            case "go":
                isHeld = false
                controller.release()
                say("the policy acts again.")
            case "hold": hold("somebody asked for it")
            case "stop": return false
            case "yes", "no": say("nothing was asked.")
            default: say("\(quoted(word)) is no command. Write go, hold or stop.")
            }
        }
        return true
    }

    private mutating func note(_ entry: ShieldEntry) throws {
        steps += 1
        if !entry.isCovered { uncovered? += 1 }
        if entry.outcome != .allowed { interventions += 1 }
        if entry.outcome == .unprotected { unprotected += 1 }
        if entry.outcome == .stopped { stops += 1 }
        if entry.isNoteworthy { try log?.append(entry) }
        for alarm in entry.alarms { say("alarm \(alarm) at episode \(entry.episode), step \(entry.step).") }
        if !entry.alarms.isEmpty { hold("of an alarm") }
        if entry.outcome == .unprotected { hold("a step was unprotected") }
    }

    private mutating func hold(_ reason: String) {
        guard latches, !isHeld else { return }
        isHeld = true
        controller.hold()
        say("held, because \(reason): the fallback acts. Write go to let the policy act again, stop to end.")
    }

    private mutating func wait(until next: inout ContinuousClock.Instant) {
        guard let tick else { return }
        next += tick
        let left = ContinuousClock.now.duration(to: next)
        if left > .zero {
            Thread.sleep(
                forTimeInterval: Double(left.components.seconds) + Double(left.components.attoseconds) * 1e-18
            )
        } else {
            // What is late stays late: the next tick counts from now.
            lateSteps += 1
            next = .now
        }
    }

    // MARK: - Showing

    private func say(_ text: String) { Self.say(text, isQuiet: isQuiet) }

    private static func say(_ text: String, isQuiet: Bool) {
        let isTerminal = isatty(STDERR_FILENO) == 1 && !isQuiet
        FileHandle.standardError.offer((isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
    }

    private mutating func show(_ number: Int, _ reward: Double, _ cost: Double, _ entry: ShieldEntry) {
        guard !isQuiet, isatty(STDERR_FILENO) == 1 else { return }
        guard lastShown.duration(to: .now) > .milliseconds(100) else { return }
        lastShown = .now
        let held = isHeld ? "  HELD" : ""
        FileHandle.standardError.offer(
            String(
                format: "\r\u{1B}[Kepisode %d  step %d  return %.2f  cost %.1f  %@  interventions %d%@",
                number,
                entry.step, reward, cost, entry.outcome.rawValue, interventions, held))
    }

    private func report(_ episodes: Int) throws {
        if !isQuiet, isatty(STDERR_FILENO) == 1 { FileHandle.standardError.offer("\r\u{1B}[K") }
        let late = lateSteps > 0 ? ", \(lateSteps) steps late" : ""
        let covered = uncovered.map { ", \($0) uncovered by the certificate" } ?? ""
        try Output.write(
            "\(episodes) episodes, \(steps) steps: \(interventions) interventions, \(unprotected) unprotected, \(stops) stopped\(covered)\(late)"
        )
    }
}
