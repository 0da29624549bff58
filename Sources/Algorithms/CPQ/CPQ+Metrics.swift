import SafeRL

extension CPQ {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Losses of the networks, each before its step; of the cost critic with the penalty.
        package var autoencoderLoss: Float = 0, criticLoss: Float = 0, costCriticLoss: Float = 0
        /// −mean Q over allowed actions.
        package var actorLoss: Float = 0
        /// Share of the actor's actions whose cost value is within the limit.
        package var allowedShare: Float = 0
        /// Mean cost value of unlike actions, and alpha after its step.
        package var unlikeCost: Float = 0, multiplier: Float = 0

        /// Names and what they can be.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("autoencoder_loss", "Autoencoder loss", .nonNegative),
                MetricDeclaration("critic_loss", "Q loss", .nonNegative),
                MetricDeclaration("cost_critic_loss", "Q_{c} loss"),
                MetricDeclaration("actor_loss", "Actor loss"),
                MetricDeclaration("allowed_share", "Share within the limit", .share),
                MetricDeclaration("unlike_cost", "Cost of unlike actions"),
                MetricDeclaration("multiplier", "Multiplier", .nonNegative),
            ]
        }

        /// Every one, in every update.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("autoencoder_loss", autoencoderLoss)
            metric("critic_loss", criticLoss)
            metric("cost_critic_loss", costCriticLoss)
            metric("actor_loss", actorLoss)
            metric("allowed_share", allowedShare)
            metric("unlike_cost", unlikeCost)
            metric("multiplier", multiplier)
        }
    }
}
