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
            let learnable = own.learnable, labels = own.labels
            let states = learnable.flatMap { own.episode.observations[$0] }
            guard let values = policy.feasibilityValues(of: states.span) else { return nil }
            for (step, value) in zip(learnable, values) {
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

    /// A table of states up to each episode's first violation, the share on which both agree, and the worst errors.
    public var text: String {
        func row(_ name: String, _ safe: Int, _ unsafe: Int) -> String {
            name + " \(safe)".leftPadded(to: 10) + " \(unsafe)".leftPadded(to: 10)
        }
        let agreed = share.map { "\((1000 * $0).rounded() / 10) %" } ?? "no state"
        var lines = [
            "states    labelled safe    unsafe", row("V_h <= 0      ", feasibleSafe, feasibleUnsafe),
            row("V_h > 0       ", infeasibleSafe, infeasibleUnsafe), "V_h and labels agree on \(agreed)",
        ]
        lines += worst.map {
            "  episode \($0.episode), step \($0.step): V_h \($0.value), \($0.label.rawValue)"
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
