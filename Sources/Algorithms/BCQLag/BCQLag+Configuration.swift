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

        /// What only BCQ-Lag has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting(0...2, "Largest change that the actor makes to a drawn action (phi).")
            public var perturbation: Float = 0.05
            @Setting(1...4096, "Actions drawn for each observation when acting; 1 is the released code.")
            public var candidates = 1
            @Setting("Which candidate is taken.")
            public var choice = Choice.mostRewardingSafe

            /// OSRL's.
            public init() {}
        }

        /// The choice, where there is nothing to choose from.
        public var idleSettings: [IdleSetting] {
            own.candidates == 1 ? [IdleSetting("choice", because: "candidates", unless: "16")] : []

        }
    }

    /// What happens between the candidates and the action taken.
    public static var actingOptions: [String] { ["candidates", "choice"] }
}

extension BCQLag.Configuration: CriticDescribing {
    func actor(_ o: Int, _ a: Int) -> (inout Layout) -> MLP {
        {
            MLP(
                "", o + a, hidden: shared.actorWidths, outputs: a, activation: .tanh, weights: .fanInUniform,
                in: &$0)
        }
    }

    func critic(_ members: Int, _ o: Int, _ a: Int) -> (inout Layout) -> DoubleEnsemble {
        { DoubleEnsemble(members, o + a, hidden: critics.criticWidths, in: &$0) }
    }
}
