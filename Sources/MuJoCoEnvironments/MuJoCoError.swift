import Storage

/// Why native simulation failed, and what to do.
public enum MuJoCoError: Fault, Equatable {
    /// MuJoCo is not installed, or cannot be loaded; with the loader's reason.
    case noLibrary(reason: String)
    /// A library that reports another version than 2.2.2, such as 321.
    case otherVersion(Int, library: String)
    /// A file that was named as the library and is not MuJoCo, or not all of it.
    case notMuJoCo(library: String, missing: String)
    /// A library whose structures are not those of 2.2.2 although it reports that version.
    case otherLayout(library: String)
    /// The model files have not been fetched.
    case noModel(file: String)
    /// A model file that cannot be read, or that MuJoCo refuses.
    case unreadableModel(file: String, reason: String)
    /// A model file that is not the one of the task's definition.
    case otherModel(file: String)
    /// A name that no task has.
    case unknownTask(String, suggestion: String)
    /// An action value that is NaN or infinite.
    case badAction(String, element: Int, value: Float)
    /// A state that is not finite or too large for MuJoCo, in a slot of the environment.
    case unstable(String, step: Int)
    /// MuJoCo gave up, with its reason.
    case engine(String)
    /// There is not enough memory for another simulation.
    case outOfMemory
    /// Python, pip or the network is missing, so nothing can be fetched; a whole sentence.
    case cannotFetch(reason: String)
    /// The fetched package is not the one that was asked for.
    case otherPackage(file: String, digest: String)
    /// What was fetched cannot be stored.
    case cannotStore(folder: String)

    /// The Python environment for comparison does not answer.
    case noPeer(command: String)

    /// What kind of failure it is.
    public var kind: FaultKind {
        switch self {
        case .noLibrary, .noModel, .cannotFetch, .noPeer: .missingInput
        case .otherVersion, .notMuJoCo, .otherLayout, .unreadableModel, .otherModel, .otherPackage: .badData
        case .unknownTask: .usage
        case .cannotStore: .cannotCreate
        case .badAction, .unstable, .engine, .outOfMemory: .internalFault
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .noLibrary(let reason):
            "MuJoCo 2.2.2 cannot be loaded (\(reason)). Install it with \"saferl env setup mujoco\" (or, on Debian 12, "
                + "apt-get install libmujoco-dev), or name its file in \(MuJoCoPlaces.libraryVariable)."
        case .otherVersion(let version, let library):
            "\(library): MuJoCo \(Self.dotted(version)); saferl works with 2.2.2 only. Install that with "
                + "\"saferl env setup mujoco\", or name its file in \(MuJoCoPlaces.libraryVariable)."
        case .notMuJoCo(let library, let missing):
            "\(library): not MuJoCo 2.2.2, it has no \(missing). "
                + "Name another file in \(MuJoCoPlaces.libraryVariable), or unset it."
        case .otherLayout(let library):
            "\(library): reports version 2.2.2, but its structures differ. Use an unmodified build of MuJoCo 2.2.2."
        case .noModel(let file):
            "\(file): no such model file. Fetch the models with \"saferl env setup mujoco\", "
                + "or name their folder in \(MuJoCoPlaces.modelsVariable)."
        case .unreadableModel(let file, let reason):
            "\(file): cannot be used: \(reason). Fetch the models again with \"saferl env setup mujoco\"."
        case .otherModel(let file):
            "\(file): not the model of gymnasium \(MuJoCoPackage.gymnasium.version), by which the task is defined. "
                + "Fetch the models with \"saferl env setup mujoco\"."
        default: lessFrequent
        }
    }

    private var lessFrequent: String {
        switch self {
        case .unknownTask(let name, let suggestion): "\(name): unknown task. \(suggestion)"
        case .badAction(let task, let element, let value):
            "\(task): action value \(element) is \(value). Repair the policy; nothing was simulated."
        case .unstable(let task, let step):
            "\(task), step \(step): the simulated state is not finite or beyond 1e10. "
                + "Figures of this episode would mean nothing; examine the policy's actions."
        case .engine(let reason): "MuJoCo gave up: \(reason)."
        case .outOfMemory: "not enough memory for another simulation. Use fewer episodes side by side."
        case .cannotFetch(let reason): reason
        case .otherPackage(let file, let digest):
            "\(file): its SHA-256 is \(digest), which is not the published one. "
                + "Nothing of it was installed; check where pip fetches packages from."
        case .cannotStore(let folder):
            "\(folder): cannot be created or written to. Name a folder that you may write to in SAFERL_HOME."
        case .noPeer(let command): "\(command): gives no answer. Install its packages, see docs/mujoco.md."
        default: "MuJoCo failed."
        }
    }

    private static func dotted(_ version: Int) -> String {
        "\(version / 100).\(version / 10 % 10).\(version % 10)"
    }
}
