import SafeRL

extension COptiDICE {
    /// COptiDICE's options; the defaults are those of OSRL.
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
        @Setting("Divergence from the data's distribution (f).")
        public var divergence = FDivergence.softchi
        @Setting(.above(0, upTo: 1e6), "Weight of the divergence (alpha).")
        public var divergenceWeight: Float = 0.5
        @Setting(
            0...1e3,
            "How far from the data the distribution may be whose cost bounds that of the policy from above (epsilon); 0: no bound, the cost itself."
        )
        public var boundDivergence: Float = 0.01
        @Setting(.above(0, upTo: 1), "Adam's step size of the actor.")
        public var actorRate: Float = 1e-4
        @Setting(.above(0, upTo: 1), "Adam's step size of nu and chi.")
        public var valueRate: Float = 1e-4
        @Setting(.above(0, upTo: 1), "Adam's step size of the multipliers (lambda, tau).")
        public var multiplierRate: Float = 1e-4
        @Setting("Hidden widths of the actor.")
        public var actorWidths = [256, 256]
        @Setting("Hidden widths of nu and chi.")
        public var valueWidths = [256, 256]
        @Setting(1...32, "Members of nu.")
        public var valueMembers = 2
        @Setting(1...32, "Members of chi.")
        public var boundMembers = 2
        @Setting(
            0...10, "Noise of the policy's step, in standard deviations of each column of the data.")
        public var noise: Float = 0.1
        @Setting("Whether a time-out ends the episode for nu and chi.")
        public var timeouts = TimeoutRule.end
        @Setting(
            "Whether the policy's step takes the density before tanh at the recorded action (published) or that of the action (corrected)."
        )
        public var density = CodeFault.published

        /// OSRL's settings.
        public init() {}

        /// What the bound alone reads, where there is none.
        public var idleSettings: [IdleSetting] {
            boundDivergence == 0
                ? [IdleSetting("boundMembers", because: "boundDivergence", unless: "0.01")] : []
        }
    }
}

extension COptiDICE.Configuration {
    func actor(_ o: Int, _ a: Int) -> (inout Layout) -> SquashedGaussian {
        { SquashedGaussian(o, hidden: actorWidths, actions: a, in: &$0) }
    }

    func values(_ members: Int, _ o: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(members, o, hidden: valueWidths, weights: .fanInUniform, in: &$0) }
    }
}
