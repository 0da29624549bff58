import Foundation
import Glibc
import SafeRL

/// What `saferl sweep trial` does: the part of a job of SLURM.
struct TaskWork {
    let folder: String
    let number: Int

    /// Seconds between two signs of life.
    private static let interval = 30.0

    func run() throws {
        let trial = folder + "/trials/" + String(format: "%04d", number)
        let files = TrialFiles(trial)
        guard let task = files.task else {
            throw PlacedFault(
                .missingInput, at: trial,
                "no task of a sweep. saferl sweep --on slurm writes it; begin it there.")
        }
        // SLURM may begin a job twice; the second copy has nothing to do.
        guard let lock = try files.lock() else {
            throw PlacedFault(.cannotCreate, at: trial, "another job has this trial. Leave it to that one.")
        }
        try withExtendedLifetime(lock) {
            if files.end(of: task.attempt) != nil { return }
            let watch = SignalWatch()
            let child = try SweepChild(task.words, on: Cores.allowed, log: task.log)
            var (beat, told) = (Date.distantPast, false)
            while child.isRunning {
                if -beat.timeIntervalSinceNow > Self.interval {
                    files.beat()
                    beat = Date()
                }
                if !told, let signal = watch.pending {
                    child.send(signal)
                    told = true
                }
                usleep(20_000)
            }
            try files.write(
                TrialFiles.End(attempt: task.attempt, status: child.status, reason: child.reason))
            if child.status != 0, let status = CommandStatus(rawValue: child.status) { throw status }
        }
    }
}
