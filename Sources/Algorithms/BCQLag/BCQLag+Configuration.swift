import SafeRL

extension BCQLag {
    /// Which of several candidate actions is taken.
    public enum Choice: String, Codable, Sendable, CaseIterable {
        /// The one with the lowest cost value.
        case safest
        /// The one with the highest reward value among those whose cost value is within the limit; the safest where there is
        /// none.
        case mostRewardingSafe = "most-rewarding-safe"
    }

    /// BCQ-Lag's options; the defaults are those of OSRL.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting(1...1_000_000, "Rows of one update.")
        public var rows = 512
        @Setting(0..<1, "Discount of rewards and costs (gamma).")
        public var discount: Float = 0.99
        @Setting(.above(0, upTo: 1e6), "Factor of rewards.")
        public var rewardScale: Float = 0.1
        @Setting(0...1e6, "Cost of an episode that is allowed (kappa).")
        public var costLimit: Float = 10
        @Setting(
            0...1_000_000,
            "Steps of an episode (T), over which the limit is spread; 0: of the longest recorded.")
        public var episodeLength = 0
        @Setting(.above(0, upTo: 1), "Adam's step size of the actor.")
        public var actorRate: Float = 1e-3
        @Setting(.above(0, upTo: 1), "Adam's step size of the critics.")
        public var criticRate: Float = 1e-3
        @Setting(.above(0, upTo: 1), "Adam's step size of the autoencoder.")
        public var autoencoderRate: Float = 1e-3
        @Setting(.above(0, upTo: 1), "Moving average of actor and critics in one update (tau).")
        public var targetRate: Float = 0.005
        @Setting("Hidden widths of the actor.")
        public var actorWidths = [256, 256]
        @Setting("Hidden widths of the critics.")
        public var criticWidths = [256, 256]
        @Setting(1...65536, "Width of the autoencoder's layers.")
        public var autoencoderWidth = 400
        @Setting(0...1e3, "Weight of the divergence in the autoencoder's loss (beta).")
        public var divergenceWeight: Float = 0.5
        @Setting(1...32, "Members of each of the two reward ensembles.")
        public var rewardMembers = 2
        @Setting(1...32, "Members of each of the two cost ensembles.")
        public var costMembers = 2
        @Setting(1...1000, "Actions drawn in each next state, of which targets take the largest value (n).")
        public var samples = 10
        @Setting(0...2, "Largest change that the actor makes to a drawn action (phi).")
        public var perturbation: Float = 0.05
        @Setting(0...1, "Share of the smaller of two ensembles in targets (lambda).")
        public var smallerShare: Float = 0.75
        @Setting(0...1e3, "Proportional gain of the multiplier (K_P).")
        public var proportionalGain: Float = 0.1
        @Setting(0...1e3, "Integral gain of the multiplier (K_I).")
        public var integralGain: Float = 0.003
        @Setting(0...1e3, "Derivative gain of the multiplier (K_D).")
        public var derivativeGain: Float = 0.001
        @Setting("Whether a time-out ends the episode for the critics.")
        public var timeouts = TimeoutRule.end
        @Setting("Whether targets of costs ignore where episodes end (published) or stop there (corrected).")
        public var costTargets = CodeFault.published
        @Setting(1...4096, "Actions drawn for each observation when acting; 1 is the released code.")
        public var candidates = 1
        @Setting("Which candidate is taken.")
        public var choice = Choice.mostRewardingSafe

        /// OSRL's settings.
        public init() {}

        /// The choice, where there is nothing to choose from.
        public var idleSettings: [IdleSetting] {
            candidates == 1 ? [IdleSetting("choice", because: "candidates", unless: "16")] : []
        }
    }

    /// What happens between the candidates and the action taken.
    public static var actingOptions: [String] { ["candidates", "choice"] }
}

extension BCQLag.Configuration {
    func actor(_ o: Int, _ a: Int) -> (inout Layout) -> MLP {
        {
            MLP(
                "", o + a, hidden: actorWidths, outputs: a, activation: .tanh, weights: .fanInUniform,
                in: &$0)
        }
    }

    func critic(_ members: Int, _ o: Int, _ a: Int) -> (inout Layout) -> DoubleEnsemble {
        { DoubleEnsemble(members, o + a, hidden: criticWidths, in: &$0) }
    }

    func autoencoder(_ o: Int, _ a: Int) -> (inout Layout) -> ActionAutoencoder {
        { ActionAutoencoder(o, actions: a, width: autoencoderWidth, in: &$0) }
    }
}
