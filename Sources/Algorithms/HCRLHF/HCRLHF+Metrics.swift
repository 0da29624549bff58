import Assurance
import SafeRL

extension HCRLHF {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        private let values: [(name: String, value: Double)]

        init(_ values: [(name: String, value: Double)]) { self.values = values }

        init(_ rollouts: Rollouts, violation: Double, multiplier: Double, loss: Double) {
            values = [
                ("reward", SampleMean(rollouts.rewards).mean), ("cost", SampleMean(rollouts.costs).mean),
                ("divergence", SampleMean(rollouts.divergences).mean), ("violation", violation),
                ("multiplier", multiplier), ("loss", loss),
                ("tokens", SampleMean(rollouts.responses.map { Double($0.tokens.count) }).mean),
            ]
        }

        /// Those of all stages.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("loss", "Loss"),
                MetricDeclaration("preference_loss", "Preference loss", .nonNegative),
                MetricDeclaration("accuracy", "Accuracy on the batch", .share),
                MetricDeclaration("reward", "Mean reward score"),
                MetricDeclaration("cost", "Mean cost score"),
                MetricDeclaration("divergence", "Divergence from the reference", unit: "nats"),
                MetricDeclaration("violation", "Pessimistic violation"),
                MetricDeclaration("multiplier", "Multiplier", .nonNegative),
                MetricDeclaration("tokens", "Response length", unit: "tokens", .nonNegative),
            ]
        }

        /// Names depend on the stage.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            for (name, value) in values { metric(name, Float(value)) }
        }
    }

    /// The limit of the test, which is also that of the candidate's constraint.
    public static func metricLimits(_ options: Configuration) -> [String: Double] {
        ["violation": 0]
    }
}
