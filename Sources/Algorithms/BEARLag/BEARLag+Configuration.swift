import SafeRL

extension BEARLag {
    /// BEAR-Lag's options; the defaults are those of OSRL.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    @dynamicMemberLookup
    public struct Configuration: LagrangianOptions, Equatable {
        public var shared = OfflineSettings()
        public var critics = CriticSettings()
        public var lagrangian = LagrangianSettings()
        public var own = Own()

        /// OSRL's settings.
        public init() {}

        public static var groups: [SettingsGroup<Self>] {
            [
                SettingsGroup(\.shared), SettingsGroup(\.critics), SettingsGroup(\.lagrangian),
                SettingsGroup(\.own),
            ]
        }

        /// A setting of its own.
        public subscript<Value>(dynamicMember path: WritableKeyPath<Own, Value>) -> Value {
            get { own[keyPath: path] }
            set { own[keyPath: path] = newValue }
        }

        /// What only BEAR-Lag has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting(0...1, "Step size of the multiplier of the distance to the data.")
            public var distanceRate: Float = 1e-3
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

            /// OSRL's.
            public init() {}
        }
    }
}

extension BEARLag.Configuration: CriticDescribing {
    typealias Actor = SquashedGaussian

    func critic(_ members: Int, _ o: Int, _ a: Int) -> (inout Layout) -> DoubleEnsemble {
        { DoubleEnsemble(members, o + a, hidden: critics.criticWidths, in: &$0) }
    }
}
