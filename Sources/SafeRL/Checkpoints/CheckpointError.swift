/// A checkpoint that cannot be used, or not by this run.
public enum CheckpointError: Fault, Equatable {
    /// There is no checkpoint at all.
    case none(directory: String)
    /// There are checkpoints, but not of that step.
    case noStep(Int, directory: String, present: [Int])
    /// There are checkpoints, but each of them is damaged.
    case noneVerifies(directory: String, newest: String)
    /// `manifest.json` is not there.
    case missingManifest(path: String)
    /// The content is not what was written.
    case damaged(path: String, reason: String)
    /// A later saferl wrote it.
    case newerFormat(path: String, found: Int, supported: Int)
    /// No tensor of that name.
    case missingTensor(String, path: String)
    /// The tensor has other dimensions.
    case otherShape(String, path: String, stored: [Int], wanted: [Int])
    /// No value of that name.
    case missingValue(String, path: String)
    /// It was written before the run had a policy.
    case noPolicy(path: String)
    /// The value does not decode as the wanted type.
    case undecodable(String, path: String, reason: String)
    /// The value is of the wanted type, and no sound checkpoint holds it.
    case unsound(String, path: String, reason: String)
    /// A tensor holds NaN or an infinite number.
    case notFinite(tensor: String, path: String)
    /// The value cannot be written as JSON.
    case unencodable(String, reason: String)
    /// The run's configuration is not the one that wrote the checkpoint.
    case otherConfiguration(path: String)
    /// The data are not those that the checkpoint was learned from.
    case otherData(path: String, stored: String, given: String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .none, .noStep: .missingInput
        case .unencodable: .internalFault
        default: .badData
        }
    }

    /// One sentence beginning with the path.
    public var description: String {
        switch self {
        case .none(let directory):
            "\(directory): no checkpoint. Start the run anew."
        case .noStep(let step, let directory, let present):
            "\(directory): no checkpoint of step \(step). Those there are: \(Self.listed(present))."
        case .noneVerifies(let directory, let newest):
            "\(directory): no checkpoint verifies; the newest: \(newest) Restore a copy or start anew."
        case .missingManifest(let path):
            "\(path)/manifest.json: not there, so the checkpoint cannot be verified. Restore the file from a copy."
        case .damaged(let path, let reason):
            "\(path): damaged: \(reason). Restore it from a copy or use an older checkpoint."
        case .newerFormat(let path, let found, let supported):
            "\(path): checkpoint format \(found) is newer than \(supported), the newest that this saferl reads. Update saferl."
        case .missingTensor(let name, let path):
            "\(path): no tensor \"\(name)\". Use the algorithm and configuration that wrote the checkpoint."
        case .otherShape(let name, let path, let stored, let wanted):
            "\(path): tensor \"\(name)\" has shape \(stored), not \(wanted). Use the configuration that wrote the checkpoint."
        case .missingValue(let name, let path):
            "\(path): no value \"\(name)\". Use the algorithm and configuration that wrote the checkpoint."
        case .noPolicy(let path):
            "\(path): written before the run had a policy. Continue the run with \"saferl resume\", or use another one."
        case .undecodable(let name, let path, let reason):
            "\(path): value \"\(name)\": \(reason). Use the saferl that wrote the checkpoint."
        case .unsound(let name, let path, let reason):
            "\(path): value \"\(name)\": \(reason). No saferl wrote that; use an older checkpoint or another copy."
        case .notFinite(let name, let path):
            "\(path): tensor \"\(name)\" holds a number that is not finite. Use an older checkpoint."
        case .unencodable(let name, let reason):
            "checkpoint value \"\(name)\": \(reason). Store a value that JSON can hold."
        case .otherConfiguration(let path):
            "\(path): written with another configuration. Resume with config.resolved.json of its run, or start a new run."
        case .otherData(let path, let stored, let given):
            "\(path): learned from other data (SHA-256 \(stored), now \(given)). Give the data that the run was started with."
        }
    }

    /// The newest steps, newest first.
    private static func listed(_ steps: [Int]) -> String {
        steps.prefix(8).map(String.init).joined(separator: ", ")
            + (steps.count > 8 ? " and \(steps.count - 8) older ones" : "")
    }
}
