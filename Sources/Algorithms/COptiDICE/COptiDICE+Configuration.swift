import SafeRL

extension COptiDICE {
    /// COptiDICE's options; the defaults are those of OSRL.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    @dynamicMemberLookup
    public struct Configuration: OfflineOptions, Equatable {
        public var shared = OfflineSettings()
        public var own = Own()

        /// OSRL's settings.
        public init() { shared.actorRate = 1e-4 }

        public static var groups: [SettingsGroup<Self>] {
            [SettingsGroup(\.shared), SettingsGroup(\.own)]
        }

        /// A setting of its own.
        public subscript<Value>(dynamicMember path: WritableKeyPath<Own, Value>) -> Value {
            get { own[keyPath: path] }
            set { own[keyPath: path] = newValue }
        }

        /// What only COptiDICE has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting("Divergence from the data's distribution (f).")
            public var divergence = FDivergence.softchi
            @Setting(.above(0, upTo: 1e6), "Weight of the divergence (alpha).")
            public var divergenceWeight: Float = 0.5
            @Setting(
                0...1e3,
                "How far from the data the distribution may be whose cost bounds that of the policy from above (epsilon); 0: no bound, the cost itself."
            )
            public var boundDivergence: Float = 0.01
            @Setting(.above(0, upTo: 1), "Adam's step size of nu and chi.")
            public var valueRate: Float = 1e-4
            @Setting(.above(0, upTo: 1), "Adam's step size of the multipliers (lambda, tau).")
            public var multiplierRate: Float = 1e-4
            @Setting("Hidden widths of nu and chi.")
            public var valueWidths = [256, 256]
            @Setting(1...32, "Members of nu.")
            public var valueMembers = 2
            @Setting(1...32, "Members of chi.")
            public var boundMembers = 2
            @Setting(
                0...10, "Noise of the policy's step, in standard deviations of each column of the data.")
            public var noise: Float = 0.1
            @Setting(
                "Whether the policy's step takes the density before tanh at the recorded action (published) or that of the action (corrected)."
            )
            public var density = CodeFault.published

            /// OSRL's.
            public init() {}
        }

        /// What the bound alone reads, where there is none.
        public var idleSettings: [IdleSetting] {
            own.boundDivergence == 0
                ? [IdleSetting("boundMembers", because: "boundDivergence", unless: "0.01")] : []

        }
    }
}

extension COptiDICE.Configuration: ActorDescribing {
    typealias Actor = SquashedGaussian

    func values(_ members: Int, _ o: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(members, o, hidden: own.valueWidths, weights: .fanInUniform, in: &$0) }
    }
}
