import PolicyOptimisation
import SafeRL

extension OnPolicy {
    /// The options of a method that learns by acting.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting(0...1e6, "Mean cost of an episode that is allowed (d).")
        public var costLimit = 25.0
        @Setting(0..<1, "Discount of reward and cost in advantages (gamma).")
        public var discount = 0.99
        @Setting(0...1, "Weight of what is seen against what is expected in advantages (lambda).")
        public var lambda = 0.95
        @Setting("How much is collected before an update.")
        public var rollout = RolloutOptions()
        @Setting("The policy's network.")
        public var policy = PolicyOptions()
        @Setting("How the policy moves.")
        public var update = Method.Options()
        @Setting("The value networks of reward and cost.")
        public var values = ValueOptions()
        @Setting("Whether a trained policy draws its actions; else it takes the most probable ones.")
        public var draws = false

        /// The published settings.
        public init() {}

        /// It reads no file.
        public static var learnsByActing: Bool { true }

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            try rollout.check()
        }

        var fitting: ValueFitting {
            var fitting = ValueFitting()
            (fitting.hidden, fitting.rate) = (values.widths, values.rate)
            (fitting.passes, fitting.rows) = (values.passes, values.rows)
            return fitting
        }
    }

    /// Opens the environment that the run names; a configuration that names none was refused.
    public static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?, earlier: String?
    ) throws -> OpenedData<Interaction>? {
        try environment.map { try Interaction.open($0, options.rollout) }
    }

    /// What roll-outs and the rows of an update take.
    public static func memoryNeed(of c: Configuration, on data: Interaction) -> MemoryNeed {
        var need = MemoryNeed()
        // Twice the observations, the actions, and a dozen columns, in double precision.
        let columns = 2 * (2 * data.observationSize + data.actionSize + 12)
        need.addRows("the steps of an update", "rollout.steps", c.rollout.steps, of: columns)
        return need
    }

    /// The mean cost of an episode.
    public static func metricLimits(_ configuration: Configuration) -> [String: Double] {
        ["cost_mean": configuration.costLimit]
    }
}

/// The policy's network.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct PolicyOptions: Defaulted, Equatable {
    @Setting("Hidden widths.")
    public var widths = [64, 64]
    @Setting(-10...2, "Logarithm of the deviation of each number of an action at the start.")
    public var logDeviation = -0.5

    /// As published.
    public init() {}
}

/// The value networks.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct ValueOptions: Defaulted, Equatable {
    @Setting("Hidden widths.")
    public var widths = [64, 64]
    @Setting(.above(0, upTo: 1), "Adam's step size.")
    public var rate = 1e-3
    @Setting(1...1_000, "Passes over the rows of an update.")
    public var passes = 10
    @Setting(0...1_000_000, "Rows of a step of Adam; 0 for all at once.")
    public var rows = 256

    /// As published.
    public init() {}
}
