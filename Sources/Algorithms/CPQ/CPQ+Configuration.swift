import SafeRL

extension CPQ {
    /// CPQ's options; the defaults are those of OSRL.
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
        public var actorRate: Float = 1e-4
        @Setting(.above(0, upTo: 1), "Adam's step size of the critics.")
        public var criticRate: Float = 1e-3
        @Setting(.above(0, upTo: 1), "Adam's step size of the autoencoder.")
        public var autoencoderRate: Float = 1e-3
        @Setting(0...1, "Step size of the penalty's multiplier.")
        public var multiplierRate: Float = 1e-4
        @Setting(.above(0, upTo: 1), "Moving average of the critics in one update (tau).")
        public var targetRate: Float = 0.005
        @Setting("Hidden widths of the actor.")
        public var actorWidths = [256, 256]
        @Setting("Hidden widths of the critics.")
        public var criticWidths = [256, 256]
        @Setting(1...65536, "Width of the autoencoder's layers.")
        public var autoencoderWidth = 400
        @Setting(0...1e3, "Weight of the divergence in the autoencoder's loss (beta).")
        public var divergenceWeight: Float = 0.5
        @Setting(1...32, "Members of the reward ensemble.")
        public var rewardMembers = 2
        @Setting(1...32, "Members of the cost ensemble.")
        public var costMembers = 2
        @Setting(1...1000, "Actions drawn in each state, among which unlike ones are looked for (n).")
        public var samples = 10
        @Setting(
            0...1e3, "Cost value that unlike actions are to have, in multiples of the limit (qc_scalar).")
        public var unlikeCost: Float = 1.5
        @Setting(
            "Whether the penalty on unlike actions moves no weight (published) or raises their costs (corrected)."
        )
        public var penalty = CodeFault.published
        @Setting("Whether a time-out ends the episode for the critics.")
        public var timeouts = TimeoutRule.end
        @Setting("Whether targets of costs ignore where episodes end (published) or stop there (corrected).")
        public var costTargets = CodeFault.published

        /// OSRL's settings.
        public init() {}
    }
}

extension CPQ.Configuration {
    func actor(_ o: Int, _ a: Int) -> (inout Layout) -> SquashedGaussian {
        { SquashedGaussian(o, hidden: actorWidths, actions: a, in: &$0) }
    }

    func critic(_ members: Int, _ o: Int, _ a: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(members, o + a, hidden: criticWidths, weights: .fanInUniform, in: &$0) }
    }

    func autoencoder(_ o: Int, _ a: Int) -> (inout Layout) -> ActionAutoencoder {
        { ActionAutoencoder(o, actions: a, width: autoencoderWidth, in: &$0) }
    }
}
