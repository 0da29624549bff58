import Storage

/// Why a monitor or a router cannot be made, read or asked.
public enum MonitorError: Fault, Equatable {
    /// The environment cannot be continued from the middle of an episode.
    case cannotBranch(String)
    /// Seed and actions of an episode lead elsewhere when it is played again.
    case doesNotRepeat(String, episode: Int, step: Int)
    /// The policy looks at how its episode went.
    case remembers
    /// A file is not what it should be.
    case malformed(String, reason: String)
    /// A file was written by a later version.
    case laterFormat(String, stored: Int, known: Int)
    /// There is too little to learn from.
    case tooFew(String, needed: String)
    /// Features of another size than those fitted on.
    case otherSize(String, fitted: Int, asked: Int)
    /// A router that was calibrated for another policy.
    case otherPolicy(String)
    /// A number of a feature that is not finite.
    case notFinite(String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .cannotBranch, .remembers, .otherSize, .otherPolicy: .configuration
        case .malformed, .laterFormat, .tooFew, .notFinite: .badData
        case .doesNotRepeat: .internalFault
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .cannotBranch(let name):
            "\(oneLine(name)): cannot be continued from the middle of an episode, since only a native environment that implements "
                + "branch(seed:) can be copied there. Label in one that can, such as point-robot."
        case .doesNotRepeat(let name, let episode, let step):
            "\(oneLine(name)): episode \(episode) does not repeat at step \(step) with equal seed and actions. Look at it with "
                + "\"saferl env check\"."
        case .remembers:
            "the policy looks at how its episode went, which continuations do not tell it. Name a run of another method."
        case .malformed(let path, let reason): "\(oneLine(path)): \(reason)."
        case .laterFormat(let path, let stored, let known):
            "\(oneLine(path)): has format \(stored), and this saferl reads \(known). Read it with a later saferl."
        case .tooFew(let what, let needed): "monitor: \(what). Label \(needed)."
        case .otherSize(let what, let fitted, let asked):
            "\(oneLine(what)): made for \(fitted) numbers of observation and action, asked about \(asked). Use the environment that it "
                + "was made for."
        case .otherPolicy(let path):
            "\(oneLine(path)): was calibrated for another policy than this checkpoint's, whose risks it does not know. Calibrate one by "
                + "\"saferl guard calibrate\", or name the run that it is of."
        case .notFinite(let what):
            "\(oneLine(what)): asked about a number that is not finite. Repair the environment or the policy."
        }
    }
}
