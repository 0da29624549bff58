/// What every run has, whichever algorithm it trains; the algorithm's own options stand beside it under its name.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct RunConfiguration: Defaulted, Equatable {
    @Setting("The algorithm to train, such as \"fisor\".")
    public var algorithm = ""
    @Setting("Decides every random number of training.")
    public var seed: UInt64 = 0
    @Setting("Where to evaluate and, without a data file, to collect; \"\" for none.")
    public var environment = ""
    @Setting("What the algorithm learns from.")
    public var data = DataConfiguration()
    @Setting("Rules that hold while an algorithm learns by acting.")
    public var `guard` = GuardConfiguration()
    @Setting("How long the run trains and how often it writes.")
    public var schedule = Schedule()
    @Setting(
        "How factors of large products are held in training: \"float32\", or \"bf16\", half as long, where the processor multiplies those."
    )
    public var precision = Precision.float32
    @Setting("How the policy is judged.")
    public var evaluation = EvaluationConfiguration()
    @Setting("How an update is cut into parts that processes share.")
    public var parallel = ParallelConfiguration()

    /// The defaults.
    public init() {}

    /// Checks that there is something to learn from, for algorithms that bring no data of their own.
    ///
    /// - Parameters:
    ///   - algorithm: its name.
    ///   - isActing: whether it learns by acting, and reads no file.
    /// - Throws: `OptionIssue`.
    func checkData(of algorithm: String, isActing: Bool) throws(OptionIssue) {
        if isActing {
            if !data.file.isEmpty {
                throw OptionIssue("data.file", "is not read: \(algorithm) learns by acting. Write \"\".")
            }
            if environment.isEmpty {
                throw OptionIssue(
                    "environment",
                    "is needed: \(algorithm) learns by acting. Name one; saferl env list shows them.")
            }
        } else if !`guard`.rules.isEmpty {
            throw OptionIssue(
                "guard.rules",
                "has no effect: \(algorithm) learns from recordings and does not act. Write \"\", and judge its policy with "
                    + "saferl evaluate --guard.")
        } else if `guard`.reward != .task {
            throw OptionIssue(
                "guard.reward",
                "has no effect: \(algorithm) learns from recordings and does not act. Write \"task\".")
        } else if data.file.isEmpty && environment.isEmpty {
            throw OptionIssue(
                "data.file", "no data to learn from. Name a file, or an \"environment\" to collect data from."
            )
        }
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
        try `guard`.validate(under: "guard")
        try schedule.validate(under: "schedule")
        try evaluation.validate(under: "evaluation")
        try parallel.validate(under: "parallel")
    }
}

/// How an update is cut into parts that processes share.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct ParallelConfiguration: Defaulted, Equatable {
    @Setting(
        0...64,
        "Parts of an update that processes share, a power of two; 0 computes it whole. 8 under mpirun.")
    public var shards = 0
    @Setting(1...86_400, "Seconds after which a process that does not answer ends the run.")
    public var timeout = 300

    /// Whole updates.
    public init() {}

    /// Checks that parts can be summed up as a balanced tree.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if shards > 0 && shards.nonzeroBitCount != 1 {
            throw OptionIssue("shards", "no power of two. Write 1, 2, 4, 8, 16, 32 or 64, or 0.")
        }
    }
}

/// What an algorithm learns from.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
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

    @Setting("A dataset in DSRL layout; \"\" collects from the environment on the spot.")
    public var file = ""
    @Setting("\"auto\" infers the task from the file's name, \"none\" is no task, or a DSRL id.")
    public var task = "auto"
    @Setting(
        "Of actions beyond [-1, 1]: \"auto\" clips if the task's simulator does, else refuses; \"clip\", \"refuse\"."
    )
    public var actions = ActionRule.auto
    @Setting(
        "\"task\" multiplies rewards by T / (Rmax - Rmin) of the task, \"recorded\" by that of the recorded episodes, \"raw\" leaves them."
    )
    public var rewards = Rewards.raw
    @Setting("Shift and scale observations to mean 0 and deviation 1.")
    public var normalizeObservations = false
    @Setting("How data is collected without a file.")
    public var collect = CollectConfiguration()
    @Setting(
        "A list of SHA-256, one a line, of the only files that may be learned from; \"\" for any file.")
    public var allow = ""

    /// The defaults.
    public init() {}

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

/// Rules in front of an environment in which an algorithm learns by acting, and who rewards it there.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct GuardConfiguration: Defaulted, Equatable {
    /// What training is rewarded by.
    public enum Reward: String, Codable, CaseIterable, Sendable {
        /// The task's reward.
        case task
        /// The return, unless an episode went on where its monitor says unsafe or stopped where it says safe.
        case hybrid
        /// What a monitor says of safety, and nothing else.
        case safety
    }

    @Setting(
        "A file of rules that no step of training may break; \"\" for none. What is done instead is what is learned from."
    )
    public var rules = ""
    @Setting("What is tried in place of a refused action, in order: project, idle, fallback, stop.")
    public var react = "project,fallback,stop"
    @Setting("A controller of the environment, or a run, for \"fallback\"; \"\" for none.")
    public var fallback = ""
    @Setting("What training is rewarded by: \"task\", \"hybrid\" or \"safety\"; the last two take a monitor.")
    public var reward = Reward.task
    @Setting("A file of saferl guard train-monitor that judges steps for \"reward\"; \"\" for none.")
    public var monitor = ""
    @Setting(1e-6...1e9, "Standard deviation of returns (s): a monitor's reward takes 10 s or 5 s away.")
    public var returnDeviation = 1.0

    /// No rules and no monitor.
    public init() {}

    /// Checks that nothing stands beside rules or a monitor that are not there.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if monitor.isEmpty && reward != .task {
            throw OptionIssue(
                "reward", "takes a monitor. Name its file in \"guard.monitor\".")
        }
        if !monitor.isEmpty && reward == .task {
            throw OptionIssue(
                "monitor", "has no effect on the task's reward. Write \"guard.reward\": \"hybrid\".")
        }
        if rules.isEmpty && !fallback.isEmpty {
            throw OptionIssue("fallback", "has no effect without rules. Name a file in \"guard.rules\".")
        }
    }
}

/// How data is collected when a run has no file.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct CollectConfiguration: Defaulted, Equatable {
    @Setting("A behaviour of the environment, such as \"random\"; \"\" is its first.")
    public var behaviour = ""
    @Setting(
        0...100_000_000,
        "Transitions to collect, where \"episodes\" is 0; 0 is as many as the environment's standard set.")
    public var transitions = 0
    @Setting(0...10_000_000, "Whole episodes to collect; 0 collects by \"transitions\".")
    public var episodes = 0
    @Setting("Decides starts, actions and noise.")
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

    /// Checks that there is a whole episode to learn from.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if transitions == 1 { throw OptionIssue("transitions", "1 is too few. Write at least 2, or 0.") }
    }
}

/// How a policy is judged.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct EvaluationConfiguration: Defaulted, Equatable {
    @Setting("Where the policy acts; \"\" is the run's environment.")
    public var environment = ""
    @Setting(1...10_000_000, "Episodes to run.")
    public var episodes = 100
    @Setting("Decides the starts and the policy's noise.")
    public var seed: UInt64 = 1000
    @Setting(.open(0, 1), "Confidence of the bounds and intervals that are reported.")
    public var confidence = 0.95
    @Setting(
        -1...1e9, "Cost of an episode that is normalised to 1; -1 is the strict limit of the data's task.")
    public var costLimit = -1.0
    @Setting(
        0...1024, "Processes that share the episodes of an environment in Python; 0 is one on each core.")
    public var workers = 0
    @Setting(0...1_000_000, "How often unfinished episodes start again after the environment failed.")
    public var retries = 0
    @Setting(0...1_000_000_000, "Updates between two evaluations during training; 0 is none.")
    public var interval = 0
    @Setting(0...10_000_000, "Episodes of each evaluation during training; 0 is as many as \"episodes\".")
    public var intervalEpisodes = 0

    /// The defaults.
    public init() {}

    /// Checks that a negative cost limit is the one that has a meaning.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if costLimit < 0 && costLimit != -1 {
            throw OptionIssue("costLimit", "negative. Write -1 for the task's limit, or at least 0.")
        }
    }
}
