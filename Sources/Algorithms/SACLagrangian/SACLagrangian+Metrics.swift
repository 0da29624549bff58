import SafeRL

extension SACLagrangian {
    /// What one round reports; losses and values are of its last step of the networks.
    public struct Metrics: TrainingMetrics {
        /// Losses of the networks, each before its step.
        package var criticLoss: Float = 0, costCriticLoss: Float = 0, actorLoss: Float = 0
        /// Means of the smaller Q and of the larger Q_c at the policy's actions.
        package var value: Float = 0, costValue: Float = 0
        /// Of the policy, its mean over rows, and α before its step.
        package var entropy: Float = 0, temperature: Float = 0
        /// λ behind the round.
        package var multiplier: Float = 0
        /// Mean return, cost and length of the episodes that ended in the round; the last known where none did.
        package private(set) var returnMean = 0.0, costMean = 0.0, lengthMean = 0.0
        /// Steps in the environment so far.
        package private(set) var steps = 0

        /// Goes on from earlier rounds.
        mutating func take(_ ended: [EpisodeSlots.Sums], steps: Int) {
            self.steps += steps
            guard !ended.isEmpty else { return }
            let count = Double(ended.count)
            returnMean = ended.reduce(0) { $0 + $1.reward } / count
            costMean = ended.reduce(0) { $0 + $1.cost } / count
            lengthMean = Double(ended.reduce(0) { $0 + $1.length }) / count
        }

        /// Names as in other runs where they mean the same.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("return_mean", "Mean return of an episode"),
                MetricDeclaration("cost_mean", "Mean cost of an episode", .nonNegative),
                MetricDeclaration("multiplier", "Lagrange multiplier", .nonNegative),
                MetricDeclaration("critic_loss", "Q loss", .nonNegative),
                MetricDeclaration("cost_critic_loss", "Q_{c} loss", .nonNegative),
                MetricDeclaration("actor_loss", "Actor loss"),
                MetricDeclaration("value", "Value"),
                MetricDeclaration("cost_value", "Value of costs"),
                MetricDeclaration("entropy", "Entropy of the policy"),
                MetricDeclaration("temperature", "Temperature", .nonNegative),
                MetricDeclaration("length_mean", "Mean steps of an episode", .nonNegative),
                MetricDeclaration("environment_steps", "Steps in the environment", .nonNegative),
            ]
        }

        /// Every one, in every round.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("return_mean", Float(returnMean))
            metric("cost_mean", Float(costMean))
            metric("multiplier", multiplier)
            metric("critic_loss", criticLoss)
            metric("cost_critic_loss", costCriticLoss)
            metric("actor_loss", actorLoss)
            metric("value", value)
            metric("cost_value", costValue)
            metric("entropy", entropy)
            metric("temperature", temperature)
            metric("length_mean", Float(lengthMean))
            metric("environment_steps", Float(steps))
        }
    }
}

extension SACLagrangian.Metrics: StoredValue {
    /// Checks that every number is one.
    public func check() throws(UnsoundValue) {
        var values = [returnMean, costMean, lengthMean]
        report { _, value in values.append(Double(value)) }
        try Sound.check(finite: values, "the latest metrics")
        try Sound.check(steps, "steps", in: Sound.count)
        if costMean < 0 || multiplier < 0 { throw UnsoundValue("a cost or a multiplier is below 0") }
    }
}
