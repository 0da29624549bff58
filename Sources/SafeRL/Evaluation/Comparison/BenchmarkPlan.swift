import Replay
import Storage

/// What `saferl benchmark` trains and judges: methods × tasks × seeds, each at every cost limit of its task.
///
/// - SeeAlso: Liu et al. 2024, arXiv:2306.09303 (DSRL): 20 episodes, 3 seeds, three limits.
public struct BenchmarkPlan: Sendable, Equatable {
    /// Data, a place to act, and what scores are relative to.
    public struct Task: Sendable, Equatable {
        /// In the table.
        public var name: String
        /// The data file; nothing where the configurations name or collect their own.
        public var data: String?
        /// What records the data file where none is given.
        public var recording: Recording?
        /// Where policies are judged.
        public var environment: String
        /// Cost limits, at least one, none negative.
        public var limits: [Double]
        /// Returns that count as 0 and as 1; nothing where returns are shown as they are.
        public var returns: ClosedRange<Double>?
        /// Whether the least and the largest return of the data's episodes are those.
        public var takesRecordedReturns = false
        /// Steps of the longest episode; nothing where that is not known.
        public var stepLimit: Int?
        /// Overrides of every configuration, `key=value`.
        public var overrides: [String] = []
        /// The benchmark's task, where it is one.
        public var benchmark: DSRLTask?
    }

    /// Data that are recorded once, before the first run.
    public struct Recording: Sendable, Equatable {
        /// Where.
        public var environment: String
        /// What acts; nothing for the environment's first behaviour.
        public var behaviour: String?
        /// How many transitions; nothing for as many as the environment's standard data have.
        public var transitions: Int?
        /// Decides starts, actions and noise.
        public var seed: UInt64
    }

    /// A configuration, and which of its keys the task decides.
    public struct Method: Sendable, Equatable {
        /// In the table.
        public var name: String
        /// The configuration's file.
        public var configuration: String
        /// `key=value`.
        public var overrides: [String] = []
        /// The key that takes a cost limit; nothing for a method that does not ask for one.
        public var limitKey: String?
        /// The key that takes the task's number of steps.
        public var stepLimitKey: String?
    }

    /// How a policy within its limit is certified.
    public struct Certificates: Sendable, Equatable {
        /// Fresh episodes.
        public var episodes: Int
        /// Probability with which a certificate may be wrong, in (0, 1).
        public var delta: Double
    }

    /// The tasks, at least one.
    public var tasks: [Task]
    /// The methods, at least one.
    public var methods: [Method]
    /// Training seeds, different ones.
    public var seeds: [UInt64]
    /// Episodes by which a policy is judged.
    public var episodes: Int
    /// Nothing where no policy is certified.
    public var certificates: Certificates?

    /// What is added to a training seed to make the seed of its episodes.
    public static let evaluationSeed: UInt64 = 1000
}

extension BenchmarkPlan {
    /// One training run.
    public struct Trial: Sendable, Equatable {
        /// Numbers of task and method in the plan.
        public let task, method: Int
        /// The training seed.
        public let seed: UInt64
        /// The cost limit that the method learns for; nothing where it asks for none in training.
        public let limit: Double?
        /// The run's folder, below that of the benchmark.
        public let folder: String
    }

    /// The training runs, by seed, so that every method has its first figures early.
    ///
    /// - Parameter learnsLimit: whether a method must be trained anew for a limit, by its number.
    /// - Returns: each with a folder of its own.
    public func trials(learnsLimit: (Int) -> Bool) -> [Trial] {
        var trials: [Trial] = []
        for seed in seeds {
            for (task, place) in tasks.enumerated() {
                for (number, method) in methods.enumerated() {
                    let limits: [Double?] = learnsLimit(number) ? place.limits.map { $0 } : [nil]
                    for limit in limits {
                        let words =
                            [place.name, method.name] + (limit.map { [Self.text($0)] } ?? []) + ["\(seed)"]
                        trials.append(
                            Trial(
                                task: task, method: number, seed: seed, limit: limit,
                                folder: words.map(Self.folderName).joined(separator: "-")))
                    }
                }
            }
        }
        return trials
    }

    /// A limit as it is written in a command and a folder, `10` or `0.5`.
    public static func text(_ limit: Double) -> String {
        limit == limit.rounded() && abs(limit) < 1e9 ? "\(Int(limit))" : "\(limit)"
    }

    /// Letters, digits and dots, others as `_`.
    public static func folderName(_ word: String) -> String {
        String(word.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "_" })
    }

    /// Takes the ranges of returns that the data's episodes have, where tasks ask for them and the files are there.
    ///
    /// - Throws: what reading the file throws; `ConfigurationError` where all episodes have one return.
    public mutating func readRanges() throws {
        for (number, task) in tasks.enumerated() where task.takesRecordedReturns && task.returns == nil {
            guard let path = task.data, fileKind(path, following: true) == .file else { continue }
            let spread = DatasetSummary(try TransitionDataset(contentsOf: path, actions: .auto)).totalReward
            guard spread.min < spread.max else {
                throw ConfigurationError(
                    at: oneLine(path),
                    "all episodes have one return. Give task \(oneLine(task.name)) \"returns\".")
            }
            tasks[number].returns = Double(spread.min)...Double(spread.max)
        }
    }
}
