import SafeRL

extension OGSRL {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        var values: [(name: String, value: Float)]

        /// Those of all stages.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("gap", "Optimality gap", .nonNegative),
                MetricDeclaration("loss", "Model loss"),
                MetricDeclaration("held_out_error", "Held-out error", unit: "nats"),
                MetricDeclaration("cloning_loss", "Cloning loss", unit: "nats"),
                MetricDeclaration("model_return", "Return in the model"),
                MetricDeclaration("length", "Episode length", unit: "steps", .nonNegative),
                MetricDeclaration("outside_share", "Steps outside the support", .share),
                MetricDeclaration("cost_*", "Cost in the model, *", .nonNegative),
                MetricDeclaration("multiplier_*", "Multiplier, *", .nonNegative),
                MetricDeclaration("divergence", "KL divergence of a step", unit: "nats", .nonNegative),
                MetricDeclaration("accepted", "Steps accepted", .share),
                MetricDeclaration("entropy", "Policy entropy", unit: "nats"),
                MetricDeclaration("step_case", "Case of the step", .nonNegative),
                MetricDeclaration("value_error", "Value error", .nonNegative),
            ]
        }

        /// Names depend on the stage, and in the policy's on the budgets.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            for (name, value) in values { metric(name, value) }
        }
    }

    /// What an update of the policy reports.
    func metrics(of report: PolicyUpdate) -> Metrics {
        let step = report.step
        var values: [(String, Double)] = [
            ("model_return", report.modelReturn), ("length", report.length),
            ("outside_share", report.outsideShare),
        ]
        for (index, constraint) in constraints.enumerated() {
            values.append(("cost_\(constraint.name)", report.spending[index]))
            values.append(("multiplier_\(constraint.name)", step.multipliers[index]))
        }
        values += [
            ("divergence", step.divergence), ("accepted", step.isAccepted ? 1 : 0),
            ("entropy", step.entropy), ("step_case", Double(step.stepCase)),
            ("value_error", step.valueError),
        ]
        return Metrics(values: values.map { ($0.0, Float($0.1)) })
    }
}
