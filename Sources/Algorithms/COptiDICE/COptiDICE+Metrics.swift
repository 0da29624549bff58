import SafeRL

extension COptiDICE {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Losses of nu, chi, lambda, tau and the policy, each before its step; of chi and tau 0 without a bound.
        package var valueLoss: Float = 0, boundLoss: Float = 0, multiplierLoss: Float = 0
        package var temperatureLoss: Float = 0, actorLoss: Float = 0
        /// Mean f(w), and the divergence of the distribution that bounds the cost.
        package var fDivergence: Float = 0, boundDivergence: Float = 0
        /// Mean squared advantage.
        package var tdError: Float = 0
        /// lambda and tau before their steps; of tau 0 without a bound.
        package var multiplier: Float = 0, temperature: Float = 0

        /// Symbols are the paper's.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("nu_loss", "ν loss"), MetricDeclaration("chi_loss", "χ loss"),
                MetricDeclaration("multiplier_loss", "λ loss"), MetricDeclaration("tau_loss", "τ loss"),
                MetricDeclaration("actor_loss", "Actor loss"),
                MetricDeclaration("f_divergence", "Mean f(w)"),
                MetricDeclaration("bound_divergence", "Divergence of the bound"),
                MetricDeclaration("td_error", "Mean squared advantage", .nonNegative),
                MetricDeclaration("multiplier", "λ", .nonNegative),
                MetricDeclaration("tau", "τ", .nonNegative),
            ]
        }

        /// Every one, in every update.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("nu_loss", valueLoss)
            metric("chi_loss", boundLoss)
            metric("multiplier_loss", multiplierLoss)
            metric("tau_loss", temperatureLoss)
            metric("actor_loss", actorLoss)
            metric("f_divergence", fDivergence)
            metric("bound_divergence", boundDivergence)
            metric("td_error", tdError)
            metric("multiplier", multiplier)
            metric("tau", temperature)
        }
    }
}
