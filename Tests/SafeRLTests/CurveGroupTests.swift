import SafeRL
import Testing

@Suite struct CurveGroupTests {
    private typealias Point = Curve.Point
    private let metric = MetricDeclaration("cost_mean", "Cost", unit: "per episode", .nonNegative)

    private func curve(_ points: [Point], limit: Double? = nil) -> Curve {
        Curve(stage: "policy", metric, points, limit: limit)
    }

    @Test func aCurveIsDescribedByItsMetricsDeclaration() {
        let curve = curve([Point(step: 1, value: 2)], limit: 5)
        #expect(curve.key == Curve.Key(stage: "policy", name: "cost_mean"))
        #expect(curve.title == "Cost (per episode)" && curve.domain == .nonNegative && curve.limits == [5])
    }

    @Test func oneRunIsDrawnAsItIs() {
        let points = [Point(step: 1, value: 2, interval: 1...3), Point(step: 2, value: .infinity)]
        let group = CurveGroup("g", [[curve(points)]])
        #expect(group.runs == 1 && group.curves.map(\.points) == [points])
    }

    @Test func severalRunsAreTheirMeanWithStudentsInterval() throws {
        let runs = [0.0, 1, 5].map { value in
            [curve([Point(step: 1, value: value), Point(step: 2, value: 4)], limit: value + 1)]
        }
        let group = CurveGroup("g", runs)
        let mean = try #require(group.curves.first)
        #expect(group.runs == 3 && group.curves.count == 1 && mean.limits == [1, 2, 6])
        #expect(mean.points.map(\.step) == [1, 2] && mean.points.map(\.value) == [2, 4])
        // 4.3027 standard errors of √7 / √3, by the table of Student's distribution with two degrees of freedom.
        let interval = try #require(mean.points[0].interval)
        #expect(abs(interval.upperBound - 2 - 4.3027 * (7.0 / 3).squareRoot()) < 1e-3)
        #expect(mean.points[1].interval == nil)
    }

    @Test func stepsThatOneRunDoesNotHaveAreLeftOut() {
        let (longer, shorter) = (
            (0..<5).map { Point(step: $0, value: 1) }, (0..<3).map { Point(step: $0, value: 3) }
        )
        let group = CurveGroup("g", [[curve(longer)], [curve(shorter)]])
        #expect(group.curves[0].points.map(\.step) == [0, 1, 2])
        let gap = CurveGroup("g", [[curve(shorter)], [curve([Point(step: 1, value: .nan)])]])
        #expect(gap.curves[0].points.count == 1 && gap.curves[0].points[0].value.isNaN)
    }
}
