/// What a researcher wants to know first about a data set; encodes as JSON with snake_case keys.
public struct DatasetSummary: Codable, Sendable, Equatable {
    /// The spread of one number over the episodes.
    public struct Spread: Codable, Sendable, Equatable {
        /// The smallest.
        public let min: Double
        /// The middle one, or the mean of the middle two.
        public let median: Double
        /// The mean.
        public let mean: Double
        /// The largest.
        public let max: Double

        /// Of at least one value.
        init(_ values: [Double]) {
            let sorted = values.sorted()
            let middle = sorted.count / 2
            median =
                sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
            mean = sorted.reduce(0, +) / Double(sorted.count)
            (min, max) = (sorted[0], sorted[sorted.count - 1])
        }
    }

    /// The DSRL task of the file with its constants.
    public struct Task: Codable, Sendable, Equatable {
        /// The environment's id.
        public let id: String
        /// The family of simulators.
        public let suite: DSRLTask.Suite
        /// Steps after which an episode is cut.
        public let stepLimit: Int
        /// Smallest return of the official data.
        public let rewardMin: Double
        /// Largest return of the official data.
        public let rewardMax: Double
        /// Smallest episode cost of the official data.
        public let costMin: Double
        /// Largest episode cost of the official data.
        public let costMax: Double
        /// The three cost limits of the benchmark.
        public let costLimits: [Double]
        /// The limit that FISOR's paper scores with.
        public let strictCostLimit: Double

        private enum CodingKeys: String, CodingKey {
            case id, suite
            case stepLimit = "step_limit"
            case rewardMin = "reward_min"
            case rewardMax = "reward_max"
            case costMin = "cost_min"
            case costMax = "cost_max"
            case costLimits = "cost_limits"
            case strictCostLimit = "strict_cost_limit"
        }

        init(_ task: DSRLTask) {
            id = task.id
            suite = task.suite
            stepLimit = task.stepLimit
            (rewardMin, rewardMax) = (task.rewardRange.lowerBound, task.rewardRange.upperBound)
            (costMin, costMax) = (task.costRange.lowerBound, task.costRange.upperBound)
            costLimits = task.costLimits
            strictCostLimit = task.strictCostLimit
        }
    }

    /// One constraint's cost.
    public struct Channel: Codable, Sendable, Equatable {
        /// The constraint's name.
        public let name: String
        /// Undiscounted cost of an episode; `cost` in JSON.
        public let totalCost: Spread
        /// Share of all transitions with a positive cost.
        public let costRate: Double
        /// Share of episodes whose cost is 0.
        public let costFreeShare: Double

        private enum CodingKeys: String, CodingKey {
            case name
            case totalCost = "cost"
            case costRate = "cost_rate"
            case costFreeShare = "cost_free_share"
        }

        init(_ channel: CostChannel, over episodes: [Episode]) {
            let totals = episodes.map { episode in
                channel.costs[episode.rows].reduce(0.0) { $0 + Double($1) }
            }
            name = channel.name
            totalCost = Spread(totals)
            costRate = Double(channel.costs.count { $0 > 0 }) / Double(channel.costs.count)
            costFreeShare = Double(totals.count { $0 == 0 }) / Double(totals.count)
        }
    }

    /// The file; absent for data made in memory.
    public let file: String?
    /// SHA-256 of the file.
    public let sha256: String
    /// Number of transitions.
    public let transitions: Int
    /// Values of one observation.
    public let observationSize: Int
    /// Values of one action.
    public let actionSize: Int
    /// How many choices an action is one of; absent where actions are real numbers.
    public let actionChoices: Int?
    /// Whether there is a column of real-valued constraints.
    public let hasConstraintValues: Bool
    /// Number of whole episodes; the statistics below are over these.
    public let episodes: Int
    /// Episodes that ended by themselves.
    public let terminated: Int
    /// Episodes that the step limit cut.
    public let truncated: Int
    /// Steps of an episode.
    public let length: Spread
    /// Undiscounted return of an episode; `return` in JSON.
    public let totalReward: Spread
    /// Undiscounted cost of an episode; `cost` in JSON.
    public let totalCost: Spread
    /// Share of all transitions with a positive cost.
    public let costRate: Double
    /// Share of episodes whose cost is 0.
    public let costFreeShare: Double
    /// Each cost channel by itself, where the data name any; the figures above are those of their sum.
    public let costChannels: [Channel]?
    /// Largest return among episodes whose cost is 0, if there is one.
    public let bestCostFreeReturn: Double?
    /// The DSRL task, if the file name names one and the sizes fit.
    public let task: Task?
    /// Mean return between the task's smallest and largest.
    public let normalizedReturn: Double?
    /// Actions outside [-1, 1] that were clipped, if there were any.
    public let clippedActions: ClippedActions?
    /// One sentence for each oddity.
    public let warnings: [String]

    private enum CodingKeys: String, CodingKey {
        case file, sha256, transitions, episodes, terminated, truncated, length, task, warnings
        case observationSize = "observation_size"
        case actionSize = "action_size"
        case actionChoices = "action_choices"
        case hasConstraintValues = "has_constraint_values"
        case clippedActions = "clipped_actions"
        case totalReward = "return"
        case totalCost = "cost"
        case costRate = "cost_rate"
        case costFreeShare = "cost_free_share"
        case costChannels = "cost_channels"
        case bestCostFreeReturn = "best_cost_free_return"
        case normalizedReturn = "normalized_return"
    }

    /// Computes everything; looks at each value once or twice.
    public init(_ dataset: TransitionDataset) {
        let whole = dataset.episodes
        let costFree = whole.filter { $0.totalCost == 0 }
        file = dataset.path
        sha256 = dataset.identity
        transitions = dataset.count
        observationSize = dataset.observationSize
        actionSize = dataset.actionSize
        actionChoices = dataset.actionChoices
        hasConstraintValues = dataset.constraintValues != nil
        episodes = whole.count
        terminated = whole.count { $0.ending == .terminated }
        truncated = whole.count { $0.ending == .truncated }
        length = Spread(whole.map { Double($0.length) })
        totalReward = Spread(whole.map(\.totalReward))
        totalCost = Spread(whole.map(\.totalCost))
        costRate = Double(dataset.costs.count { $0 > 0 }) / Double(dataset.count)
        costFreeShare = Double(costFree.count) / Double(whole.count)
        costChannels =
            dataset.hasNamedCosts ? dataset.costChannels.map { Channel($0, over: whole) } : nil
        bestCostFreeReturn = costFree.map(\.totalReward).max()
        task = dataset.task.map { Task($0) }
        normalizedReturn = dataset.task?.normalizedReturn(totalReward.mean)
        clippedActions = dataset.clippedActions
        warnings = dataset.warnings.map(\.description)
    }
}
