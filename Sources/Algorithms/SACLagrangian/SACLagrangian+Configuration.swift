import SafeRL

extension SACLagrangian {
    /// SAC-Lagrangian's options; the defaults are those of FSRL's tasks in MuJoCo but for what the documentation names.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting(0...1e6, "Mean cost of an episode that is allowed (d).")
        public var costLimit = 25.0
        @Setting(0..<1, "Discount of rewards and costs (gamma).")
        public var discount: Float = 0.99
        @Setting("How much is collected in a round.")
        public var rollout = RolloutOptions(steps: 2000, slots: 2)
        @Setting(
            1...100_000_000, "Latest transitions that are learned from; all of them are part of a checkpoint."
        )
        public var buffer = 200_000
        @Setting(
            1...100_000_000,
            "Steps in the environment before anything is learned, by actions drawn uniformly.")
        public var warmUp = 5000
        @Setting(.above(0, upTo: 100), "Steps of the networks for each step in the environment.")
        public var updatesPerStep = 0.2
        @Setting(1...1_000_000, "Rows of one step of the networks.")
        public var rows = 256
        @Setting(.above(0, upTo: 1), "Adam's step size of the actor.")
        public var actorRate: Float = 5e-4
        @Setting(.above(0, upTo: 1), "Adam's step size of the critics.")
        public var criticRate: Float = 1e-3
        @Setting(.above(0, upTo: 1), "Moving average of the critics in one step (tau).")
        public var targetRate: Float = 0.05
        @Setting("Hidden widths of the actor.")
        public var actorWidths = [128, 128]
        @Setting("Hidden widths of the critics.")
        public var criticWidths = [128, 128]
        @Setting(.above(0, upTo: 1e3), "Temperature of the entropy at the start (alpha).")
        public var temperature = 0.1
        @Setting(.above(0, upTo: 1), "Adam's step size of the logarithm of the temperature.")
        public var temperatureRate = 3e-4
        @Setting(0...1e3, "Proportional gain of the multiplier of costs (K_P).")
        public var proportionalGain: Float = 0.05
        @Setting(0...1e3, "Integral gain of the multiplier of costs (K_I).")
        public var integralGain: Float = 0.0005
        @Setting(0...1e3, "Derivative gain of the multiplier of costs (K_D).")
        public var derivativeGain: Float = 0.1
        @Setting("Whether a trained policy draws its actions; else it takes the mean before tanh.")
        public var draws = false

        /// As published.
        public init() {}

        /// It reads no file.
        public static var learnsByActing: Bool { true }

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            try rollout.check()
            if warmUp > buffer {
                throw OptionIssue(
                    "warmUp",
                    "\(warmUp) steps do not fit into a buffer of \(buffer). Write at most \(buffer).")
            }
        }

        func actor(_ o: Int, _ a: Int) -> (inout Layout) -> SquashedGaussian {
            { SquashedGaussian(o, hidden: actorWidths, actions: a, in: &$0) }
        }

        func critic(_ o: Int, _ a: Int) -> (inout Layout) -> Ensemble {
            { Ensemble(2, o + a, hidden: criticWidths, weights: .fanInUniform, in: &$0) }
        }
    }

    /// Opens the environment that the run names; a configuration that names none was refused.
    public static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?, earlier: String?
    ) throws -> OpenedData<Interaction>? {
        try environment.map { try Interaction.open($0, options.rollout) }
    }

    /// The networks, the buffer, and what the tape keeps of an update's rows.
    public static func memoryNeed(of c: Configuration, on data: Interaction) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("the actor", "actorWidths", c.actor(o, a))
        need.addLearners("the critics", "criticWidths", count: 2, hasTarget: true, c.critic(o, a))
        need.addRows("the buffer", "buffer", c.buffer, of: 2 * o + a + 3)
        let widths = 4 * c.actorWidths.reduce(0, +) + 8 * c.criticWidths.reduce(0, +)
        need.addRows("the rows of an update", "rows", c.rows, of: 6 * o + 12 * a + widths)
        return need
    }

    /// The mean cost of an episode.
    public static func metricLimits(_ configuration: Configuration) -> [String: Double] {
        ["cost_mean": configuration.costLimit]
    }
}
