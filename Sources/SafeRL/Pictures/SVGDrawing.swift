import Foundation

/// A picture being drawn: SVG elements in pixels, origin at the top left.
struct SVGDrawing {
    /// Colours that stay apart for colour-blind readers and in grey.
    enum Colour {
        static let ink = "#1f2933"
        static let faint = "#7b8794"
        static let grid = "#e4e7eb"
        static let blue = "#0b6bcb"
        static let orange = "#d9480f"
        static let green = "#2b8a3e"
        static let sand = "#f3d9b1"
        static let sky = "#a5d8ff"
        static let rose = "#ff8787"
    }

    /// Where a text is fastened.
    enum Anchor: String { case start, middle, end }

    private let width: Double
    private let height: Double
    private var body = ""

    init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    /// Appends an element as written.
    mutating func add(_ element: String) { body += element + "\n" }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, fill: String = "none", stroke: String? = nil
    ) {
        add(
            "<rect x=\"\(x.svg)\" y=\"\(y.svg)\" width=\"\(width.svg)\" height=\"\(height.svg)\" fill=\"\(fill)\""
                + (stroke.map { " stroke=\"\($0)\"" } ?? "") + "/>")
    }

    mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, stroke: String, width: Double = 1,
        dashed: Bool = false
    ) {
        add(
            "<line x1=\"\(x1.svg)\" y1=\"\(y1.svg)\" x2=\"\(x2.svg)\" y2=\"\(y2.svg)\" stroke=\"\(stroke)\" "
                + "stroke-width=\"\(width.svg)\"\(dashed ? " stroke-dasharray=\"5 3\"" : "")/>")
    }

    mutating func circle(
        x: Double, y: Double, radius: Double, fill: String = "none", stroke: String = "none",
        width: Double = 1, dashed: Bool = false
    ) {
        add(
            "<circle cx=\"\(x.svg)\" cy=\"\(y.svg)\" r=\"\(radius.svg)\" fill=\"\(fill)\" stroke=\"\(stroke)\" "
                + "stroke-width=\"\(width.svg)\"\(dashed ? " stroke-dasharray=\"5 3\"" : "")/>")
    }

    /// Draws a path given by its data.
    mutating func path(
        _ data: String, fill: String = "none", stroke: String = "none", width: Double = 1, opacity: Double = 1
    ) {
        guard !data.isEmpty else { return }
        add(
            "<path d=\"\(data)\" fill=\"\(fill)\" stroke=\"\(stroke)\" stroke-width=\"\(width.svg)\" "
                + "stroke-linejoin=\"round\" opacity=\"\(opacity.svg)\"/>")
    }

    mutating func text(
        _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start,
        fill: String = Colour.ink, bold: Bool = false, rotated: Bool = false
    ) {
        let turn = rotated ? " transform=\"rotate(-90 \(x.svg) \(y.svg))\"" : ""
        add(
            "<text x=\"\(x.svg)\" y=\"\(y.svg)\" font-size=\"\(size.svg)\" text-anchor=\"\(anchor.rawValue)\" "
                + "fill=\"\(fill)\"\(bold ? " font-weight=\"600\"" : "")\(turn)>\(text.escapedForXML)</text>")
    }

    /// Draws what `content` adds, cut off at a rectangle.
    mutating func clipped(
        to id: String, x: Double, y: Double, width: Double, height: Double, _ content: (inout Self) -> Void
    ) {
        add(
            "<clipPath id=\"\(id)\"><rect x=\"\(x.svg)\" y=\"\(y.svg)\" width=\"\(width.svg)\" "
                + "height=\"\(height.svg)\"/></clipPath>\n<g clip-path=\"url(#\(id))\">")
        content(&self)
        add("</g>")
    }

    /// The whole file.
    var file: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width.svg)" height="\(height.svg)" \
        viewBox="0 0 \(width.svg) \(height.svg)" font-family="Helvetica, Arial, sans-serif">
        <rect width="100%" height="100%" fill="white"/>
        \(body)</svg>

        """
    }
}

extension Double {
    /// A pixel coordinate: at most two decimals, no trailing zeros.
    var svg: String {
        var text = String(format: "%.2f", self)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}

extension String {
    /// The text with the characters that XML reserves replaced.
    fileprivate var escapedForXML: String {
        replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
    }
}
