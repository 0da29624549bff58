import Algorithms
import Dynamics
import Environments
import Glibc
import GymnasiumEnvironments
import LanguageModels
import MuJoCoEnvironments
import PolicyOptimisation
import SafeRL
import Safety

/// What the process exits with: the one place where errors become numbers.
///
/// Thrown by a command, it ends the process without a message.
package enum CommandStatus: Int32, Error, Equatable {
    /// The command did what it was asked.
    case success = 0
    /// A safety test found no solution, which is a result.
    case noSolutionFound = 3
    /// Arguments that no command understands.
    case usage = 64
    /// Data or a checkpoint that cannot be used.
    case badData = 65
    /// A file that is not there or cannot be opened.
    case missingInput = 66
    /// A fault in saferl, or a number that is not finite.
    case internalFault = 70
    /// A file or folder that cannot be created.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// A configuration that cannot be used.
    case configuration = 78
    /// Stopped by an interrupt (Ctrl-C) after a checkpoint.
    case interrupted = 130
    /// Stopped by a termination signal after a checkpoint.
    case terminated = 143

    /// The status for an error; anything unknown is a fault in saferl.
    package init(describing error: any Error) {
        self =
            switch error {
            case let error as ConfigurationError: error.kind == .missing ? .missingInput : .configuration
            case is OptionIssue, is UnknownTask: .configuration
            case is MovedData: .missingInput
            case is UsageError, is UnknownName, is NoBenchmark, is MixedRuns,
                is UnknownCostRange, is WritesText, is OtherCheckpoint, is UncountedFamily:
                .usage
            case let error as DatasetError: Self(error)
            case let error as RunError: Self(error)
            case let error as StorageError: Self(error)
            case let error as CheckpointError: Self(error)
            case let error as PreferenceError: Self(error)
            case is SafetensorsError, is HubError, is TokenizerError, is BrokenPromise, is UnusablePoints,
                is AlteredEvidence:
                .badData
            case is FileIsThere: .cannotCreate
            case is OutputError, is MemoryShortage: .inputOutput
            case let error as EvaluationError: Self(error)
            case let error as WorkerError: Self(error)
            case let error as KitError: Self(error)
            case let error as ICUSepsisError: error.isMissing ? .missingInput : .badData
            case let error as MuJoCoError: Self(error)
            case let error as TransferError: Self(error)
            case let error as VideoError: Self(error)
            case let error as GuardianError: Self(error)
            case let error as GuardianFitError: Self(error.cause)
            case let error as DynamicsError: Self(error)
            case is LearnerStateError: .badData
            case is NonFiniteError: .internalFault
            default: .internalFault
            }
    }

    private init(_ error: GuardianError) {
        self =
            switch error {
            case .noPoints, .notFinite, .noVariation, .oneEpisode, .noHeldOutPoints, .otherModel, .malformed:
                .badData
            case .scoreNotFinite: .internalFault
            case .otherSize, .otherFeature, .outOfRange, .tooManyMonomials, .singularMoments,
                .tooFewEpisodes, .rejectsEverything, .notCalibrated, .notConverged:
                .configuration
            }
    }

    private init(_ error: DynamicsError) {
        self =
            switch error {
            case .noRows, .unequalLengths, .notFinite, .negativeCost, .repeatedName, .reservedChannel,
                .scatteredEpisode, .endsEarly, .tooFewEpisodes, .otherTraining:
                .badData
            case .divergedInput, .divergedPrediction, .negativePrediction, .noProvenance, .rowOutside:
                .internalFault
            case .otherVariables, .unknownName, .outOfRange, .tooFar, .missingEntry, .unknownPair, .badBudget,
                .badDiscount, .noChannel, .noGuardian, .fallbackSize, .emptyFallback:
                .configuration
            }
    }

    private init(_ error: DatasetError) {
        self =
            error.isMissingFile || error.isUnreadable
            ? .missingInput : error.isUnwritable ? .cannotCreate : .badData
    }

    private init(_ error: PreferenceError) {
        self =
            switch error.kind {
            case .missingFile, .unreadable: .missingInput
            case .content: .badData
            }
    }

    private init(_ error: RunError) {
        self =
            switch error {
            case .inUse, .existingRun, .notEmpty, .notADirectory: .cannotCreate
            case .noRun, .checkpoint: .missingInput
            case .unreadable, .otherData, .damagedLine: .badData
            case .otherConfiguration: .configuration
            case .notFinite: .internalFault
            }
    }

    private init(_ error: StorageError) {
        self =
            switch error {
            case .failed(_, "create", _), .failed(_, "create the directory", _): .cannotCreate
            case .failed(_, "open", ENOENT): .missingInput
            case .diskFull, .failed, .unexpected: .inputOutput
            }
    }

    private init(_ error: CheckpointError) {
        self =
            switch error {
            case .none, .noStep: .missingInput
            case .unencodable: .internalFault
            default: .badData
            }
    }

    private init(_ error: WorkerError) {
        self =
            switch error.kind {
            case .unknown: .usage
            case .notSetUp: .missingInput
            case .unsupported: .configuration
            case .raised: .internalFault
            case .lost: .inputOutput
            }
    }

    private init(_ error: KitError) {
        self =
            switch error.kind {
            case .missing: .missingInput
            case .unsuitable: .configuration
            case .unwritable: .cannotCreate
            case .failed: .inputOutput
            }
    }

    private init(_ error: MuJoCoError) {
        self =
            switch error.kind {
            case .missing: .missingInput
            case .badData: .badData
            case .usage: .usage
            case .cannotCreate: .cannotCreate
            case .internalFault: .internalFault
            }
    }

    private init(_ error: TransferError) {
        self =
            switch error.kind {
            case .missing: .missingInput
            case .network: .inputOutput
            case .badData: .badData
            case .cannotCreate: .cannotCreate
            }
    }

    private init(_ error: EvaluationError) {
        self =
            switch error {
            case .badAction: .badData
            case .wrongSize, .otherActions, .remembers: .configuration
            case .badNumber, .notAChoice, .wrongCosts, .excessiveCost: .internalFault
            }
    }

    private init(_ error: VideoError) {
        self =
            switch error {
            case .noPictures: .configuration
            case .noFfmpeg, .noEncoder: .missingInput
            case .ffmpegFailed: .inputOutput
            case .tooManyEpisodes: .usage
            case .otherCourse, .otherSize: .internalFault
            case .stopped(_, SIGINT): .interrupted
            case .stopped: .terminated
            }
    }
}
