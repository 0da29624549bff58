extension Drawing {
    /// The picture as the bytes of a PDF file of one page: vector shapes and text in the base fonts, nothing embedded.
    ///
    /// Equal pictures give equal bytes: the file holds no date and no name.
    ///
    /// - SeeAlso: ISO 32000-1 (PDF 1.4 is enough).
    func pdf() -> [UInt8] {
        var page = PDFPage(height: height)
        for element in elements { page.draw(element) }
        let content = zlibCompressed(page.content)
        let states = page.opacities.enumerated().map { index, opacity in
            "/G\(index) << /ca \(opacity.svg) /CA \(opacity.svg) >>"
        }
        var file = PDFFile()
        file.add("<< /Type /Catalog /Pages 2 0 R >>")
        file.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
        file.add(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 \((width * PDFPage.scale).svg) \((height * PDFPage.scale).svg)] "
                + "/Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R /F3 7 0 R >> "
                + "/ExtGState << \(states.joined(separator: " ")) >> >> >>")
        file.add("<< /Length \(content.count) /Filter /FlateDecode >>", stream: content)
        for name in ["Helvetica", "Helvetica-Bold"] {
            file.add(
                "<< /Type /Font /Subtype /Type1 /BaseFont /\(name) /Encoding /WinAnsiEncoding >>")
        }
        file.add("<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>")
        return file.bytes()
    }
}

/// The objects of a PDF file and where they begin.
private struct PDFFile {
    private var text: [UInt8] = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
    private var places: [Int] = []

    /// Appends an object; the first has the number 1.
    mutating func add(_ object: String, stream: [UInt8]? = nil) {
        places.append(text.count)
        text += Array("\(places.count) 0 obj\n\(object)\n".utf8)
        if let stream { text += Array("stream\n".utf8) + stream + Array("\nendstream\n".utf8) }
        text += Array("endobj\n".utf8)
    }

    /// The whole file, with the table of places at its end.
    func bytes() -> [UInt8] {
        func entry(_ place: Int) -> String {
            String(repeating: "0", count: 10 - String(place).count) + "\(place) 00000 n \n"
        }
        let table =
            "xref\n0 \(places.count + 1)\n0000000000 65535 f \n" + places.map(entry).joined()
            + "trailer\n<< /Size \(places.count + 1) /Root 1 0 R >>\nstartxref\n\(text.count)\n%%EOF\n"
        return text + Array(table.utf8)
    }
}

/// The content of a page, in points from the lower left corner.
private struct PDFPage {
    /// Points in a pixel of 1/96 inch.
    static let scale = 0.75

    private(set) var content: [UInt8] = []
    /// The opacities in use, each a graphics state.
    private(set) var opacities: [Double] = []
    private let height: Double

    init(height: Double) {
        self.height = height
        write("\(Self.scale.svg) 0 0 \(Self.scale.svg) 0 0 cm 1 j")
    }

    mutating func draw(_ element: Drawing.Element) {
        switch element {
        case .path(let outline, let fill, let stroke, let opacity):
            painted(fill, stroke, opacity) { page in page.trace(outline) }
        case .circle(let x, let y, let radius, let fill, let stroke):
            painted(fill, stroke, 1) { page in page.traceCircle(x, y, radius) }
        case .text(let line): write(line)
        case .clip(let x, let y, let width, let height):
            write("q \(x.svg) \((self.height - y - height).svg) \(width.svg) \(height.svg) re W n")
        case .endClip: write("Q")
        }
    }

    private mutating func write(_ text: String) { content += Array((text + "\n").utf8) }

    private mutating func painted(
        _ fill: String?, _ stroke: Drawing.Stroke?, _ opacity: Double, _ trace: (inout Self) -> Void
    ) {
        guard fill != nil || stroke != nil else { return }
        write("q")
        if opacity != 1 {
            if !opacities.contains(opacity) { opacities.append(opacity) }
            write("/G\(opacities.firstIndex(of: opacity) ?? 0) gs")
        }
        if let fill { write("\(Self.colour(fill)) rg") }
        if let stroke {
            write("\(Self.colour(stroke.colour)) RG \(stroke.width.svg) w")
            if stroke.isDashed { write("[5 3] 0 d") }
        }
        trace(&self)
        write(fill == nil ? "S" : stroke == nil ? "f" : "B")
        write("Q")
    }

    private mutating func trace(_ outline: Outline) {
        for step in outline.steps {
            switch step {
            case .move(let x, let y): write("\(point(x, y)) m")
            case .line(let x, let y): write("\(point(x, y)) l")
            case .close: write("h")
            }
        }
    }

    /// Four Bézier curves, off by less than 0.03 % of the radius.
    private mutating func traceCircle(_ x: Double, _ y: Double, _ r: Double) {
        let k = 0.5523 * r
        write("\(point(x + r, y)) m")
        for (a, b, end) in [
            ((x + r, y + k), (x + k, y + r), (x, y + r)), ((x - k, y + r), (x - r, y + k), (x - r, y)),
            ((x - r, y - k), (x - k, y - r), (x, y - r)), ((x + k, y - r), (x + r, y - k), (x + r, y)),
        ] { write("\(point(a.0, a.1)) \(point(b.0, b.1)) \(point(end.0, end.1)) c") }
        write("h")
    }

    private mutating func write(_ line: Drawing.Line) {
        write("BT \(Self.colour(line.colour)) rg")
        let (x, y) = (line.x, height - line.y)
        var along = line.start
        for part in line.text.parts {
            let (size, rise) = (line.size * part.scale, line.size * part.rise)
            var rest = part.text.map { Helvetica.glyph($0, isBold: line.isBold) }[...]
            while let first = rest.first {
                let run = rest.prefix { $0.isSymbol == first.isSymbol }
                let font = first.isSymbol ? "F3" : line.isBold ? "F2" : "F1"
                let place =
                    line.isRotated
                    ? "0 1 -1 0 \((x - rise).svg) \((y + along).svg)"
                    : "1 0 0 1 \((x + along).svg) \((y + rise).svg)"
                write(
                    "/\(font) \(size.svg) Tf \(place) Tm (\(run.map { Self.escaped($0.code) }.joined())) Tj")
                along += run.reduce(0) { $0 + $1.width * size }
                rest = rest.dropFirst(run.count)
            }
        }
        write("ET")
    }

    private func point(_ x: Double, _ y: Double) -> String { "\(x.svg) \((height - y).svg)" }

    /// `#rrggbb` as three numbers from 0 to 1.
    private static func colour(_ text: String) -> String {
        let value = Int(text.dropFirst(), radix: 16) ?? 0
        return [16, 8, 0].map { (Double(value >> $0 & 0xFF) / 255).svg }.joined(separator: " ")
    }

    /// A byte inside a literal string.
    private static func escaped(_ code: UInt8) -> String {
        switch code {
        case 0x28, 0x29, 0x5C: "\\" + String(UnicodeScalar(code))
        case 0x20...0x7E: String(UnicodeScalar(code))
        default: "\\" + String(Int(code) + 0o1000, radix: 8).dropFirst()
        }
    }
}
