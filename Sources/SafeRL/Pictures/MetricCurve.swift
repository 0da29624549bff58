import Assurance

/// One metric of one run over updates.
public struct MetricCurve: Sendable {
    /// A value after some updates, with the interval of what it estimates where one is known.
    public struct Point: Sendable, Equatable {
        /// Updates taken.
        public let step: Int
        /// NaN leaves a gap.
        public let value: Double
        /// Lower and upper end; nothing where no interval is known.
        public let interval: ClosedRange<Double>?

        /// Makes a point.
        public init(step: Int, value: Double, interval: ClosedRange<Double>? = nil) {
            (self.step, self.value, self.interval) = (step, value, interval)
        }
    }

    /// The stage that reported it, such as `policy`.
    public let stage: String
    /// What it is.
    public let metric: MetricDeclaration
    /// In the order of their steps.
    public let points: [Point]
    /// The largest value that counts as safe, where there is one.
    public let limit: Double?

    /// Makes a curve.
    public init(stage: String, _ metric: MetricDeclaration, _ points: [Point], limit: Double? = nil) {
        (self.stage, self.metric, self.points, self.limit) = (stage, metric, points, limit)
    }

    /// What tells curves apart.
    struct Key: Hashable { let stage, metric: String }
    var key: Key { Key(stage: stage, metric: metric.key) }
}

/// Runs that are drawn as one line: one run, or training seeds of one configuration.
public struct CurveGroup: Sendable {
    /// The name in the legend.
    public let name: String
    /// The curves of each run.
    public let runs: [[MetricCurve]]

    /// Makes a group of at least one run.
    public init(_ name: String, _ runs: [[MetricCurve]]) {
        precondition(!runs.isEmpty, "a group of no runs")
        (self.name, self.runs) = (name, runs)
    }

    /// The line of a metric: that of the one run, or means over the runs at the steps that all of them have, with
    /// Student's intervals of the means.
    func line(_ key: MetricCurve.Key, confidence: Double) -> [MetricCurve.Point] {
        let curves = runs.compactMap { run in run.first { $0.key == key } }
        guard curves.count > 1 else { return curves.first?.points ?? [] }
        var values: [Int: [Double]] = [:]
        for curve in curves {
            // The last value counts where a step stands twice.
            let own = Dictionary(curve.points.map { ($0.step, $0.value) }) { $1 }
            for (step, value) in own { values[step, default: []].append(value) }
        }
        return values.filter { $0.value.count == curves.count }.sorted { $0.key < $1.key }.map {
            step, values in
            guard values.allSatisfy(\.isFinite) else { return .init(step: step, value: .nan) }
            let sample = SampleMean(values)
            return .init(
                step: step, value: sample.mean,
                interval: MeanInterval(of: sample, confidence: confidence)?.range)
        }
    }
}
