import Assurance
import Pictures

extension Curve {
    /// Makes the curve of a metric that a stage reported.
    ///
    /// - Parameters:
    ///   - stage: such as `policy`.
    ///   - metric: says name, unit and possible values.
    ///   - points: in the order of their steps.
    ///   - limit: the largest value that counts as safe, where there is one.
    public init(stage: String, _ metric: MetricDeclaration, _ points: [Point], limit: Double? = nil) {
        let unit = metric.unit.map { " (\($0))" } ?? ""
        self.init(
            Key(stage: stage, name: metric.key), title: metric.title + unit, metric.domain, points,
            limits: limit.map { [$0] } ?? [])
    }
}

extension CurveGroup {
    /// Makes a group of one run, or of training seeds of one configuration.
    ///
    /// Of several, each curve is the mean at the steps that all of those have which report it, with Student's intervals of the
    /// means; where one value is not finite, the mean is a gap.
    ///
    /// - Parameters:
    ///   - name: in the legend.
    ///   - runs: the curves of each run; at least one run.
    public init(_ name: String, _ runs: [[Curve]]) {
        precondition(!runs.isEmpty, "a group of no runs")
        var known = Set<Curve.Key>()
        let first = runs.joined().filter { known.insert($0.key).inserted }
        let curves = first.map { curve in
            let same = runs.compactMap { run in run.first { $0.key == curve.key } }
            return Curve(
                curve.key, title: curve.title, curve.domain, Self.mean(of: same),
                limits: Set(same.flatMap(\.limits)).sorted())
        }
        self.init(name, runs: runs.count, curves)
    }

    private static func mean(of curves: [Curve]) -> [Curve.Point] {
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
                interval: MeanInterval(of: sample, confidence: LearningCurves.confidence)?.range)
        }
    }
}
