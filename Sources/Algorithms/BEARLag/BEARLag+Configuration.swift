import SafeRL

extension BEARLag {
    /// BEAR-Lag's options; the defaults are those of OSRL.
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
        @Setting(0...1, "Step size of the multiplier of the distance to the data.")
        public var distanceRate: Float = 1e-3
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
        @Setting(0...1, "Share of the smaller of two ensembles in targets (lambda).")
        public var smallerShare: Float = 0.75
        @Setting("Kernel of the distance to the data.")
        public var kernel = SampleKernel.gaussian
        @Setting(.above(0, upTo: 1e6), "Width of the kernel (sigma; it is not squared).")
        public var kernelWidth: Float = 50
        @Setting(1...100, "Actions drawn of the policy and of the autoencoder for the distance (m).")
        public var distanceSamples = 10
        @Setting(0...10, "Distance to the data that is allowed (epsilon).")
        public var distanceLimit: Float = 0.05
        @Setting(
            0...1_000_000_000, "Updates at the start in which the actor is not moved towards rewards.")
        public var cloningFirst = 0
        @Setting(0...1e3, "Proportional gain of the multiplier of costs (K_P).")
        public var proportionalGain: Float = 0.1
        @Setting(0...1e3, "Integral gain of the multiplier of costs (K_I).")
        public var integralGain: Float = 0.003
        @Setting(0...1e3, "Derivative gain of the multiplier of costs (K_D).")
        public var derivativeGain: Float = 0.001
        @Setting("Whether a time-out ends the episode for the critics.")
        public var timeouts = TimeoutRule.end
        @Setting("Whether targets of costs ignore where episodes end (published) or stop there (corrected).")
        public var costTargets = CodeFault.published

        /// OSRL's settings.
        public init() {}
    }
}

extension BEARLag.Configuration {
    func actor(_ o: Int, _ a: Int) -> (inout Layout) -> SquashedGaussian {
        { SquashedGaussian(o, hidden: actorWidths, actions: a, in: &$0) }
    }

    func critic(_ members: Int, _ o: Int, _ a: Int) -> (inout Layout) -> DoubleEnsemble {
        { DoubleEnsemble(members, o + a, hidden: criticWidths, in: &$0) }
    }

    func autoencoder(_ o: Int, _ a: Int) -> (inout Layout) -> ActionAutoencoder {
        { ActionAutoencoder(o, actions: a, width: autoencoderWidth, in: &$0) }
    }
}
