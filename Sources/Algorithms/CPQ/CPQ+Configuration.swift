import SafeRL

extension CPQ {
    /// CPQ's options; the defaults are those of OSRL.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    @dynamicMemberLookup
    public struct Configuration: CriticOptions, Equatable {
        public var shared = OfflineSettings()
        public var critics = CriticSettings()
        public var own = Own()

        /// OSRL's settings.
        public init() { shared.actorRate = 1e-4 }

        public static var groups: [SettingsGroup<Self>] {
            [SettingsGroup(\.shared), SettingsGroup(\.critics), SettingsGroup(\.own)]
        }

        /// A setting of its own.
        public subscript<Value>(dynamicMember path: WritableKeyPath<Own, Value>) -> Value {
            get { own[keyPath: path] }
            set { own[keyPath: path] = newValue }
        }

        /// What only CPQ has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting(0...1, "Step size of the penalty's multiplier.")
            public var multiplierRate: Float = 1e-4
            @Setting(1...1000, "Actions drawn in each state, among which unlike ones are looked for (n).")
            public var samples = 10
            @Setting(
                0...1e3, "Cost value that unlike actions are to have, in multiples of the limit (qc_scalar).")
            public var unlikeCost: Float = 1.5
            @Setting(
                "Whether the penalty on unlike actions moves no weight (published) or raises their costs (corrected)."
            )
            public var penalty = CodeFault.published

            /// OSRL's.
            public init() {}
        }
    }
}

extension CPQ.Configuration: CriticDescribing {
    typealias Actor = SquashedGaussian

    func critic(_ members: Int, _ o: Int, _ a: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(members, o + a, hidden: critics.criticWidths, weights: .fanInUniform, in: &$0) }
    }
}
