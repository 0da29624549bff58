/// A run directory that cannot be used as asked.
public enum RunError: Fault, Equatable {
    /// Another process trains there.
    case inUse(path: String, process: Int32?)
    /// A run is there already.
    case existingRun(path: String)
    /// Something is there, but not a run.
    case notEmpty(path: String, example: String)
    /// It was to be continued or judged, but holds no run.
    case noRun(path: String)
    /// A checkpoint where a run is needed.
    case checkpoint(path: String)
    /// A file where a directory is needed.
    case notADirectory(path: String)
    /// `manifest.json` cannot be read.
    case unreadable(path: String, reason: String)
    /// A later version of saferl wrote `manifest.json`.
    case newerFormat(path: String, found: Int, supported: Int)
    /// A line of `metrics.jsonl` that the newest checkpoint counts is not what was written.
    case damagedLine(path: String, line: Int, reason: String)
    /// Keys that may not change in the middle of a run have changed.
    case otherConfiguration(path: String, differences: [String])
    /// The data are not those that the run was started with.
    case otherData(path: String, started: String, given: String)
    /// A number was not finite; the learners may be in any state, the checkpoint is from before.
    case notFinite(metric: String, stage: String, step: Int, checkpoint: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .inUse, .existingRun, .notEmpty, .notADirectory: .cannotCreate
        case .noRun, .checkpoint: .missingInput
        case .unreadable, .newerFormat, .otherData, .damagedLine: .badData
        case .otherConfiguration: .configuration
        case .notFinite: .internalFault
        }
    }

    /// One sentence beginning with the path.
    public var description: String {
        switch self {
        case .inUse(let path, let process):
            "\(path): in use by process \(process.map(String.init) ?? "unknown"). Wait for it, stop it, or name another directory."
        case .existingRun(let path):
            "\(path): holds a run already. Continue it with --resume, or name another directory."
        case .notEmpty(let path, let example):
            "\(path): not empty (\(example)) and not a run of saferl. Name another directory."
        case .noRun(let path):
            "\(path): holds no run. Check the path, or start one with \"saferl train\"."
        case .checkpoint(let path):
            "\(path): a checkpoint, without the configuration that its run has. Give the run's directory, two folders up."
        case .notADirectory(let path):
            "\(path): a file is in the way. Name another directory."
        case .unreadable(let path, let reason):
            "\(path): \(reason). Restore the file from a copy."
        case .newerFormat(let path, let found, let supported):
            "\(path): run format \(found) is newer than \(supported), the newest that this saferl reads. Update saferl."
        case .damagedLine(let path, let line, let reason):
            "\(path):\(line): not a line of metrics: \(reason). Restore the file from a copy, or remove this line."
        case .otherConfiguration(let path, let differences):
            "\(path): the run was started with another configuration: \(differences.joined(separator: "; ")). "
                + "Restore these values, or start a new run."
        case .otherData(let path, let started, let given):
            "\(path): the content of the data differs: the run was started on SHA-256 \(started), this is \(given). "
                + "Give the same data, or start a new run."
        case .notFinite(let metric, let stage, let step, let checkpoint):
            "\(checkpoint): the last good state; in update \(step) (stage \(stage)), \(metric) is not a finite number. "
                + "Lower the learning rate or clip gradients in a new run, or look into the data."
        }
    }
}
