import SafeRL

extension OnPolicy {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        private let done: OnPolicyReport
        private let episodes: [EpisodeSlots.Sums]
        private let costReturn: Double
        private let steps: Int

        init(_ done: OnPolicyReport, _ episodes: [EpisodeSlots.Sums], costReturn: Double, steps: Int) {
            (self.done, self.episodes, self.costReturn, self.steps) = (done, episodes, costReturn, steps)
        }

        /// Names as in other runs where they mean the same.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("return_mean", "Mean return of an episode"),
                MetricDeclaration("cost_mean", "Mean cost of an episode", .nonNegative),
                MetricDeclaration("multiplier", "Lagrange multiplier", .nonNegative),
                MetricDeclaration("kl", "Divergence of the update", .nonNegative),
                MetricDeclaration("entropy", "Entropy of the policy"),
                MetricDeclaration("accepted", "Whether the policy moved", .share),
                MetricDeclaration("length_mean", "Mean steps of an episode", .nonNegative),
                MetricDeclaration("environment_steps", "Steps in the environment", .nonNegative),
            ]
        }

        /// Return and cost are of the episodes that ended in the update.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            let count = Double(max(episodes.count, 1))
            metric("return_mean", Float(episodes.reduce(0) { $0 + $1.reward } / count))
            metric("cost_mean", Float(costReturn))
            metric("multiplier", Float(done.multiplier))
            metric("kl", Float(done.divergence))
            metric("entropy", Float(done.entropy))
            metric("accepted", done.isAccepted ? 1 : 0)
            metric("length_mean", Float(Double(episodes.reduce(0) { $0 + $1.length }) / count))
            metric("environment_steps", Float(steps))
        }
    }
}
