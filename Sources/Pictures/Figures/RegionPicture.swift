import Foundation

/// Learned feasible regions over the true ones: one square panel a slice of the state space, and one for episodes.
///
/// Episodes run through all slices, so they have a panel of their own and are in none of the others.
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

    private static let (side, gap) = (330.0, 58.0)
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
    ///   - trajectories: drawn in a panel of their own; without any there is none.
    public init(
        title: String, over range: ClosedRange<Double>, _ panels: [Panel], hazards: [Disc] = [],
        goal: Disc? = nil, trajectories: [Trajectory] = []
    ) {
        precondition(!panels.isEmpty, "a picture of no panels")
        (self.title, self.range, self.panels) = (title, range, panels)
        (self.hazards, self.goal, self.trajectories) = (hazards, goal, trajectories)
    }

    /// The picture as the text of an SVG file.
    public func svg() -> String { drawing().svg() }

    /// The picture as the bytes of a PDF file.
    public func pdf() -> [UInt8] { drawing().pdf() }

    private func drawing() -> Drawing {
        let count = panels.count + (trajectories.isEmpty ? 0 : 1)
        var drawing = Drawing(width: 34 + Double(count) * (Self.side + Self.gap), height: Self.side + 170)
        drawing.text(Lettering(plain: title), x: 54, y: 30, size: 16, isBold: true)
        for (index, panel) in panels.enumerated() { draw(panel, in: area(index), on: &drawing) }
        if !trajectories.isEmpty { drawEpisodes(in: area(panels.count), on: &drawing) }
        drawLegend(y: Self.side + 138, on: &drawing)
        return drawing
    }

    private func area(_ index: Int) -> PlotArea {
        // Both axes end where the plane does.
        let axis = Axis([range.lowerBound, range.upperBound], .any, ticks: 6, isTight: true)
        return PlotArea(
            x: 54 + Double(index) * (Self.side + Self.gap), y: 72, width: Self.side, height: Self.side,
            horizontal: axis, vertical: axis)
    }

    private func draw(_ panel: Panel, in area: PlotArea, on drawing: inout Drawing) {
        typealias Colour = Drawing.Colour
        let grid = GridContour(size: Int(Double(panel.truth.count).squareRoot()), values: panel.learned)
        let (truth, learned) = (panel.truth, panel.learned)
        let share = String(format: "%.2f %% of points agree", 100 * panel.agreement)
        drawHead(panel.title, share, over: area, on: &drawing)
        drawing.clipped(x: area.x, y: area.y, width: area.width, height: area.height) { drawing in
            drawing.path(grid.cells(where: { !truth[$0] }, in: area), fill: Colour.sand)
            drawing.path(grid.cells(where: { !truth[$0] && learned[$0] <= 0 }, in: area), fill: Colour.rose)
            drawing.path(grid.cells(where: { truth[$0] && !(learned[$0] <= 0) }, in: area), fill: Colour.sky)
            drawScene(in: area, on: &drawing)
            drawing.path(grid.zeroLine(in: area), stroke: .init(colour: Colour.ink, width: 2))
        }
        drawFrame(of: area, on: &drawing)
    }

    private func drawEpisodes(in area: PlotArea, on drawing: inout Drawing) {
        let count = trajectories.count
        let violated = trajectories.count(where: \.isViolated)
        drawHead(
            "First \(count) episodes, all speeds", "\(violated) with violation", over: area, on: &drawing)
        drawing.clipped(x: area.x, y: area.y, width: area.width, height: area.height) { drawing in
            drawScene(in: area, on: &drawing)
            for trajectory in trajectories { draw(trajectory, in: area, on: &drawing) }
        }
        drawFrame(of: area, on: &drawing)
    }

    /// Title to the left and a remark to the right, which do not touch.
    private func drawHead(
        _ title: String, _ remark: String, over area: PlotArea, on drawing: inout Drawing
    ) {
        let remark = Lettering(plain: remark)
        let room = area.width - remark.room(size: 12) - 8
        drawing.text(
            Lettering(plain: title).fitted(to: room, size: 13, isBold: true), x: area.x, y: area.y - 10,
            size: 13, isBold: true)
        drawing.text(
            remark, x: area.x + area.width, y: area.y - 10, size: 12, anchor: .end,
            colour: Drawing.Colour.faint)
    }

    private func drawFrame(of area: PlotArea, on drawing: inout Drawing) {
        area.drawAxes(on: &drawing, hasGrid: false)
        area.drawCaption("x (m)", on: &drawing)
        drawing.text(
            "y (m)", x: area.x - 34, y: area.y + area.height / 2, size: 11, anchor: .middle,
            colour: Drawing.Colour.faint, isRotated: true)
    }

    private func drawScene(in area: PlotArea, on drawing: inout Drawing) {
        let scale = area.width / (range.upperBound - range.lowerBound)
        if let goal {
            drawing.circle(
                x: area.pixel(x: goal.x), y: area.pixel(y: goal.y), radius: goal.radius * scale,
                fill: Drawing.Colour.mint, stroke: .init(colour: Drawing.Colour.green, width: 1.5))
        }
        for hazard in hazards {
            drawing.circle(
                x: area.pixel(x: hazard.x), y: area.pixel(y: hazard.y), radius: hazard.radius * scale,
                stroke: .init(colour: Drawing.Colour.orange, width: 1.5, isDashed: true))
        }
    }

    private func draw(_ trajectory: Trajectory, in area: PlotArea, on drawing: inout Drawing) {
        guard let first = trajectory.points.first else { return }
        let colour = trajectory.isViolated ? Drawing.Colour.orange : Drawing.Colour.blue
        var outline = Outline()
        outline.move(area.pixel(x: first.x), area.pixel(y: first.y))
        for point in trajectory.points.dropFirst() {
            outline.line(area.pixel(x: point.x), area.pixel(y: point.y))
        }
        drawing.path(outline, stroke: .init(colour: colour, width: 1.2), opacity: 0.75)
        drawing.circle(x: area.pixel(x: first.x), y: area.pixel(y: first.y), radius: 2.2, fill: colour)
    }

    // MARK: Legend

    private func drawLegend(y: Double, on drawing: inout Drawing) {
        typealias Colour = Drawing.Colour
        var x = 54.0
        func name(_ text: String, _ y: Double, on drawing: inout Drawing) {
            let text = Lettering(plain: text)
            drawing.text(text, x: x + 24, y: y)
            x += 24 + text.room(size: 12) + 22
        }
        for (fill, text) in [
            (Colour.sand, "truly infeasible"), (Colour.rose, "wrongly judged feasible"),
            (Colour.sky, "wrongly judged infeasible"),
        ] {
            drawing.rectangle(x: x, y: y - 11, width: 18, height: 13, fill: fill)
            name(text, y, on: &drawing)
        }
        x = 54
        let lines: [(String, Bool, String)] = [
            (Colour.ink, false, "learned boundary"), (Colour.orange, true, "hazard"),
            (Colour.blue, false, "episode without violation"),
            (Colour.orange, false, "episode with violation"),
        ]
        for (stroke, isDashed, text) in lines.dropLast(trajectories.isEmpty ? 2 : 0) {
            drawing.line(x, y + 19, x + 18, y + 19, stroke: stroke, width: 2, isDashed: isDashed)
            name(text, y + 23, on: &drawing)
        }
        guard goal != nil else { return }
        drawing.circle(
            x: x + 9, y: y + 19, radius: 6, fill: Colour.mint, stroke: .init(colour: Colour.green))
        name("goal", y + 23, on: &drawing)
    }
}
