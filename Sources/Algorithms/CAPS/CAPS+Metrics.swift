import SafeRL

extension CAPS {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Loss of V_r and of V_c.
        package var rewardVLoss: Float = 0, costVLoss: Float = 0
        /// Loss of Q_r and of Q_c, mean over the members.
        package var rewardQLoss: Float = 0, costQLoss: Float = 0
        /// Weighted negative log-likelihood, mean over the heads.
        package var actorLoss: Float = 0
        /// Mean over the batch of −V_c, the discounted cost ahead, before its update.
        package var costMean: Float = 0

        /// Symbols are the usual ones.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("actor_loss", "Policy loss"),
                MetricDeclaration("vr_loss", "V_{r} loss", .nonNegative),
                MetricDeclaration("qr_loss", "Q_{r} loss", .nonNegative),
                MetricDeclaration("vc_loss", "V_{c} loss", .nonNegative),
                MetricDeclaration("qc_loss", "Q_{c} loss", .nonNegative),
                MetricDeclaration("cost_ahead", "Mean discounted cost ahead"),
            ]
        }

        /// All of them.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("actor_loss", actorLoss)
            metric("vr_loss", rewardVLoss)
            metric("qr_loss", rewardQLoss)
            metric("vc_loss", costVLoss)
            metric("qc_loss", costQLoss)
            metric("cost_ahead", costMean)
        }
    }
}
