import SafeRL

extension BEARLag {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Losses of the networks, each before its step.
        package var autoencoderLoss: Float = 0, criticLoss: Float = 0, costCriticLoss: Float = 0
        /// −mean Q, the distance's part and the penalty.
        package var actorLoss: Float = 0
        /// The multiplier, and what it adds to the actor's loss.
        package var multiplier: Float = 0, costPenalty: Float = 0
        /// Mean distance to the data, and its multiplier after its step.
        package var distance: Float = 0, distanceMultiplier: Float = 0

        /// Names and what they can be.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("autoencoder_loss", "Autoencoder loss", .nonNegative),
                MetricDeclaration("critic_loss", "Q loss", .nonNegative),
                MetricDeclaration("cost_critic_loss", "Q_{c} loss", .nonNegative),
                MetricDeclaration("actor_loss", "Actor loss"),
                MetricDeclaration("multiplier", "Multiplier", .nonNegative),
                MetricDeclaration("cost_penalty", "Cost penalty"),
                MetricDeclaration("distance", "Distance to the data", .nonNegative),
                MetricDeclaration("distance_multiplier", "Multiplier of the distance", .nonNegative),
            ]
        }

        /// Every one, in every update.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("autoencoder_loss", autoencoderLoss)
            metric("critic_loss", criticLoss)
            metric("cost_critic_loss", costCriticLoss)
            metric("actor_loss", actorLoss)
            metric("multiplier", multiplier)
            metric("cost_penalty", costPenalty)
            metric("distance", distance)
            metric("distance_multiplier", distanceMultiplier)
        }
    }
}
