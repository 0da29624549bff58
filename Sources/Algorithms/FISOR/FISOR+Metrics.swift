import SafeRL

extension FISOR {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Loss of V_h and Q_h.
        package var vhLoss: Float = 0, qhLoss: Float = 0
        /// Loss of V_r and Q_r.
        package var vrLoss: Float = 0, qrLoss: Float = 0
        /// Mean of the policy updates' losses.
        package var policyLoss: Float = 0
        /// Share of the critics' rows judged feasible, V_h(s) ≤ 0.
        package var feasibleShare: Float = 0
        /// Mean weight of the policy's rows, and the share of rows with weight 0.
        package var weightMean: Float = 0, weightlessShare: Float = 0
        /// Mean V_h and V_r of the critics' rows, before their update.
        package var vhMean: Float = 0, vrMean: Float = 0
        /// What a one-step policy reports in place of the loss and weights of a diffusion policy.
        package var flow = Flow()
        var learnsPolicy = true, learnsCritics = true, hasFlow = false
        /// What the last look at the critics found; nothing where nobody looks.
        var look: CriticsWatch.Look?
        var drift: CriticsWatch.Drift?

        /// Symbols are the paper's.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("policy_loss", "Policy loss", .nonNegative),
                MetricDeclaration("feasible_share", "Share judged feasible", .share),
                MetricDeclaration("vh_loss", "V_{h} loss", .nonNegative),
                MetricDeclaration("qh_loss", "Q_{h} loss", .nonNegative),
                MetricDeclaration("vr_loss", "V_{r} loss", .nonNegative),
                MetricDeclaration("qr_loss", "Q_{r} loss", .nonNegative),
                MetricDeclaration("vh_mean", "Mean V_{h}"), MetricDeclaration("vr_mean", "Mean V_{r}"),
                MetricDeclaration("held_out_vr", "Held-out mean V_{r}"),
                MetricDeclaration("held_out_vh", "Held-out mean V_{h}"),
                MetricDeclaration("held_out_feasible_share", "Held-out share judged feasible", .share),
                MetricDeclaration(
                    "held_out_qr_error", "Held-out Q_{r} error / size of V_{r}", .nonNegative),
                MetricDeclaration(
                    "held_out_qh_error", "Held-out Q_{h} error / size of V_{h}", .nonNegative),
                MetricDeclaration("critics_drift", "Drift of the critics", .nonNegative),
                MetricDeclaration("weight_mean", "Mean weight", .nonNegative),
                MetricDeclaration("weightless_share", "States with weight 0", .share),
            ] + Flow.declarations
        }

        /// Names are those of the paper's symbols.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            if learnsPolicy && !hasFlow { metric("policy_loss", policyLoss) }
            if learnsCritics {
                metric("feasible_share", feasibleShare)
                metric("vh_loss", vhLoss)
                metric("qh_loss", qhLoss)
                metric("vr_loss", vrLoss)
                metric("qr_loss", qrLoss)
                metric("vh_mean", vhMean)
                metric("vr_mean", vrMean)
            }
            if let look {
                metric("held_out_vr", Float(look.reward))
                metric("held_out_vh", Float(look.feasibility))
                metric("held_out_feasible_share", Float(look.feasibleShare))
                metric("held_out_qr_error", Float(look.rewardError))
                metric("held_out_qh_error", Float(look.feasibilityError))
                // All of what there was, until enough looks can be compared.
                metric("critics_drift", drift.map { Float($0.largest) } ?? 1)
            }
            if learnsPolicy && hasFlow { flow.report(metric) }
            if learnsPolicy && !hasFlow {
                metric("weight_mean", weightMean)
                metric("weightless_share", weightlessShare)
            }
        }
    }
}
