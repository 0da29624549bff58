/// A picture that can be written as a file.
public protocol Figure: Sendable {
    /// The text of an SVG file.
    func svg() -> String
    /// The bytes of a PDF file.
    func pdf() -> [UInt8]
}

extension LearningCurves: Figure {}

/// Recorded episodes as points: cost across, return upwards.
public struct OutcomeScatter: Figure {
    /// One episode.
    public struct Point: Equatable, Sendable {
        /// Undiscounted sums over its steps, finite.
        public let cost, total: Double
        /// Whether it ended by itself, not by a limit.
        public let isTerminated: Bool

        /// Makes a point.
        public init(cost: Double, total: Double, isTerminated: Bool) {
            (self.cost, self.total, self.isTerminated) = (cost, total, isTerminated)
        }
    }

    private static let (width, height) = (560.0, 440.0)
    private let title: String
    let points: [Point]
    let limits: [Double]

    /// Describes the picture.
    ///
    /// - Parameters:
    ///   - title: the line at the top.
    ///   - points: at least one.
    ///   - limits: costs that an episode may have, each a dashed line where the axis reaches it.
    public init(title: String, _ points: [Point], limits: [Double] = []) {
        precondition(!points.isEmpty, "a picture of no episode")
        (self.title, self.points, self.limits) = (title, points, limits)
    }

    /// The picture as the text of an SVG file.
    public func svg() -> String { drawing().svg() }

    /// The picture as the bytes of a PDF file.
    public func pdf() -> [UInt8] { drawing().pdf() }

    /// The axes, of the picture and of its drawing in characters.
    var axes: (cost: Axis, total: Axis) {
        (Axis(points.map(\.cost), .nonNegative, ticks: 6), Axis(points.map(\.total), .any, ticks: 6))
    }

    private func drawing() -> Drawing {
        typealias Colour = Drawing.Colour
        var drawing = Drawing(width: Self.width, height: Self.height)
        let heading = Lettering(plain: title).fitted(to: Self.width - 32, size: 16, isBold: true)
        drawing.text(heading, x: 16, y: 28, size: 16, isBold: true)
        let (cost, total) = axes
        let area = PlotArea(
            x: 74, y: 66, width: Self.width - 98, height: Self.height - 122, horizontal: cost, vertical: total
        )
        area.drawAxes(on: &drawing)
        area.drawCaption("Cost of an episode", on: &drawing)
        drawing.text(
            "Return of an episode", x: 20, y: area.y + area.height / 2, size: 11, anchor: .middle,
            colour: Colour.faint, isRotated: true)
        for limit in limits where cost.range.contains(limit) {
            let x = area.pixel(x: limit)
            drawing.line(
                x, area.y, x, area.y + area.height, stroke: Colour.ink, width: 1.2, isDashed: true)
            drawing.text(Lettering("\(Axis.short(limit))"), x: x + 4, y: area.y + 12, size: 10)
        }
        for point in points {
            drawing.circle(
                x: area.pixel(x: point.cost), y: area.pixel(y: point.total), radius: 2.4,
                fill: point.isTerminated ? Colour.orange : Colour.blue)
        }
        drawLegend(on: &drawing)
        return drawing
    }

    private func drawLegend(on drawing: inout Drawing) {
        let ended = points.count(where: \.isTerminated)
        let groups = [
            (Drawing.Colour.blue, "cut by a limit", points.count - ended),
            (Drawing.Colour.orange, "ended by the task", ended),
        ]
        var x = 78.0
        for (colour, name, count) in groups where count > 0 {
            let text = Lettering(plain: "\(name) (\(count))")
            drawing.circle(x: x, y: 46, radius: 4, fill: colour)
            drawing.text(text, x: x + 9, y: 50, size: 11)
            x += text.room(size: 11) + 34
        }
    }
}
