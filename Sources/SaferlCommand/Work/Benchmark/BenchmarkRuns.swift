import Foundation
import Glibc
import SafeRL
import Synchronization

/// Runs a benchmark's trials side by side, each in processes of saferl's own on cores of its own.
final class BenchmarkRuns: Sendable {
    /// A trial that did not end well.
    struct Failure: Sendable {
        let folder: String
        let status: Int32
        let reason: String
    }

    private struct State {
        var next = 0
        var failures: [Failure] = []
        var stop: Int32?
    }

    private let commands: BenchmarkCommands
    private let trials: [BenchmarkPlan.Trial]
    /// The cores of each job.
    private let places: [[Int]]
    private let state = Mutex(State())

    init(_ commands: BenchmarkCommands, _ trials: [BenchmarkPlan.Trial], cores: [Int], jobs: Int?) {
        (self.commands, self.trials) = (commands, trials)
        let count = jobs ?? cores.count
        places = (0..<count).map { job in
            // With more jobs than cores some share one; with fewer, the rest is shared out.
            let own = cores.enumerated().filter { $0.offset % count == job }.map(\.element)
            return own.isEmpty ? [cores[job % cores.count]] : own
        }
    }

    /// Runs what is not finished.
    ///
    /// - Returns: what failed; the others went on.
    /// - Throws: `CommandStatus.interrupted` or `.terminated` where a signal arrived, once all processes have ended.
    func run() throws -> [Failure] {
        let watch = SignalWatch()
        let group = DispatchGroup()
        for cores in places {
            group.enter()
            let thread = Thread { [self] in
                work(on: cores)
                group.leave()
            }
            thread.start()
        }
        while group.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
            if let signal = watch.pending { state.withLock { $0.stop = signal } }
        }
        let (stop, failures) = state.withLock { ($0.stop, $0.failures) }
        if let stop {
            FileHandle.standardError.offer("stopped. Continue with the same command.\n")
            throw stop == SIGTERM ? CommandStatus.terminated : CommandStatus.interrupted
        }
        return failures
    }

    private func work(on cores: [Int]) {
        while let trial = next() {
            for steps in [
                { [self.commands.training(trial)] }, { self.commands.judgements(trial) },
                { self.commands.certifications(trial) },
            ] {
                guard steps().allSatisfy({ perform($0, of: trial, on: cores) }) else { break }
            }
        }
    }

    private func next() -> BenchmarkPlan.Trial? {
        state.withLock { state in
            guard state.stop == nil, state.next < trials.count else { return nil }
            defer { state.next += 1 }
            return trials[state.next]
        }
    }

    /// How long a run that another process has is waited for.
    private static let patience = Duration.seconds(120)

    /// Whether the next step may follow.
    private func perform(_ step: BenchmarkCommands.Step, of trial: BenchmarkPlan.Trial, on cores: [Int])
        -> Bool
    {
        if FileManager.default.fileExists(atPath: step.product) { return true }
        if state.withLock({ $0.stop }) != nil { return false }
        let began = ContinuousClock.now
        let child = BenchmarkChild(step.words, on: cores)
        var ended = child.run { self.state.withLock { $0.stop } }
        // What a killed benchmark left has a last checkpoint to write before its run is free.
        while ended.status == CommandStatus.cannotCreate.rawValue,
            RunDirectory.holdsRun(commands.place(trial)),
            began.duration(to: .now) < Self.patience, state.withLock({ $0.stop }) == nil
        {
            usleep(200_000)
            ended = child.run { self.state.withLock { $0.stop } }
        }
        if state.withLock({ $0.stop }) != nil { return false }
        guard step.results.contains(ended.status) else {
            note(Failure(folder: trial.folder, status: ended.status, reason: ended.reason))
            return false
        }
        do {
            if step.isPrinted {
                try SystemFiles().replaceFile(step.product, with: ended.output)
            } else if step.words[0] == "train" {
                try SystemFiles().replaceFile(step.product, with: Array("{}\n".utf8))
            }
        } catch {
            note(
                Failure(
                    folder: trial.folder, status: CommandStatus(describing: error).rawValue,
                    reason: "\(error)"))
            return false
        }
        let seconds = Double(began.duration(to: .now).components.seconds)
        FileHandle.standardError.offer("\(trial.folder): \(step.words[0]), \(Int(seconds)) s\n")
        return true
    }

    private func note(_ failure: Failure) { state.withLock { $0.failures.append(failure) } }
}

/// One command of saferl in a process of its own.
struct BenchmarkChild {
    private let program: ChildProgram

    init(_ words: [String], on cores: [Int]) {
        program = ChildProgram(words: ChildProgram.binding(to: cores) + [ChildProgram.saferl] + words)
    }

    /// How it ended: its status, standard output, and the last line of standard error.
    struct End {
        let status: Int32
        let output: [UInt8]
        let reason: String
    }

    /// Runs it to its end; hands a signal on once `stop` names one.
    func run(_ stop: () -> Int32?) -> End {
        let end: ChildProgram.End
        do { end = try program.run(untilTold: stop) } catch {
            return End(status: 127, output: [], reason: "\(error)")
        }
        let lines = String(decoding: end.errors, as: UTF8.self).split(whereSeparator: \.isNewline)
        return End(
            status: end.status, output: end.output,
            reason: lines.last.map(String.init) ?? "ended with status \(end.status)")
    }
}
