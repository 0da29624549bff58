import Foundation
import Glibc
import SafeRL

/// A training run that a job of SLURM carries out, known by the files in its trial's folder.
final class SlurmJob: TrialProcess {
    /// Seconds without a sign of life after which a job that SLURM calls running is dead.
    static let silence = 90.0
    /// Seconds for which the end of a job that SLURM has forgotten may be on its way through the file system.
    private static let delay = 5.0

    let task: TrialTask
    private let launcher: SlurmLauncher
    private var attempt = 1
    /// Array and number; nothing before it is handed over.
    private var job: String?
    private var runningSince: Date?
    private var missingSince: Date?
    private var isCancelled = false
    private var end: (status: Int32, reason: String)?

    init(_ task: TrialTask, of launcher: SlurmLauncher) { (self.task, self.launcher) = (task, launcher) }

    /// Takes up the job of a driver that was killed, where that is still under way or ended well.
    func isTakenUp(by standing: (String) -> SlurmLauncher.Standing?) throws -> Bool {
        guard let earlier = TrialFiles(task.trial).task else { return false }
        attempt = earlier.attempt + 1
        guard earlier.run == task.run, earlier.words == task.words, let job = earlier.job,
            !launcher.abandoned.contains(job)
        else { return false }
        let end = TrialFiles(task.trial).end(of: earlier.attempt)
        guard end.map({ $0.status == 0 }) ?? (standing(job) != nil) else { return false }
        (self.job, attempt) = (job, earlier.attempt)
        return true
    }

    /// Writes what the job is to do.
    func describe() throws {
        try SystemFiles().replaceFile(task.log, with: [])
        try TrialFiles(task.trial).write(self.description(job: nil))
    }

    /// Writes which job does it.
    func isSubmitted(as job: String) throws {
        self.job = job
        try TrialFiles(task.trial).write(description(job: job))
    }

    private func description(job: String?) -> TrialFiles.Task {
        TrialFiles.Task(attempt: attempt, job: job, run: task.run, words: task.words, log: task.log)
    }

    var isRunning: Bool {
        if end != nil { return false }
        if let found = TrialFiles(task.trial).end(of: attempt) {
            end = (found.status, found.reason)
            return false
        }
        guard let job else { return true }
        guard let standing = launcher.standing(of: job) else {
            let since = missingSince ?? Date()
            missingSince = since
            if -since.timeIntervalSinceNow > Self.delay {
                isLost("SLURM has ended job \(job), and it left no result")
            }
            return end == nil
        }
        missingSince = nil
        if standing.reason == "launch_failed_requeued_held" {
            FileHandle.warn(
                "job \(job) is held, since SLURM could not begin it again. It is cancelled and submitted anew; \"scontrol "
                    + "release \(job)\" would have let it go on, and \"sinfo -R\" says whether its node was drained."
            )
            launcher.cancel(job)
            isLost("SLURM could not begin job \(job) again")
            return false
        }
        if standing.state == "RUNNING" { checkLife(of: job) } else { runningSince = nil }
        return end == nil
    }

    /// A job whose shell was killed stays running for SLURM, whatever became of it.
    private func checkLife(of job: String) {
        let since = runningSince ?? Date()
        runningSince = since
        let last = max(TrialFiles(task.trial).heartbeat ?? .distantPast, since)
        guard -last.timeIntervalSinceNow > Self.silence else { return }
        launcher.cancel(job)
        isLost("job \(job) gave no sign of life for \(Int(Self.silence)) s")
    }

    private func isLost(_ reason: String) {
        end = (128 + SIGKILL, reason)
        if let job { launcher.abandoned.insert(job) }
    }

    var status: Int32 { end?.status ?? 0 }

    var reason: String { end?.reason ?? "" }

    func send(_ signal: Int32) {
        guard end == nil, !isCancelled else { return }
        guard let job else { return isLost("it was not handed over to SLURM") }
        isCancelled = true
        launcher.cancel(job)
    }

    func wait() {
        while isRunning { usleep(200_000) }
    }
}
