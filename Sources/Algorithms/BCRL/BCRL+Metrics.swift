import SafeRL

extension BCRL {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Losses of the networks, each before its step.
        package var costVLoss: Float = 0, costQLoss: Float = 0, rewardVLoss: Float = 0, rewardQLoss: Float = 0
        /// Weighted negative log-likelihoods of both policies.
        package var policyLoss: Float = 0
        /// Mean V_c of the rows, after its step.
        package var costMean: Float = 0
        /// Mean weights of the spending policy and of the saving one.
        package var rewardWeight: Float = 0, costWeight: Float = 0

        /// Symbols are the usual ones.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("policy_loss", "Policy loss"),
                MetricDeclaration("v_loss", "V loss", .nonNegative),
                MetricDeclaration("q_loss", "Q loss", .nonNegative),
                MetricDeclaration("vc_loss", "V_{c} loss", .nonNegative),
                MetricDeclaration("qc_loss", "Q_{c} loss", .nonNegative),
                MetricDeclaration("cost_needed", "Mean discounted cost needed"),
                MetricDeclaration("reward_weight", "Mean weight of the spending policy", .nonNegative),
                MetricDeclaration("cost_weight", "Mean weight of the saving policy", .nonNegative),
            ]
        }

        /// All of them.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("policy_loss", policyLoss)
            metric("v_loss", rewardVLoss)
            metric("q_loss", rewardQLoss)
            metric("vc_loss", costVLoss)
            metric("qc_loss", costQLoss)
            metric("cost_needed", costMean)
            metric("reward_weight", rewardWeight)
            metric("cost_weight", costWeight)
        }
    }
}
