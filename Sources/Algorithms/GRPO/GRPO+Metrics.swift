import Alignment
import Assurance
import SafeRL

extension GRPO {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        private var values: [(name: String, value: Double)] = []
        private var loss = GRPOLoss.Value()
        private var isPolicy = false

        init() {}

        /// Of fine-tuning.
        init(_ metrics: HCRLHF.Metrics) {
            metrics.report { name, value in values.append((name, Double(value))) }
        }

        /// Of a part of the test.
        init(test costs: [Double]) { values = [("harm", costs.isEmpty ? 0 : SampleMean(costs).mean)] }

        /// Of an update's answers.
        init(_ groups: [[ScoredResponse]], _ advantages: [[Double]]) {
            isPolicy = true
            let answers = groups.flatMap { $0 }
            func mean(_ value: (ScoredResponse) -> Double) -> Double {
                let finite = answers.map(value).filter(\.isFinite)
                return finite.isEmpty ? 0 : SampleMean(finite).mean
            }
            let uniform = groups.count { GroupAdvantages.isUniform($0.map(\.reward)) }
            values = [
                ("reward", mean(\.reward)),
                ("unscored", Double(answers.count { !$0.reward.isFinite }) / Double(max(answers.count, 1))),
                ("advantage", SampleMean(advantages.flatMap { $0.map(abs) }).mean),
                ("uniform", Double(uniform) / Double(max(groups.count, 1))),
                ("tokens", mean { Double($0.response.tokens.count) }),
                ("truncated", mean { $0.isTruncated ? 1 : 0 }),
                // The mean of −ln p over tokens that were drawn estimates the entropy of their law.
                (
                    "entropy",
                    -answers.reduce(0) { $0 + $1.old.reduce(0, +) }
                        / Double(max(answers.reduce(0) { $0 + $1.old.count }, 1))
                ),
            ]
            for name in (answers.first?.verifiers.keys.sorted() ?? []) {
                let judged = answers.compactMap { $0.verifiers[name] }.filter(\.isFinite)
                let own = judged.isEmpty ? nil : SampleMean(judged)
                values.append(("judged_\(name)", own?.mean ?? 0))
                values.append(("spread_\(name)", judged.count > 1 ? own?.deviation ?? 0 : 0))
            }
        }

        /// Takes a step's loss in.
        mutating func add(_ value: GRPOLoss.Value, share: Double) {
            loss.include(value, share: share)
        }

        /// Those of all stages.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("loss", "Loss"),
                MetricDeclaration("reward", "Mean reward"),
                MetricDeclaration("unscored", "Answers without a reward", .share),
                MetricDeclaration("advantage", "Mean size of advantages", .nonNegative),
                MetricDeclaration("uniform", "Groups of equal rewards", .share),
                MetricDeclaration("tokens", "Length of answers", unit: "tokens", .nonNegative),
                MetricDeclaration("truncated", "Answers cut off", .share),
                MetricDeclaration("entropy", "Entropy of the next token", unit: "nats a token"),
                MetricDeclaration("divergence", "Divergence from the reference", unit: "nats a token"),
                MetricDeclaration("clipped_low", "Tokens clipped below", .share),
                MetricDeclaration("clipped_high", "Tokens clipped above", .share),
                MetricDeclaration("harm", "Harmful answers", .share),
            ]
        }

        /// Names depend on the stage.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            for (name, value) in values { metric(name, Float(value)) }
            guard isPolicy else { return }
            metric("loss", Float(loss.loss))
            metric("divergence", Float(loss.meanDivergence))
            metric("clipped_low", Float(loss.clippedLow))
            metric("clipped_high", Float(loss.clippedHigh))
        }
    }
}
