/// What every run has, whichever algorithm it trains; the algorithm's own options stand beside it under its name.
public struct RunConfiguration: Defaulted, Equatable {
    /// The algorithm's name, such as `fisor`; empty means not given, which no run accepts.
    public var algorithm = ""
    /// Decides every random number of training.
    public var seed: UInt64 = 0
    /// The environment that the policy is evaluated in and, without a data file, collected from; empty for none.
    public var environment = ""
    /// What the algorithm learns from.
    public var data = DataConfiguration()
    /// How long the run trains and how often it writes.
    public var schedule = Schedule()
    /// How the policy is judged after training.
    public var evaluation = EvaluationConfiguration()

    /// The defaults.
    public init() {}

    /// The keys that stand beside the algorithm's section.
    public static var options: [Option] {
        [
            Option("algorithm", .text, "The algorithm to train, such as \"fisor\"."),
            Option("seed", .seed, "Decides every random number of training."),
            Option(
                "environment", .text, "Where to evaluate and, without a data file, to collect; \"\" for none."
            ),
            Option("data", .group(DataConfiguration.options), "What the algorithm learns from."),
            Option("schedule", .group(Schedule.options), "How long the run trains and how often it writes."),
            Option("evaluation", .group(EvaluationConfiguration.options), "How the policy is judged."),
        ]
    }

    /// Checks that there is something to learn from, for algorithms that bring no data of their own.
    ///
    /// - Throws: `OptionIssue`.
    func checkData() throws(OptionIssue) {
        guard data.file.isEmpty && environment.isEmpty else { return }
        throw OptionIssue(
            "data.file", "no data to learn from. Name a file, or an \"environment\" to collect data from.")
    }

    /// Checks that the keys do not contradict each other.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if data.file.isEmpty && !["auto", "none"].contains(data.task) {
            throw OptionIssue(
                "data.task",
                "\(quoted(data.task)) contradicts data that is collected from an environment. Write \"none\"."
            )
        }
        if data.file.isEmpty && data.rewards == .task {
            throw OptionIssue(
                "data.rewards",
                "\"task\" contradicts data that is collected from an environment. Write \"recorded\" or \"raw\"."
            )
        }
        try data.validate(under: "data")
        try schedule.validate(under: "schedule")
        try evaluation.validate(under: "evaluation")
    }
}

/// What an algorithm learns from.
public struct DataConfiguration: Defaulted, Equatable {
    /// How rewards reach the algorithm.
    public enum Rewards: String, Codable, CaseIterable, Sendable {
        /// Multiplied by T / (Rmax − Rmin) of the task.
        case task
        /// Likewise by the recorded episodes: the longest, and the range of their returns.
        case recorded
        /// As they are.
        case raw
    }

    /// A dataset file; empty to collect on the spot from the environment.
    public var file = ""
    /// `auto` infers the task from the file's name, `none` says that it has no constants, all else is a DSRL id.
    public var task = "auto"
    /// What becomes of recorded actions outside [-1, 1].
    public var actions = ActionRule.auto
    /// How rewards reach the algorithm.
    public var rewards = Rewards.raw
    /// Whether observations are shifted and scaled to mean 0 and standard deviation 1.
    public var normalizeObservations = false
    /// How data is collected when there is no file.
    public var collect = CollectConfiguration()

    /// The defaults.
    public init() {}

    /// The keys of `data`.
    public static var options: [Option] {
        [
            Option(
                "file", .text, "A dataset in DSRL layout; \"\" collects from the environment on the spot."),
            Option(
                "task", .text,
                "\"auto\" infers the task from the file's name, \"none\" is no task, or a DSRL id."),
            Option(
                "actions", .words(of: ActionRule.self),
                "Of actions beyond [-1, 1]: \"auto\" clips if the task's simulator does, else refuses; \"clip\", \"refuse\"."
            ),
            Option(
                "rewards", .words(of: Rewards.self),
                "\"task\" multiplies rewards by T / (Rmax - Rmin) of the task, \"recorded\" by that of the recorded episodes, \"raw\" leaves them."
            ),
            Option(
                "normalizeObservations", .boolean, "Shift and scale observations to mean 0 and deviation 1."),
            Option("collect", .group(CollectConfiguration.options), "How data is collected without a file."),
        ]
    }

    /// Checks that rewards are scaled only where there is a task.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if task == "none" && rewards == .task {
            throw OptionIssue(
                "rewards",
                "\"task\" contradicts \"task\": \"none\". Write \"recorded\" or \"raw\", or name the task.")
        }
        if task.isEmpty { throw OptionIssue("task", "empty. Write \"auto\", \"none\" or a DSRL id.") }
        try collect.validate(under: "collect")
    }
}

/// How data is collected when a run has no file.
public struct CollectConfiguration: Defaulted, Equatable {
    /// The name of one of the environment's behaviours; empty for its first.
    public var behaviour = ""
    /// Transitions in all, where `episodes` is 0; 0 for as many as the environment's standard data set has.
    public var transitions = 0
    /// Whole episodes in all; 0 to count transitions.
    public var episodes = 0
    /// Decides starts, actions and noise.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// How much to collect.
    ///
    /// - Parameter standard: transitions of the environment's standard data set.
    /// - Returns: transitions or episodes.
    public func amount(standard: Int) -> CollectionAmount {
        episodes > 0 ? .episodes(episodes) : .transitions(transitions > 0 ? transitions : standard)
    }

    /// The keys of `data.collect`.
    public static var options: [Option] {
        [
            Option(
                "behaviour", .text, "A behaviour of the environment, such as \"random\"; \"\" is its first."),
            Option(
                "transitions", .integer(minimum: 0, maximum: 100_000_000),
                "Transitions to collect, where \"episodes\" is 0; 0 is as many as the environment's standard set."
            ),
            Option(
                "episodes", .integer(minimum: 0, maximum: 10_000_000),
                "Whole episodes to collect; 0 collects by \"transitions\"."),
            Option("seed", .seed, "Decides starts, actions and noise."),
        ]
    }

    /// Checks that there is a whole episode to learn from.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if transitions == 1 { throw OptionIssue("transitions", "1 is too few. Write at least 2, or 0.") }
    }
}

/// How a policy is judged.
public struct EvaluationConfiguration: Defaulted, Equatable {
    /// Where the policy acts; empty for the run's `environment`.
    public var environment = ""
    /// Episodes in all.
    public var episodes = 100
    /// Decides the starts and the policy's noise; the same for every policy that is to be compared.
    public var seed: UInt64 = 1000
    /// Confidence of the bounds and intervals that are reported.
    public var confidence = 0.95
    /// The episode cost that counts as 1 in the normalised cost; −1 for the strict limit of the data's task.
    public var costLimit = -1.0
    /// Processes that share the episodes, where the environment runs in some; 0 for one on each core.
    public var workers = 0
    /// How often unfinished episodes start again after the environment failed; 0 ends the evaluation.
    public var retries = 0
    /// Updates between two evaluations during training; 0 for none.
    public var interval = 0
    /// Episodes of each of these; 0 for `episodes`.
    public var intervalEpisodes = 0

    /// The defaults.
    public init() {}

    /// The keys of `evaluation`.
    public static var options: [Option] {
        [
            Option("environment", .text, "Where the policy acts; \"\" is the run's environment."),
            Option("episodes", .integer(minimum: 1, maximum: 10_000_000), "Episodes to run."),
            Option("seed", .seed, "Decides the starts and the policy's noise."),
            Option(
                "confidence", .number(minimum: 0, maximum: 1, excludingMinimum: true, excludingMaximum: true),
                "Confidence of the bounds and intervals that are reported."),
            Option(
                "costLimit", .number(minimum: -1, maximum: 1e9),
                "Cost of an episode that is normalised to 1; -1 is the strict limit of the data's task."),
            Option(
                "workers", .integer(minimum: 0, maximum: 1024),
                "Processes that share the episodes of an environment in Python; 0 is one on each core."),
            Option(
                "retries", .integer(minimum: 0, maximum: 1_000_000),
                "How often unfinished episodes start again after the environment failed."),
            Option(
                "interval", .integer(minimum: 0, maximum: 1_000_000_000),
                "Updates between two evaluations during training; 0 is none."),
            Option(
                "intervalEpisodes", .integer(minimum: 0, maximum: 10_000_000),
                "Episodes of each evaluation during training; 0 is as many as \"episodes\"."),
        ]
    }

    /// Checks that a negative cost limit is the one that has a meaning.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if costLimit < 0 && costLimit != -1 {
            throw OptionIssue("costLimit", "negative. Write -1 for the task's limit, or at least 0.")
        }
    }
}
