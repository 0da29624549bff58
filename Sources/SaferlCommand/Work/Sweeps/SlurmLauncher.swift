import Foundation
import Glibc
import SafeRL

/// Training runs as jobs of SLURM, several in an array.
///
/// What lies in a trial's folder is believed first, and the scheduler second: it loses and doubles jobs when one of its programs is
/// killed.
final class SlurmLauncher: TrialLauncher {
    /// The largest number of a trial: arrays go no further where nobody changed that.
    static let largestNumber = 1000
    /// Seconds between two questions to the scheduler.
    private static let interval = 1.0
    /// Seconds for which a scheduler that is not reached is waited for before a job is given up that was to be handed over.
    private static let patience = 600.0

    /// Seconds for which a job of which nothing is expected any more may still be running: most end by themselves.
    private static let leave = 15.0

    /// What the scheduler says of a job.
    struct Standing {
        let state: String
        let reason: String
    }

    private let folder: String
    private let options: SlurmOptions
    private var waiting: [SlurmJob] = []
    private var batches = 0
    private var standings: [String: Standing] = [:]
    private var askedAt = Date.distantPast
    private var isReached = true
    /// Numbers of the arrays that drivers of this sweep have submitted.
    private var arrays: Set<String> = []
    /// Since when jobs are there of which nothing is expected any more.
    private var strays: [String: Date] = [:]
    /// Jobs of which nothing is expected any more, whatever the scheduler says.
    var abandoned: Set<String> = []

    /// - Parameters:
    ///   - folder: of the sweep.
    ///   - options: what jobs ask for.
    /// - Throws: `StorageError`.
    init(folder: String, options: SlurmOptions) throws {
        (self.folder, self.options) = (folder, options)
        try SystemFiles().makeDirectories(folder + "/slurm")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/slurm")) ?? []
        batches = names.count { $0.hasPrefix("batch-") && $0.hasSuffix(".sh") }
        for name in names where name.hasSuffix(".job") {
            guard let bytes = try? fileContents("\(folder)/slurm/\(name)", limit: 100) else { continue }
            arrays.insert(String(decoding: bytes, as: UTF8.self))
        }
    }

    func start(_ task: TrialTask) throws -> any TrialProcess {
        guard task.number <= Self.largestNumber else {
            throw PlacedFault(
                .configuration, at: "--on slurm",
                "trial \(task.number): arrays go up to \(Self.largestNumber). Search in several sweeps, or with --on local."
            )
        }
        let job = SlurmJob(task, of: self)
        if try !job.isTakenUp(by: standing(of:)) {
            try job.describe()
            waiting.append(job)
        }
        return job
    }

    func submit() throws {
        guard !waiting.isEmpty else { return }
        let path = folder + "/slurm/batch-" + String(format: "%04d", batches) + ".sh"
        let script = options.script(
            waiting.map(\.task.number), in: folder, program: ChildProgram.saferl)
        try SystemFiles().replaceFile(path, with: Array(script.utf8))
        let began = Date()
        while true {
            let answer = try SlurmCommands.run("sbatch", ["--parsable", path])
            if answer.status == 0 {
                let number = answer.output.prefix { $0.isNumber }
                guard !number.isEmpty else {
                    throw PlacedFault(
                        .inputOutput, at: "sbatch",
                        "answered \(oneLine(answer.output)), where a job's number should be.")
                }
                try SystemFiles().replaceFile(String(path.dropLast(3)) + ".job", with: Array(number.utf8))
                arrays.insert(String(number))
                for job in waiting { try job.isSubmitted(as: "\(number)_\(job.task.number)") }
                (waiting, askedAt) = ([], .distantPast)
                batches += 1
                return
            }
            guard answer.isUnreachable else {
                throw PlacedFault(
                    .configuration, at: "sbatch \(oneLine(path))",
                    "\(answer.reason). Change --partition, --time, --cpus, --memory or --sbatch.")
            }
            warnOnce()
            guard -began.timeIntervalSinceNow < Self.patience else {
                throw PlacedFault(
                    .inputOutput, at: "sbatch",
                    "\(answer.reason). Repeat the command when the controller answers.")
            }
            sleep(1)
        }
    }

    /// How a job stands; nothing where the scheduler does not know it, and an empty state where it does not answer.
    func standing(of job: String) -> Standing? {
        if -askedAt.timeIntervalSinceNow > Self.interval { ask() }
        guard isReached else { return Standing(state: "", reason: "") }
        return standings[job]
    }

    /// Ends a job, with a signal that lets it leave a checkpoint.
    func cancel(_ job: String) { _ = try? SlurmCommands.run("scancel", [job]) }

    private func ask() {
        askedAt = Date()
        let words = ["-h", "-r", "-u", "\(getuid())", "-o", "%F_%K|%T|%r"]
        guard let answer = try? SlurmCommands.run("squeue", words), answer.status == 0 else {
            isReached = false
            return warnOnce()
        }
        (isReached, standings) = (true, [:])
        for line in answer.output.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            // As scontrol writes reasons; squeue leaves out the underscores.
            standings[parts[0]] = Standing(
                state: parts[1], reason: parts[2].replacing(" ", with: "_"))
        }
        endStrays(after: Self.leave)
    }

    // MARK: What SLURM has not noticed

    func settle() {
        let began = Date()
        repeat {
            ask()
            if strays.isEmpty { return }
            usleep(500_000)
        } while -began.timeIntervalSinceNow < Self.leave / 3
        endStrays(after: 0)
    }

    /// Ends jobs whose part is done or was given to another: SLURM calls one running for ever whose slurmstepd was killed.
    private func endStrays(after patience: Double) {
        let found = standings.filter { $0.value.state != "COMPLETING" && isStray($0.key) }.keys.sorted()
        strays = strays.filter { found.contains($0.key) }
        for job in found {
            let since = strays[job] ?? Date()
            strays[job] = since
            if -since.timeIntervalSinceNow >= patience { cancel(job) }
        }
    }

    private func isStray(_ job: String) -> Bool {
        let parts = job.split(separator: "_").map(String.init)
        guard parts.count == 2, arrays.contains(parts[0]), let number = Int(parts[1]) else { return false }
        let files = TrialFiles(folder + "/trials/" + String(format: "%04d", number))
        return files.task.map { $0.job != job || files.end(of: $0.attempt) != nil } ?? false
    }

    private var hasWarned = false

    private func warnOnce() {
        if hasWarned { return }
        hasWarned = true
        FileHandle.warn("SLURM's controller does not answer; waiting for it.")
    }
}
