import SafeRL

extension CDT {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// The whole loss, and its parts without their weights.
        package var loss: Float = 0, actionLoss: Float = 0, costLoss: Float = 0, stateLoss: Float = 0
        /// Share of the steps whose class of cost is the more probable one.
        package var costAccuracy: Float = 0
        /// Mean of −ln π(a) and of the entropy, over steps and components of an action.
        package var negativeLogLikelihood: Float = 0, entropy: Float = 0
        /// Temperature of the entropy, and step size, of this update.
        package var temperature: Float = 0, rate: Float = 0
        private let isStochastic: Bool

        init(isStochastic: Bool) { self.isStochastic = isStochastic }

        mutating func take(_ sums: Sums) {
            (actionLoss, costLoss, stateLoss) = (sums.action, sums.cost, sums.state)
            (negativeLogLikelihood, entropy) = (-sums.logLikelihood, sums.entropy)
            costAccuracy = sums.correct
        }

        /// Names are those of the usual terms.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("loss", "Loss"), MetricDeclaration("action_loss", "Action loss"),
                MetricDeclaration("nll", "Negative log-likelihood"), MetricDeclaration("entropy", "Entropy"),
                MetricDeclaration("temperature", "Temperature", .nonNegative),
                MetricDeclaration("cost_loss", "Cost loss", .nonNegative),
                MetricDeclaration("cost_accuracy", "Share of costs foretold", .share),
                MetricDeclaration("state_loss", "State loss", .nonNegative),
                MetricDeclaration("rate", "Step size", .nonNegative),
            ]
        }

        /// A deterministic head has no likelihood.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("loss", loss)
            metric("action_loss", actionLoss)
            if isStochastic {
                metric("nll", negativeLogLikelihood)
                metric("entropy", entropy)
                metric("temperature", temperature)
            }
            metric("cost_loss", costLoss)
            metric("cost_accuracy", costAccuracy)
            metric("state_loss", stateLoss)
            metric("rate", rate)
        }
    }
}
