import Foundation

extension Drawing {
    /// The picture as the text of an SVG file.
    func svg() -> String {
        var body = ""
        var clips = 0
        for element in elements {
            switch element {
            case .path(let outline, let fill, let stroke, let opacity):
                let faint = opacity == 1 ? "" : " opacity=\"\(opacity.svg)\""
                body += "<path d=\"\(Self.data(outline))\"\(Self.paint(fill, stroke))\(faint)/>\n"
            case .circle(let x, let y, let radius, let fill, let stroke):
                body +=
                    "<circle cx=\"\(x.svg)\" cy=\"\(y.svg)\" r=\"\(radius.svg)\"\(Self.paint(fill, stroke))/>\n"
            case .text(let line): body += Self.text(line)
            case .clip(let x, let y, let width, let height):
                clips += 1
                body +=
                    "<clipPath id=\"clip\(clips)\"><rect x=\"\(x.svg)\" y=\"\(y.svg)\" width=\"\(width.svg)\" "
                    + "height=\"\(height.svg)\"/></clipPath>\n<g clip-path=\"url(#clip\(clips))\">\n"
            case .endClip: body += "</g>\n"
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width.svg)" height="\(height.svg)" \
            viewBox="0 0 \(width.svg) \(height.svg)" font-family="Helvetica, Arial, Liberation Sans, Nimbus Sans, sans-serif">
            <rect width="100%" height="100%" fill="\(Colour.white)"/>
            \(body)</svg>

            """
    }

    private static func data(_ outline: Outline) -> String {
        outline.steps.reduce(into: "") { data, step in
            switch step {
            case .move(let x, let y): data += "M\(x.svg) \(y.svg)"
            case .line(let x, let y): data += "L\(x.svg) \(y.svg)"
            case .close: data += "z"
            }
        }
    }

    private static func paint(_ fill: String?, _ stroke: Stroke?) -> String {
        var text = " fill=\"\(fill ?? "none")\""
        guard let stroke else { return text }
        text += " stroke=\"\(stroke.colour)\" stroke-width=\"\(stroke.width.svg)\" stroke-linejoin=\"round\""
        return text + (stroke.isDashed ? " stroke-dasharray=\"5 3\"" : "")
    }

    private static func text(_ line: Line) -> String {
        let turn = line.isRotated ? " transform=\"rotate(-90 \(line.x.svg) \(line.y.svg))\"" : ""
        var (content, level) = ("", 0.0)
        for part in line.text.parts {
            let rise = part.rise * line.size
            let shift = level - rise
            level = rise
            let inner = part.text.escapedForXML
            content +=
                shift == 0 && part.level == .plain
                ? inner
                : "<tspan dy=\"\(shift.svg)\" font-size=\"\((line.size * part.scale).svg)\">\(inner)</tspan>"
        }
        return "<text x=\"\(line.x.svg)\" y=\"\(line.y.svg)\" font-size=\"\(line.size.svg)\" "
            + "text-anchor=\"\(line.anchor.rawValue)\" fill=\"\(line.colour)\""
            + (line.isBold ? " font-weight=\"bold\"" : "")
            // Without it readers drop the blank that a part begins with.
            + (line.text.parts.count > 1 ? " xml:space=\"preserve\"" : "") + "\(turn)>\(content)</text>\n"
    }
}

extension Double {
    /// A coordinate: at most two decimals, no trailing zeros.
    var svg: String {
        var text = String(format: "%.2f", self)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}

extension String {
    /// The text with the characters that XML reserves replaced, without those that it does not allow.
    fileprivate var escapedForXML: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case _ where scalar.value < 0x20 || 0xFFFE...0xFFFF ~= scalar.value: text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
