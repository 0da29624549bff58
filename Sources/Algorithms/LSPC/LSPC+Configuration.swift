import SafeRL

extension LSPC {
    /// Which of the two policies acts.
    public enum Acting: String, Codable, Sendable, CaseIterable {
        /// LSPC-S: decodes codes drawn from N(0, 1), whatever their reward.
        case safe
        /// LSPC-O: decodes codes of the encoder, which seeks reward.
        case optimised
    }

    /// The options of LSPC; the defaults are the authors' for most of DSRL's tasks.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    @dynamicMemberLookup
    public struct Configuration: ExpectileOptions, Equatable {
        public var values = ExpectileSettings()
        public var own = Own()

        /// The authors' settings.
        public init() { values.rows = 1024 }

        public static var groups: [SettingsGroup<Self>] {
            [SettingsGroup(\.values), SettingsGroup(\.own)]
        }

        /// A setting of its own.
        public subscript<Value>(dynamicMember path: WritableKeyPath<Own, Value>) -> Value {
            get { own[keyPath: path] }
            set { own[keyPath: path] = newValue }
        }

        /// What only LSPC has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting("Which policy acts: safe (LSPC-S) or optimised (LSPC-O); both are learned.")
            public var policy = Acting.optimised
            @Setting(
                0...1e3, "Codes that the safe policy draws are kept within ± this; 0 is latentLimit.")
            public var codeLimit: Float = 0
            @Setting(.above(0, upTo: 1e3), "Codes of the encoder lie within ± this (z_max).")
            public var latentLimit: Float = 0.25
            @Setting(
                .above(0, upTo: 1e9), "Discounted cost from which on nothing is cloned (delta); 999 is off.")
            public var threshold: Float = 999
            @Setting(.open(0, 1), "Expectile of -V_c: above 0.5 towards cheap actions.")
            public var costExpectile: Float = 0.7
            @Setting(0...1e3, "Weight exp(beta_r A_r) of the encoder.")
            public var rewardTemperature: Float = 2
            @Setting(0...1e3, "Weight exp(beta_c A_c) of the autoencoder.")
            public var costTemperature: Float = 2
            @Setting(.above(0, upTo: 1e6), "Largest weight of the encoder.")
            public var rewardWeightCap: Float = 200
            @Setting(.above(0, upTo: 1e6), "Largest weight of the autoencoder.")
            public var costWeightCap: Float = 200
            @Setting(0...1e3, "Weight of the divergence in the autoencoder's loss (beta).")
            public var divergenceWeight: Float = 0.5
            @Setting(.above(0, upTo: 1), "Adam's step size of the critics.")
            public var criticRate: Float = 3e-4
            @Setting(.above(0, upTo: 1), "Adam's step size of autoencoder and encoder.")
            public var actorRate: Float = 3e-4
            @Setting("Hidden widths of values, critics and encoder.")
            public var widths = [256, 256]
            @Setting(1...65536, "Width of the autoencoder's layers.")
            public var autoencoderWidth = 256
            @Setting(1...4096, "Numbers of a code (the size of z).")
            public var codes = 32

            /// The authors' settings.
            public init() {}
        }

        /// What only the safe policy draws, where the other acts.
        public var idleSettings: [IdleSetting] {
            own.policy == .optimised ? [IdleSetting("codeLimit", because: "policy", unless: "\"safe\"")] : []
        }
    }

    /// Which policy acts, and what it draws.
    public static var actingOptions: [String] { ["policy", "codeLimit"] }
}

extension LSPC.Configuration {
    /// - Throws: `OptionIssue`.
    func check(_ data: TransitionDataset) throws {
        try data.refuseChoices("codes", "LSPC's stand for actions")
    }

    func value(_ o: Int) -> (inout Layout) -> MLP {
        { MLP("", o, hidden: own.widths, weights: .fanInUniform, in: &$0) }
    }

    func critic(_ o: Int, _ a: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(values.members, o + a, hidden: own.widths, weights: .fanInUniform, in: &$0) }
    }

    func autoencoder(_ o: Int, _ a: Int) -> (inout Layout) -> ActionAutoencoder {
        { ActionAutoencoder(o, actions: a, width: own.autoencoderWidth, codes: own.codes, in: &$0) }
    }

    func encoder(_ o: Int) -> (inout Layout) -> SquashedGaussian {
        {
            SquashedGaussian(
                o, hidden: own.widths, actions: own.codes, bounds: -10...2, heads: ("mean", "log_std"),
                in: &$0)
        }
    }
}

extension LSPC {
    /// Networks with their optimisers, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("the autoencoder", "autoencoderWidth", c.autoencoder(o, a))
        need.addLearners("the encoder", "widths", c.encoder(o))
        need.addLearners("the Q networks", "widths", count: 2, hasTarget: true, c.critic(o, a))
        need.addLearners("the value networks", "widths", count: 2, c.value(o))
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * (o + a + c.codes) + 6)
        // Each layer's values and gradients, of values, critics and encoder, and of the autoencoder twice.
        let columns = c.widths.reduce(0, +) * (3 + 2 * c.members) + 8 * c.autoencoderWidth
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * columns)
        return need
    }
}
