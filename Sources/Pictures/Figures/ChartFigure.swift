import Foundation

/// A chart of bars, lines, bands and points over two axes, with a legend.
public struct ChartFigure: Figure {
    /// What the numbers of an axis can be.
    public enum Scale: Sendable, Hashable {
        /// Anything.
        case any
        /// At least 0.
        case nonNegative
        /// In 0 … 1; all of it is shown.
        case share
        /// Places beside each other, without numbers.
        case places

        fileprivate var kind: Axis.Kind {
            switch self {
            case .any: .any
            case .nonNegative: .nonNegative
            case .share: .share
            case .places: .any
            }
        }
    }

    /// A place in the chart, finite.
    public struct Point: Sendable, Hashable {
        /// Across and upwards.
        public let x, y: Double

        /// Makes a place.
        public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
    }

    /// One thing that is drawn; later ones lie above earlier ones.
    public enum Layer: Sendable, Hashable {
        /// Bars from 0, each over a range across.
        case bars([Bar])
        /// A line through places.
        case line([Point], isDashed: Bool = false)
        /// The area between two lines over the same places across.
        case band(upper: [Point], lower: [Point])
        /// A dot at each place.
        case dots([Point])
        /// A dot at each place, with lines over what it may be.
        case estimates([Estimate])
        /// A line through places, with the area that it may lie in.
        case course([Estimate])
        /// A dashed line over the whole height.
        case vertical(Double)
        /// A dashed line over the whole width.
        case horizontal(Double)
    }

    /// One bar.
    public struct Bar: Sendable, Hashable {
        /// Where it begins and ends, across.
        public let range: ClosedRange<Double>
        /// How far it reaches upwards.
        public let height: Double

        /// Makes a bar.
        public init(_ range: ClosedRange<Double>, height: Double) {
            (self.range, self.height) = (range, height)
        }
    }

    /// A place with what it may be.
    public struct Estimate: Sendable, Hashable {
        /// Where it was found.
        public let point: Point
        /// Across; nothing where it is known.
        public let across: ClosedRange<Double>?
        /// Upwards; nothing where it is known.
        public let upwards: ClosedRange<Double>?

        /// Makes an estimate.
        public init(
            _ point: Point, across: ClosedRange<Double>? = nil, upwards: ClosedRange<Double>? = nil
        ) {
            (self.point, self.across, self.upwards) = (point, across, upwards)
        }
    }

    private static let (width, height) = (560.0, 440.0)
    private let title: String
    private let across, upwards: (name: String, scale: Scale)
    private let layers: [(name: String, layer: Layer)]
    private let notes: [String]

    /// Describes a chart.
    ///
    /// - Parameters:
    ///   - title: the line at the top.
    ///   - across: name and scale of the axis below.
    ///   - upwards: name and scale of the axis on the left.
    ///   - layers: each with its name in the legend; an empty name is not listed. All numbers are finite.
    ///   - notes: lines in the corner at the top left of the chart.
    public init(
        title: String, across: (name: String, scale: Scale), upwards: (name: String, scale: Scale),
        _ layers: [(name: String, layer: Layer)], notes: [String] = []
    ) {
        (self.title, self.across, self.upwards) = (title, across, upwards)
        (self.layers, self.notes) = (layers, notes)
    }

    /// The picture as the text of an SVG file.
    public func svg() -> String { drawing().svg() }

    /// The picture as the bytes of a PDF file.
    public func pdf() -> [UInt8] { drawing().pdf() }

    private func drawing() -> Drawing {
        typealias Colour = Drawing.Colour
        let legend = legend
        // Rows of the legend behind the first move the chart down.
        let more = 18 * Double(legend.last?.row ?? 0)
        var drawing = Drawing(width: Self.width, height: Self.height + more)
        let heading = Lettering(plain: title).fitted(to: Self.width - 32, size: 16, isBold: true)
        drawing.text(heading, x: 16, y: 28, size: 16, isBold: true)
        let area = PlotArea(
            x: 74, y: 66 + more, width: Self.width - 98, height: Self.height - 122,
            horizontal: Axis(
                layers.flatMap { $0.layer.xs }, across.scale.kind, ticks: 6,
                isNumbered: across.scale != .places),
            vertical: Axis(layers.flatMap { $0.layer.ys }, upwards.scale.kind, ticks: 6))
        area.drawAxes(on: &drawing)
        area.drawCaption(Lettering(plain: across.name), on: &drawing)
        drawing.text(
            Lettering(plain: upwards.name), x: 20, y: area.y + area.height / 2, size: 11, anchor: .middle,
            colour: Colour.faint, isRotated: true)
        let colours = colours
        drawing.clipped(x: area.x, y: area.y, width: area.width, height: area.height) { drawing in
            for (place, layer) in layers.enumerated() {
                Self.draw(layer.layer, in: area, colours[place], on: &drawing)
            }
        }
        for (place, note) in notes.enumerated() {
            drawing.text(
                Lettering(plain: note), x: area.x + 8, y: area.y + 16 + 14 * Double(place), size: 11)
        }
        draw(legend, colours, on: &drawing)
        return drawing
    }

    /// One colour a layer, of those that have a name the next of the series.
    private var colours: [String] {
        var next = 0
        return layers.map { name, layer in
            switch layer {
            case .vertical, .horizontal: return Drawing.Colour.ink
            case .band: return Drawing.Colour.sand
            default:
                if name.isEmpty { return Drawing.Colour.faint }
                next += 1
                return Drawing.Colour.series[(next - 1) % Drawing.Colour.series.count]
            }
        }
    }

    private static func draw(
        _ layer: Layer, in area: PlotArea, _ colour: String, on drawing: inout Drawing
    ) {
        func outline(_ points: [Point]) -> Outline {
            var outline = Outline()
            for (place, point) in points.enumerated() {
                let (x, y) = (area.pixel(x: point.x), area.pixel(y: point.y))
                if place == 0 { outline.move(x, y) } else { outline.line(x, y) }
            }
            return outline
        }
        switch layer {
        case .bars(let bars):
            for bar in bars {
                let (left, right) = (area.pixel(x: bar.range.lowerBound), area.pixel(x: bar.range.upperBound))
                let (from, to) = (area.pixel(y: 0), area.pixel(y: bar.height))
                drawing.rectangle(
                    x: left + 1, y: min(from, to), width: max(right - left - 2, 1), height: abs(from - to),
                    fill: colour, opacity: 0.75)
            }
        case .line(let points, let isDashed):
            drawing.path(
                outline(points), stroke: Drawing.Stroke(colour: colour, width: 1.8, isDashed: isDashed))
        case .band(let upper, let lower):
            var shape = outline(upper + lower.reversed())
            shape.close()
            drawing.path(shape, fill: colour, opacity: 0.8)
        case .dots(let points):
            for point in points {
                drawing.circle(
                    x: area.pixel(x: point.x), y: area.pixel(y: point.y), radius: 2.6, fill: colour)
            }
        case .estimates(let estimates):
            for estimate in estimates {
                let (x, y) = (area.pixel(x: estimate.point.x), area.pixel(y: estimate.point.y))
                if let range = estimate.across {
                    let (from, to) = (area.pixel(x: range.lowerBound), area.pixel(x: range.upperBound))
                    drawing.line(from, y, to, y, stroke: colour, width: 1.4)
                }
                if let range = estimate.upwards {
                    let (from, to) = (area.pixel(y: range.lowerBound), area.pixel(y: range.upperBound))
                    drawing.line(x, from, x, to, stroke: colour, width: 1.4)
                }
                drawing.circle(x: x, y: y, radius: 4, fill: colour)
            }
        case .course(let estimates):
            let ends = estimates.map { ($0.point.x, $0.upwards ?? $0.point.y...$0.point.y) }
            var shape = outline(
                ends.map { Point($0, $1.upperBound) } + ends.reversed().map { Point($0, $1.lowerBound) })
            shape.close()
            drawing.path(shape, fill: colour, opacity: 0.18)
            drawing.path(
                outline(estimates.map(\.point)), stroke: Drawing.Stroke(colour: colour, width: 1.8))
        case .vertical(let x):
            let at = area.pixel(x: x)
            drawing.line(at, area.y, at, area.y + area.height, stroke: colour, width: 1.2, isDashed: true)
        case .horizontal(let y):
            let at = area.pixel(y: y)
            drawing.line(area.x, at, area.x + area.width, at, stroke: colour, width: 1.2, isDashed: true)
        }
    }

    /// The names of layers, from left to right in rows.
    private var legend: [(layer: Int, text: Lettering, x: Double, row: Int)] {
        var (entries, x, row) = ([(Int, Lettering, Double, Int)](), 78.0, 0)
        for (place, layer) in layers.enumerated() where !layer.name.isEmpty {
            let text = Lettering(plain: layer.name).fitted(to: Self.width - 100, size: 11)
            let room = text.room(size: 11) + 9
            if x > 78, x + room > Self.width - 8 { (x, row) = (78, row + 1) }
            entries.append((place, text, x, row))
            x += room + 21
        }
        return entries
    }

    private func draw(
        _ legend: [(layer: Int, text: Lettering, x: Double, row: Int)], _ colours: [String],
        on drawing: inout Drawing
    ) {
        for entry in legend {
            let y = 46 + 18 * Double(entry.row)
            drawing.circle(x: entry.x, y: y, radius: 4, fill: colours[entry.layer])
            drawing.text(entry.text, x: entry.x + 9, y: y + 4, size: 11)
        }
    }
}

extension ChartFigure.Layer {
    /// Numbers across that the axis has to hold.
    fileprivate var xs: [Double] {
        switch self {
        case .bars(let bars): bars.flatMap { [$0.range.lowerBound, $0.range.upperBound] }
        case .line(let points, _), .dots(let points): points.map(\.x)
        case .band(let upper, let lower): (upper + lower).map(\.x)
        case .estimates(let estimates), .course(let estimates):
            estimates.flatMap {
                [$0.point.x, $0.across?.lowerBound, $0.across?.upperBound].compactMap { $0 }
            }
        case .vertical(let x): [x]
        case .horizontal: []
        }
    }

    /// Numbers upwards that the axis has to hold.
    fileprivate var ys: [Double] {
        switch self {
        case .bars(let bars): [0] + bars.map(\.height)
        case .line(let points, _), .dots(let points): points.map(\.y)
        case .band(let upper, let lower): (upper + lower).map(\.y)
        case .estimates(let estimates), .course(let estimates):
            estimates.flatMap {
                [$0.point.y, $0.upwards?.lowerBound, $0.upwards?.upperBound].compactMap { $0 }
            }
        case .vertical: []
        case .horizontal(let y): [y]
        }
    }
}
