/// A rectangle of a picture with an axis on the left and one below.
struct PlotArea {
    let x, y, width, height: Double
    let horizontal, vertical: Axis
    /// Size of the numbers.
    static let numberSize = 11.0

    /// The pixel of a horizontal value.
    func pixel(x value: Double) -> Double {
        let range = horizontal.range
        return x + (value - range.lowerBound) / (range.upperBound - range.lowerBound) * width
    }

    /// The pixel of a vertical value; up is larger.
    func pixel(y value: Double) -> Double {
        let range = vertical.range
        return y + height - (value - range.lowerBound) / (range.upperBound - range.lowerBound) * height
    }

    /// Draws the frame, faint grid lines and numbered ticks; numbers that would touch the one before are left out.
    func drawAxes(on drawing: inout Drawing, hasGrid: Bool = true) {
        var free = -Double.infinity
        for tick in horizontal.ticks {
            let at = pixel(x: tick)
            if hasGrid { drawing.line(at, y, at, y + height, stroke: Drawing.Colour.grid) }
            drawing.line(at, y + height, at, y + height + 4, stroke: Drawing.Colour.faint)
            let label = Lettering(plain: horizontal.label(tick))
            let half = label.width(size: Self.numberSize) / 2
            guard at - half > free else { continue }
            free = at + half + 5
            drawing.text(
                label, x: at, y: y + height + 17, size: Self.numberSize, anchor: .middle,
                colour: Drawing.Colour.faint)
        }
        for tick in vertical.ticks {
            let at = pixel(y: tick)
            if hasGrid { drawing.line(x, at, x + width, at, stroke: Drawing.Colour.grid) }
            drawing.line(x - 4, at, x, at, stroke: Drawing.Colour.faint)
            drawing.text(
                Lettering(plain: vertical.label(tick)), x: x - 7, y: at + 4, size: Self.numberSize,
                anchor: .end,
                colour: Drawing.Colour.faint)
        }
        if !vertical.scaleLabel.isEmpty {
            drawing.text(
                Lettering(vertical.scaleLabel), x: x - 7, y: y - 9, size: 10, anchor: .end,
                colour: Drawing.Colour.faint)
        }
        drawing.rectangle(x: x, y: y, width: width, height: height, stroke: Drawing.Colour.faint)
    }

    /// Writes what the horizontal axis shows, with the factor of its numbers.
    func drawCaption(_ caption: Lettering, on drawing: inout Drawing) {
        let scale = horizontal.scaleLabel
        drawing.text(
            scale.isEmpty ? caption : caption + Lettering(" (\(scale))"), x: x + width / 2,
            y: y + height + 33, size: 11, anchor: .middle, colour: Drawing.Colour.faint)
    }
}
