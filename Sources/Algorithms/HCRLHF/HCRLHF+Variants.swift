import SafeRL

extension HCRLHF {
    /// How a candidate is selected.
    public enum Method: Variant, Equatable {
        /// REINFORCE under the pessimistic constraint.
        case hcRLHF(PessimisticOptions = PessimisticOptions())
        /// Safe-RLHF: PPO-Lagrangian with two critics and an uninflated constraint; a baseline.
        case safeRLHF(ProximalOptions = ProximalOptions())

        /// The kinds of method.
        public static let kinds: [VariantKind<Self>] = [
            .init("hc-rlhf") { .hcRLHF($0) }, .init("safe-rlhf") { .safeRLHF($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .hcRLHF(let own): ("hc-rlhf", own)
            case .safeRLHF(let own): ("safe-rlhf", own)
            }
        }

        /// The settings of the method where it is that.
        var pessimistic: PessimisticOptions? { if case .hcRLHF(let own) = self { own } else { nil } }

        /// The settings of the baseline where it is that.
        var proximal: ProximalOptions? { if case .safeRLHF(let own) = self { own } else { nil } }
    }

    /// Settings of `hc-rlhf`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct PessimisticOptions: Defaulted, Equatable {
        @Setting(
            0...1e9, "Inflation for the sample's error (C1).", formerly: "candidate.sampleFactor")
        public var sampleFactor = 4.0
        @Setting(
            0...1e9, "Inflation for the width of the test's bound (C2).", formerly: "candidate.testFactor")
        public var testFactor = 2.0
        @Setting(
            oneOf: [.buffer, .microBatch],
            "Which costs K is made for in the policy's step; \"micro-batch\" is the released code's.",
            formerly: "candidate.counting")
        public var counting = CandidateConstraint.Counting.buffer

        /// The method as released.
        public init() {}
    }

    /// Settings of `safe-rlhf`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct ProximalOptions: Defaulted, Equatable {
        @Setting(
            .above(0, upTo: 1e9), "Range of probability ratios (epsilon).", formerly: "candidate.clip")
        public var clip = 0.2
        @Setting(.above(0, upTo: 1e9), "Range of a critic's change.", formerly: "candidate.valueClip")
        public var valueClip = 5.0
        @Setting(0...1, "Trace of the advantages.", formerly: "candidate.trace")
        public var trace = 0.95
        @Setting(
            .above(0, upTo: 1), "Step size of the critics after 3 % warm-up.",
            formerly: "candidate.criticRate")
        public var criticRate: Float = 2e-4

        /// As released, the step size for small decoders.
        public init() {}
    }
}
