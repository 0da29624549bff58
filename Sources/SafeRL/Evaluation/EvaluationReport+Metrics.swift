extension EvaluationReport {
    /// What the numbers of an evaluation during training are, by their names in `metrics.jsonl`.
    public static var metrics: [MetricDeclaration] {
        [
            MetricDeclaration("return_mean", "Return per episode"),
            MetricDeclaration("cost_mean", "Cost per episode", .nonNegative),
            MetricDeclaration("cost_mean.*", "Cost per episode, *", .nonNegative),
            MetricDeclaration("violation_free_share", "Episodes without violation", .share),
            MetricDeclaration("violation_free_share.*", "Episodes without *", .share),
            MetricDeclaration("normalized_return", "Normalised return"),
            MetricDeclaration("normalized_cost", "Normalised cost", .nonNegative),
            MetricDeclaration("goal_share", "Reached the goal", .share),
            MetricDeclaration("length_mean", "Episode length", unit: "steps", .nonNegative),
        ]
    }
}
