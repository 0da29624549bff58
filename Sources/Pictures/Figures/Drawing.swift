/// A picture being drawn: vector shapes in pixels of 1/96 inch, origin at the top left; written as SVG or as PDF.
struct Drawing {
    /// Colours that stay apart for colour-blind readers and in grey, as `#rrggbb`.
    enum Colour {
        static let ink = "#1f2933"
        static let faint = "#616e7c"
        static let grid = "#e4e7eb"
        static let white = "#ffffff"
        static let blue = "#0b6bcb"
        static let orange = "#d9480f"
        static let green = "#2b8a3e"
        static let mint = "#b2f2bb"
        static let sand = "#f3d9b1"
        static let sky = "#a5d8ff"
        static let rose = "#ff8787"
        /// For several things side by side, the first first.
        static let series = [blue, "#c2410c", "#2b8a3e", "#7c3aed", "#b7791f", "#475569"]
    }

    /// Where a text is fastened.
    enum Anchor: String { case start, middle, end }

    /// A line along a shape.
    struct Stroke: Equatable {
        var colour: String
        var width = 1.0
        var isDashed = false
    }

    /// A text on one line, whose y is that of its baseline.
    struct Line: Equatable {
        var text: Lettering
        var x, y, size: Double
        var anchor: Anchor
        var colour: String
        var isBold, isRotated: Bool

        /// Pixels that it takes along its line.
        var width: Double { text.width(size: size, isBold: isBold) }
        /// Where it begins, along its line.
        var start: Double { anchor == .start ? 0 : anchor == .end ? -width : -width / 2 }
    }

    /// What a picture is made of, in the order drawn.
    enum Element: Equatable {
        case path(Outline, fill: String?, stroke: Stroke?, opacity: Double)
        case circle(x: Double, y: Double, radius: Double, fill: String?, stroke: Stroke?)
        case text(Line)
        case clip(x: Double, y: Double, width: Double, height: Double)
        case endClip
    }

    /// Size in pixels.
    let width, height: Double
    /// Everything drawn so far.
    private(set) var elements: [Element] = []

    init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, fill: String? = nil, stroke: String? = nil,
        opacity: Double = 1
    ) {
        var outline = Outline()
        outline.rectangle(x: x, y: y, width: width, height: height)
        path(outline, fill: fill, stroke: stroke.map { Stroke(colour: $0) }, opacity: opacity)
    }

    mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, stroke: String, width: Double = 1,
        isDashed: Bool = false
    ) {
        var outline = Outline()
        outline.move(x1, y1)
        outline.line(x2, y2)
        path(outline, stroke: Stroke(colour: stroke, width: width, isDashed: isDashed))
    }

    mutating func circle(
        x: Double, y: Double, radius: Double, fill: String? = nil, stroke: Stroke? = nil
    ) {
        elements.append(.circle(x: x, y: y, radius: radius, fill: fill, stroke: stroke))
    }

    mutating func path(
        _ outline: Outline, fill: String? = nil, stroke: Stroke? = nil, opacity: Double = 1
    ) {
        guard !outline.steps.isEmpty else { return }
        elements.append(.path(outline, fill: fill, stroke: stroke, opacity: opacity))
    }

    mutating func text(
        _ text: Lettering, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start,
        colour: String = Colour.ink, isBold: Bool = false, isRotated: Bool = false
    ) {
        elements.append(
            .text(
                Line(
                    text: text, x: x, y: y, size: size, anchor: anchor, colour: colour, isBold: isBold,
                    isRotated: isRotated)))
    }

    /// Draws what `content` adds, cut off at a rectangle.
    mutating func clipped(
        x: Double, y: Double, width: Double, height: Double, _ content: (inout Self) -> Void
    ) {
        elements.append(.clip(x: x, y: y, width: width, height: height))
        content(&self)
        elements.append(.endClip)
    }
}

/// A path of straight lines.
struct Outline: Equatable {
    enum Step: Equatable {
        case move(Double, Double)
        case line(Double, Double)
        case close
    }

    private(set) var steps: [Step] = []

    mutating func move(_ x: Double, _ y: Double) { steps.append(.move(x, y)) }
    mutating func line(_ x: Double, _ y: Double) { steps.append(.line(x, y)) }
    mutating func close() { steps.append(.close) }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double) {
        move(x, y)
        line(x + width, y)
        line(x + width, y + height)
        line(x, y + height)
        close()
    }
}
