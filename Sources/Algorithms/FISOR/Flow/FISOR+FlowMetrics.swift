import SafeRL

extension FISOR.Metrics {
    /// What the updates of a one-step policy report: means over those of a step.
    package struct Flow: Sendable {
        /// Loss of the flow that clones the data.
        package var cloneLoss: Float = 0
        /// Mean squared distance of the one-step policy from the flow's actions.
        package var distillationLoss: Float = 0
        /// Mean of what the policy makes large, in mean sizes of the critics.
        package var value: Float = 0
        /// Shares of the three cases: reward counts; feasible state but unsafe action; infeasible state.
        package var rewarding: Float = 0, unsafe: Float = 0, infeasible: Float = 0

        /// Nothing yet.
        package init() {}

        /// Counts the rows of each case.
        mutating func count(_ cases: FISOR.Configuration.Cases, _ infeasible: Variable) {
            rewarding = cases.rewarding.mean().scalar
            self.infeasible = (infeasible * cases.saving).mean().scalar
            unsafe = max(0, 1 - rewarding - self.infeasible)
        }

        /// Adds a part of a step.
        mutating func add(_ other: Flow, share: Float) {
            cloneLoss += share * other.cloneLoss
            distillationLoss += share * other.distillationLoss
            value += share * other.value
            rewarding += share * other.rewarding
            unsafe += share * other.unsafe
            infeasible += share * other.infeasible
        }

        func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("flow_loss", cloneLoss)
            metric("distillation_loss", distillationLoss)
            metric("policy_value", value)
            metric("rewarding_share", rewarding)
            metric("unsafe_action_share", unsafe)
            metric("infeasible_share", infeasible)
        }

        static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("flow_loss", "Flow loss", .nonNegative),
                MetricDeclaration("distillation_loss", "Distance from the flow", .nonNegative),
                MetricDeclaration("policy_value", "Value of the policy's actions"),
                MetricDeclaration("rewarding_share", "Reward counts", .share),
                MetricDeclaration("unsafe_action_share", "Feasible state, unsafe action", .share),
                MetricDeclaration("infeasible_share", "Infeasible state", .share),
            ]
        }
    }
}
