/// A training run of a trial, as it is asked for.
struct TrialTask {
    /// Of the trial.
    let number: Int
    /// The trial's folder.
    let trial: String
    /// The run's directory.
    let run: String
    /// What `saferl` is called with.
    let words: [String]
    /// Where standard error goes.
    let log: String
    /// Which of the sweep's jobs it is.
    let slot: Int
}

/// A training run of a trial that was begun somewhere.
protocol TrialProcess: AnyObject {
    /// Whether it may still do something.
    var isRunning: Bool { get }
    /// How it ended; 128 and the signal where one ended it.
    var status: Int32 { get }
    /// The last line of its standard error.
    var reason: String { get }
    /// Asks it to end, with a checkpoint.
    func send(_ signal: Int32)
    /// Waits until it has ended.
    func wait()
}

/// Where the training runs of a sweep are carried out.
protocol TrialLauncher: AnyObject {
    /// Begins a run, or takes up the one of that directory that is still under way.
    ///
    /// - Throws: `PlacedFault`, `StorageError`.
    func start(_ task: TrialTask) throws -> any TrialProcess
    /// Hands over what was begun since the last call, where several are handed over together.
    ///
    /// - Throws: `PlacedFault`, `StorageError`.
    func submit() throws
    /// Called once all trials are done: leaves nothing behind.
    func settle()
}

/// Runs as processes on the cores of this machine.
final class LocalLauncher: TrialLauncher {
    /// The cores of each job.
    private let places: [[Int]]

    init(cores: [Int], jobs: Int) {
        places = (0..<jobs).map { job in
            // With more jobs than cores some share one; with fewer, the rest is shared out.
            let own = cores.enumerated().filter { $0.offset % jobs == job }.map(\.element)
            return own.isEmpty ? [cores[job % cores.count]] : own
        }
    }

    func start(_ task: TrialTask) throws -> any TrialProcess {
        try SweepChild(task.words, on: places[task.slot], log: task.log)
    }

    func submit() {}

    func settle() {}
}
