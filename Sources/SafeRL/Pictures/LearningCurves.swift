import Foundation

/// Metrics over updates, one small plot each.
public struct LearningCurves: Sendable {
    /// One metric.
    public struct Curve: Sendable {
        /// Its name, such as `policyLoss`.
        public let name: String
        /// Update numbers and values, in order; values that are not finite leave a gap.
        public let points: [(step: Int, value: Double)]
        /// Whether each point is marked, for curves of few points.
        public let isMarked: Bool

        /// Names a series.
        public init(_ name: String, _ points: [(step: Int, value: Double)], isMarked: Bool = false) {
            (self.name, self.points, self.isMarked) = (name, points, isMarked)
        }
    }

    private static let columns = 3
    private static let (panelWidth, panelHeight) = (330.0, 220.0)
    private static let buckets = 300

    private let title: String
    private let curves: [Curve]

    /// Describes the picture.
    ///
    /// - Parameters:
    ///   - title: the line at the top.
    ///   - curves: one plot each, three a row; those without a finite value are left out.
    public init(title: String, _ curves: [Curve]) {
        self.title = title
        self.curves = curves.filter { $0.points.contains { $0.value.isFinite } }
    }

    /// The picture as the text of an SVG file.
    public func svg() -> String {
        let rows = (curves.count + Self.columns - 1) / Self.columns
        var drawing = SVGDrawing(
            width: Double(Self.columns) * Self.panelWidth + 20,
            height: Double(max(rows, 1)) * Self.panelHeight + 50)
        drawing.text(title, x: 20, y: 28, size: 16, bold: true)
        if curves.isEmpty { drawing.text("no metrics were recorded", x: 20, y: 60) }
        for (index, curve) in curves.enumerated() {
            draw(
                curve, index, x: Double(index % Self.columns) * Self.panelWidth + 20,
                y: Double(index / Self.columns) * Self.panelHeight + 45, on: &drawing)
        }
        return drawing.file
    }

    private func draw(_ curve: Curve, _ index: Int, x: Double, y: Double, on drawing: inout SVGDrawing) {
        let finite = curve.points.filter { $0.value.isFinite }
        let values = finite.map(\.value)
        let area = PlotArea(
            x: x + 45, y: y + 22, width: Self.panelWidth - 70, height: Self.panelHeight - 70,
            horizontal: Self.range(curve.points.map { Double($0.step) }, margin: 0),
            vertical: Self.range(values, margin: 0.06))
        drawing.text(curve.name, x: area.x, y: y + 14, size: 13, bold: true)
        if let last = values.last {
            drawing.text(
                "last \(String(format: "%.4g", last))", x: area.x + area.width, y: y + 14, size: 11,
                anchor: .end,
                fill: SVGDrawing.Colour.faint)
        }
        area.drawAxes(on: &drawing, ticks: 4)
        drawing.text(
            "updates", x: area.x + area.width / 2, y: area.y + area.height + 32, size: 11, anchor: .middle,
            fill: SVGDrawing.Colour.faint)
        var data = ""
        var isDrawing = false
        for point in Self.thinned(curve.points) {
            guard point.value.isFinite else {
                isDrawing = false
                continue
            }
            let (px, py) = (area.pixel(x: Double(point.step)), area.pixel(y: point.value))
            if curve.isMarked { drawing.circle(x: px, y: py, radius: 2.5, fill: SVGDrawing.Colour.blue) }
            data += "\(isDrawing ? "L" : "M")\(px.svg) \(py.svg)"
            isDrawing = true
        }
        drawing.path(data, stroke: SVGDrawing.Colour.blue, width: 1.5)
    }

    /// At most two points a bucket, its smallest and largest: spikes survive.
    private static func thinned(_ points: [(step: Int, value: Double)]) -> [(step: Int, value: Double)] {
        guard points.count > 2 * buckets else { return points }
        let size = (points.count + buckets - 1) / buckets
        return stride(from: 0, to: points.count, by: size).flatMap { start in
            let bucket = points[start..<min(start + size, points.count)]
            if let gap = bucket.first(where: { !$0.value.isFinite }) { return [gap] }
            guard let low = bucket.min(by: { $0.value < $1.value }),
                let high = bucket.max(by: { $0.value < $1.value })
            else { return [] }
            return low.step < high.step ? [low, high] : low.step > high.step ? [high, low] : [low]
        }
    }

    private static func range(_ values: [Double], margin: Double) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        if low == high { return low - max(abs(low), 1) / 2...high + max(abs(high), 1) / 2 }
        return low - margin * (high - low)...high + margin * (high - low)
    }
}
