import Foundation

/// A rectangle of a picture with an axis on the left and one below.
struct PlotArea {
    let x, y, width, height: Double
    let horizontal, vertical: ClosedRange<Double>

    /// The pixel of a horizontal value.
    func pixel(x value: Double) -> Double {
        x + (value - horizontal.lowerBound) / (horizontal.upperBound - horizontal.lowerBound) * width
    }

    /// The pixel of a vertical value; up is larger.
    func pixel(y value: Double) -> Double {
        y + height - (value - vertical.lowerBound) / (vertical.upperBound - vertical.lowerBound) * height
    }

    /// Draws the frame, faint grid lines and numbered ticks.
    func drawAxes(on drawing: inout SVGDrawing, ticks: Int, grid: Bool = true) {
        for value in Self.ticks(horizontal, about: ticks) {
            let at = pixel(x: value)
            if grid { drawing.line(at, y, at, y + height, stroke: SVGDrawing.Colour.grid) }
            drawing.line(at, y + height, at, y + height + 4, stroke: SVGDrawing.Colour.faint)
            drawing.text(
                Self.label(value, in: horizontal), x: at, y: y + height + 17, size: 11, anchor: .middle,
                fill: SVGDrawing.Colour.faint)
        }
        for value in Self.ticks(vertical, about: ticks) {
            let at = pixel(y: value)
            if grid { drawing.line(x, at, x + width, at, stroke: SVGDrawing.Colour.grid) }
            drawing.line(x - 4, at, x, at, stroke: SVGDrawing.Colour.faint)
            drawing.text(
                Self.label(value, in: vertical), x: x - 7, y: at + 4, size: 11, anchor: .end,
                fill: SVGDrawing.Colour.faint)
        }
        drawing.rectangle(x: x, y: y, width: width, height: height, stroke: SVGDrawing.Colour.faint)
    }

    /// Round values inside a range: 1, 2 or 5 times a power of ten apart.
    static func ticks(_ range: ClosedRange<Double>, about count: Int) -> [Double] {
        let raw = (range.upperBound - range.lowerBound) / Double(count)
        let power = pow(10, log10(raw).rounded(.down))
        let step = power * ([1, 2, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10)
        let first = Int((range.lowerBound / step).rounded(.up))
        let last = Int((range.upperBound / step).rounded(.down))
        return first > last ? [] : (first...last).map { Double($0) * step }
    }

    /// A tick's number, with `k` and `M` for thousands and millions.
    static func label(_ value: Double, in range: ClosedRange<Double>) -> String {
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        if value == 0 { return "0" }
        if largest >= 2_000_000 { return String(format: "%g", value / 1_000_000) + "M" }
        if largest >= 2_000 { return String(format: "%g", value / 1_000) + "k" }
        return String(format: "%g", (value * 1e9).rounded() / 1e9)
    }
}
