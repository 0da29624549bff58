import SafeRL

/// How far a policy's own feasibility values say what labels say: {V_h ≤ 0} against safe, state by state.
public struct FeasibilityAgreement: Sendable, Equatable {
    /// A labelled state on whose side the value errs.
    public struct Error: Sendable, Equatable {
        /// Where.
        public let episode, step: Int
        /// V_h.
        public let value: Float
        /// What the label says.
        public let label: StepClass
    }

    /// States that are called feasible and are labelled safe; feasible, unsafe; infeasible, safe; infeasible, unsafe.
    public let feasibleSafe, feasibleUnsafe, infeasibleSafe, infeasibleUnsafe: Int
    /// The ten errors whose values are farthest on the wrong side, the worst first.
    public let worst: [Error]

    /// States that were compared.
    public var count: Int { feasibleSafe + feasibleUnsafe + infeasibleSafe + infeasibleUnsafe }
    /// Share of them on which both agree; nil of none.
    public var share: Double? {
        count > 0 ? Double(feasibleSafe + infeasibleUnsafe) / Double(count) : nil
    }

    /// Compares the states up to each episode's first violation; nil for a policy that judges no states.
    ///
    /// - Parameters:
    ///   - policy: whose values are asked.
    ///   - episodes: labelled.
    public init?(of policy: any Policy, on episodes: [LabelledEpisode]) {
        var counts = [0, 0, 0, 0]
        var errors: [Error] = []
        for own in episodes {
            let states = own.learnable.flatMap { own.episode.observations[$0] }, labels = own.labels
            guard let values = policy.feasibilityValues(of: states.span) else { return nil }
            for (step, value) in zip(own.learnable, values) {
                let isFeasible = value <= 0, isSafe = labels[step] == .safe
                counts[(isFeasible ? 0 : 2) + (isSafe ? 0 : 1)] += 1
                guard isFeasible != isSafe else { continue }
                errors.append(
                    Error(episode: own.episode.index, step: step, value: value, label: labels[step]))
            }
        }
        (feasibleSafe, feasibleUnsafe, infeasibleSafe, infeasibleUnsafe) = (
            counts[0], counts[1], counts[2], counts[3]
        )
        worst = Array(errors.sorted { abs($0.value) > abs($1.value) }.prefix(10))
    }
}
