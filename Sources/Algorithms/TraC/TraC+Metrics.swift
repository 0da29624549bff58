import SafeRL

extension TraC {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// What only the second phase has.
        package struct Classification: Sendable {
            /// Weighted cross-entropy of the labels.
            package var loss: Float = 0
            /// Share of the segments whose label the score says.
            package var accuracy: Float = 0
        }

        /// Mean squared distance to the recorded actions, summed over components.
        package var cloningLoss: Float = 0
        /// Nothing in the first phase.
        package var classification: Classification?

        /// In both phases.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("classification_loss", "Classification loss", .nonNegative),
                MetricDeclaration("accuracy", "Share of segments told right", .share),
                MetricDeclaration("cloning_loss", "Cloning loss", .nonNegative),
            ]
        }

        /// Those of the phase.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            if let classification {
                metric("classification_loss", classification.loss)
                metric("accuracy", classification.accuracy)
            }
            metric("cloning_loss", cloningLoss)
        }
    }
}
