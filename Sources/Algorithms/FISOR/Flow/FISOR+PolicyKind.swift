import SafeRL

extension FISOR {
    /// What draws the actions.
    public enum PolicyKind: Variant, Equatable {
        /// A diffusion model that clones weighted actions: the method of the paper.
        case diffusion
        /// One pass through a network that was distilled from a flow and moved towards better values.
        case oneStepFlow(OneStepFlow = OneStepFlow())

        /// The kinds of policy.
        public static let kinds: [VariantKind<Self>] = [
            .init("diffusion", .diffusion), .init("one-step-flow") { .oneStepFlow($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .diffusion: ("diffusion", NoSettings())
            case .oneStepFlow(let own): ("one-step-flow", own)
            }
        }

        /// The settings of the flow where it is that.
        var flow: OneStepFlow? { if case .oneStepFlow(let own) = self { own } else { nil } }

        /// Settings of `one-step-flow`; sizes are Flow Q-learning's, the two weights ours.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct OneStepFlow: Defaulted, Equatable {
            @Setting("Hidden widths of the flow's velocity and of the one-step policy.")
            public var widths = [512, 512, 512, 512]
            @Setting(1...1000, "Euler steps from noise to an action of the flow.")
            public var steps = 10
            @Setting(
                .above(0, upTo: 1e6),
                "Weight of staying near the flow's action, beside a value of size 1 (alpha).")
            public var distillation: Float = 0.3
            @Setting(
                .above(0, upTo: 1e6), "Weight of Q_r, where reward counts, beside that of Q_h elsewhere.")
            public var rewardWeight: Float = 10
            @Setting(
                0...1e6,
                "How far below 0 Q_h must lie for an action to count as safe while the policy learns.")
            public var margin: Float = 0
            @Setting(1...4096, "Actions drawn for each observation, of which choice takes one.")
            public var draws = 1

            /// Flow Q-learning's sizes.
            public init() {}
        }
    }
}

extension FISOR.Configuration {
    /// What only a diffusion policy reads, and what its draws.
    var diffusionSettings: [String] {
        [
            "rewardTemperature", "feasibilityTemperature", "rewardWeightCap", "feasibilityWeightCap",
            "feasibilityWeightFloor", "skipsWeightlessRows", "width", "blocks", "timeFeatures", "timeWidths",
            "dropout", "diffusionSteps", "noise", "candidates", "sampler", "temperature",
        ]
    }

    /// Keys without effect where a flow draws the actions.
    func idle(with flow: FISOR.PolicyKind.OneStepFlow) -> [IdleSetting] {
        var idle = diffusionSettings.map {
            IdleSetting($0, because: "policy", unless: "\"diffusion\"")
        }
        if flow.draws == 1 {
            idle += ["choice", "safetyMargin"].map {
                IdleSetting($0, because: "policy.draws", unless: "16")
            }
        }
        let unused: [String] =
            switch objective {
            case .feasibility: []
            case .costValue: ["violation", "satisfaction", "underViolation"]
            case .imitation: ["policy.rewardWeight"]
            case .reward: ["policy.margin"]
            case .cloning: ["policy.margin", "policy.distillation", "policy.rewardWeight"]
            }
        return idle + unused.map { IdleSetting($0, because: "objective", unless: "\"feasibility\"") }
    }
}
