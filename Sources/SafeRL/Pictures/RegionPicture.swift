import Foundation

/// Learned feasible regions over the true ones: one square panel a slice of the state space.
public struct RegionPicture: Sendable {
    /// A disc drawn into every panel.
    public struct Disc: Sendable {
        /// Centre and radius, in the panel's units.
        public let x, y, radius: Double
        /// Makes a disc.
        public init(x: Double, y: Double, radius: Double) { (self.x, self.y, self.radius) = (x, y, radius) }
    }

    /// One slice: a square grid of points, row after row from the smallest y, each row from the smallest x.
    public struct Panel: Sendable {
        /// The line above it, such as "v = 0.5 m/s, θ = 45°".
        public let title: String
        /// The learned value of every point; at most 0 is feasible.
        public let learned: [Float]
        /// Whether every point is truly feasible.
        public let truth: [Bool]

        /// Makes a panel of n × n points.
        public init(title: String, learned: [Float], truth: [Bool]) {
            precondition(learned.count == truth.count, "\(learned.count) values for \(truth.count) points")
            let size = Int(Double(learned.count).squareRoot())
            precondition(
                size >= 2 && size * size == learned.count, "\(learned.count) points are not a square grid")
            (self.title, self.learned, self.truth) = (title, learned, truth)
        }

        /// Share of points judged alike by the learned value and the truth, in [0, 1]; NaN agrees with nothing.
        public var agreement: Double {
            let alike = zip(learned, truth).count { value, isFeasible in
                isFeasible ? value <= 0 : value > 0
            }
            return Double(alike) / Double(learned.count)
        }
    }

    /// A path through the plane, such as an episode.
    public struct Trajectory: Sendable {
        /// Its points, in order.
        public let points: [(x: Double, y: Double)]
        /// Whether it is drawn as one that went wrong.
        public let isViolated: Bool
        /// Makes a path.
        public init(_ points: [(x: Double, y: Double)], isViolated: Bool) {
            (self.points, self.isViolated) = (points, isViolated)
        }
    }

    private static let side = 330.0
    private let title: String
    private let range: ClosedRange<Double>
    private let panels: [Panel]
    private let hazards: [Disc]
    private let goal: Disc?
    private let trajectories: [Trajectory]

    /// Describes the picture.
    ///
    /// - Parameters:
    ///   - title: the line at the top.
    ///   - range: of both axes, in metres.
    ///   - panels: at least one.
    ///   - hazards: outlined in every panel.
    ///   - goal: filled in every panel.
    ///   - trajectories: drawn in every panel.
    public init(
        title: String, over range: ClosedRange<Double>, _ panels: [Panel], hazards: [Disc] = [],
        goal: Disc? = nil, trajectories: [Trajectory] = []
    ) {
        precondition(!panels.isEmpty, "a picture of no panels")
        (self.title, self.range, self.panels) = (title, range, panels)
        (self.hazards, self.goal, self.trajectories) = (hazards, goal, trajectories)
    }

    /// The picture as the text of an SVG file.
    public func svg() -> String {
        var drawing = SVGDrawing(width: 30 + Double(panels.count) * (Self.side + 55), height: Self.side + 175)
        drawing.text(title, x: 50, y: 30, size: 16, bold: true)
        for (index, panel) in panels.enumerated() {
            let area = PlotArea(
                x: 50 + Double(index) * (Self.side + 55), y: 72, width: Self.side, height: Self.side,
                horizontal: range, vertical: range)
            draw(panel, index, in: area, on: &drawing)
        }
        drawLegend(y: Self.side + 140, on: &drawing)
        return drawing.file
    }

    private func draw(_ panel: Panel, _ index: Int, in area: PlotArea, on drawing: inout SVGDrawing) {
        let grid = GridContour(size: Int(Double(panel.truth.count).squareRoot()), values: panel.learned)
        let (truth, learned) = (panel.truth, panel.learned)
        drawing.text(panel.title, x: area.x, y: area.y - 10, size: 13, bold: true)
        drawing.text(
            String(format: "%.2f %% of points agree", 100 * panel.agreement), x: area.x + area.width,
            y: area.y - 10, size: 12, anchor: .end, fill: SVGDrawing.Colour.faint)
        drawing.clipped(to: "p\(index)", x: area.x, y: area.y, width: area.width, height: area.height) {
            drawing in
            typealias Colour = SVGDrawing.Colour
            drawing.path(grid.cells(where: { !truth[$0] }, in: area), fill: Colour.sand)
            drawing.path(grid.cells(where: { !truth[$0] && learned[$0] <= 0 }, in: area), fill: Colour.rose)
            drawing.path(grid.cells(where: { truth[$0] && !(learned[$0] <= 0) }, in: area), fill: Colour.sky)
            drawScene(in: area, on: &drawing)
            drawing.path(grid.zeroLine(in: area), stroke: Colour.ink, width: 2)
        }
        area.drawAxes(on: &drawing, ticks: 6, grid: false)
        drawing.text(
            "x (m)", x: area.x + area.width / 2, y: area.y + area.height + 34, size: 12, anchor: .middle)
        if index == 0 {
            drawing.text(
                "y (m)", x: area.x - 34, y: area.y + area.height / 2, size: 12, anchor: .middle, rotated: true
            )
        }
    }

    private func drawScene(in area: PlotArea, on drawing: inout SVGDrawing) {
        let scale = area.width / (range.upperBound - range.lowerBound)
        if let goal {
            drawing.circle(
                x: area.pixel(x: goal.x), y: area.pixel(y: goal.y), radius: goal.radius * scale,
                fill: "#b2f2bb",
                stroke: SVGDrawing.Colour.green, width: 1.5)
        }
        for trajectory in trajectories {
            let colour = trajectory.isViolated ? SVGDrawing.Colour.orange : SVGDrawing.Colour.blue
            let points = trajectory.points.map { "\(area.pixel(x: $0.x).svg) \(area.pixel(y: $0.y).svg)" }
            guard let first = trajectory.points.first else { continue }
            drawing.path("M" + points.joined(separator: "L"), stroke: colour, width: 1.2, opacity: 0.75)
            drawing.circle(x: area.pixel(x: first.x), y: area.pixel(y: first.y), radius: 2.2, fill: colour)
        }
        for hazard in hazards {
            drawing.circle(
                x: area.pixel(x: hazard.x), y: area.pixel(y: hazard.y), radius: hazard.radius * scale,
                stroke: SVGDrawing.Colour.orange, width: 1.5, dashed: true)
        }
    }

    private func drawLegend(y: Double, on drawing: inout SVGDrawing) {
        typealias Colour = SVGDrawing.Colour
        let fills: [(String, String)] = [
            (Colour.sand, "truly infeasible"), (Colour.rose, "wrongly judged feasible"),
            (Colour.sky, "wrongly judged infeasible"),
        ]
        var x = 50.0
        for (fill, name) in fills {
            drawing.rectangle(x: x, y: y - 11, width: 18, height: 13, fill: fill)
            drawing.text(name, x: x + 24, y: y)
            x += 60 + 6.1 * Double(name.count)
        }
        let lines: [(String, Bool, String)] = [
            (Colour.ink, false, "learned boundary"), (Colour.orange, true, "hazard"),
            (Colour.blue, false, "episode without violation"),
            (Colour.orange, false, "episode with violation"),
        ]
        x = 50
        for (stroke, dashed, name) in lines.dropLast(trajectories.isEmpty ? 2 : 0) {
            drawing.line(x, y + 19, x + 18, y + 19, stroke: stroke, width: 2, dashed: dashed)
            drawing.text(name, x: x + 24, y: y + 23)
            x += 60 + 6.1 * Double(name.count)
        }
        guard goal != nil else { return }
        drawing.circle(x: x + 9, y: y + 19, radius: 6, fill: "#b2f2bb", stroke: Colour.green)
        drawing.text("goal", x: x + 24, y: y + 23)
    }
}
