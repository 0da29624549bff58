/// A text with raised and lowered parts, written `V_{h}` and `10^{−8}`.
package struct Lettering: Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// Where a part stands.
    enum Level: Equatable { case plain, raised, lowered }

    /// A part that stands on one level.
    struct Part: Equatable {
        var text: String
        var level: Level
        /// Share of the text's size.
        var scale: Double { level == .plain ? 1 : 0.72 }
        /// Upwards from the baseline, as a share of the text's size.
        var rise: Double { level == .raised ? 0.36 : level == .lowered ? -0.18 : 0 }
    }

    let parts: [Part]

    /// Takes a text as it stands, such as the name of a file.
    package init(plain text: String) { parts = text.isEmpty ? [] : [Part(text: text, level: .plain)] }

    /// Reads raised and lowered parts.
    package init(_ marked: String) {
        var parts: [Part] = []
        func add(_ text: Substring, _ level: Level) {
            if !text.isEmpty { parts.append(Part(text: String(text), level: level)) }
        }
        var (rest, begun) = (marked[...], marked.startIndex)
        while let sign = rest.firstIndex(where: { $0 == "^" || $0 == "_" }) {
            let open = marked.index(after: sign)
            guard open < marked.endIndex, marked[open] == "{", let close = marked[open...].firstIndex(of: "}")
            else {
                rest = marked[open...]
                continue
            }
            add(marked[begun..<sign], .plain)
            add(marked[marked.index(after: open)..<close], marked[sign] == "^" ? .raised : .lowered)
            begun = marked.index(after: close)
            rest = marked[begun...]
        }
        add(marked[begun...], .plain)
        self.parts = parts
    }

    package init(stringLiteral text: String) { self.init(text) }

    private init(parts: [Part]) { self.parts = parts }

    static func + (a: Lettering, b: Lettering) -> Lettering { Lettering(parts: a.parts + b.parts) }

    /// All parts on one level.
    package var plain: String { parts.map(\.text).joined() }

    /// Pixels to keep free for the text: other fonts, which stand in for Helvetica on a screen, are up to a sixth wider.
    func room(size: Double, isBold: Bool = false) -> Double { 1.17 * width(size: size, isBold: isBold) }

    /// Pixels that the text takes in Helvetica.
    package func width(size: Double, isBold: Bool = false) -> Double {
        parts.reduce(0) { $0 + size * $1.scale * Helvetica.width(of: $1.text, isBold: isBold) }
    }

    /// The text, cut so that its room is at most a width, with an ellipsis where something is missing.
    func fitted(to width: Double, size: Double, isBold: Bool = false) -> Lettering {
        if room(size: size, isBold: isBold) <= width { return self }
        var cut = parts
        while let last = cut.last {
            let shorter = last.text.dropLast()
            if shorter.isEmpty { cut.removeLast() } else { cut[cut.count - 1].text = String(shorter) }
            let candidate = Lettering(parts: cut + [Part(text: "…", level: .plain)])
            if candidate.room(size: size, isBold: isBold) <= width { return candidate }
        }
        return Lettering(parts: [])
    }
}

/// The widths and codes of Helvetica and Symbol, two of the fonts that every reader of PDF has.
///
/// - SeeAlso: Adobe's font metrics for the 14 base fonts; ISO 32000-1, annex D.
enum Helvetica {
    private static let plain: [Double] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
        722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
        278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
        556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ]
    private static let bold: [Double] = [
        278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778,
        722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333,
        278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
        611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    ]

    /// Characters of Windows code page 1252 outside Latin-1: code and width in thousandths.
    private static let typographic: [Character: (UInt8, Double)] = [
        "…": (0x85, 1000), "‘": (0x91, 222), "’": (0x92, 222), "“": (0x93, 333), "”": (0x94, 333),
        "•": (0x95, 350), "–": (0x96, 556), "—": (0x97, 1000), "€": (0x80, 556),
        // The minus sign looks like the dash, which the font has.
        "−": (0x96, 556),
    ]

    /// Characters of the font Symbol.
    private static let symbols: [Character: (UInt8, Double)] = [
        "α": (0x61, 631), "β": (0x62, 549), "γ": (0x67, 411), "δ": (0x64, 494), "ε": (0x65, 439),
        "η": (0x68, 603), "θ": (0x71, 521), "κ": (0x6B, 549), "λ": (0x6C, 549), "μ": (0x6D, 576),
        "ν": (0x6E, 521), "π": (0x70, 549), "ρ": (0x72, 549), "σ": (0x73, 603), "τ": (0x74, 439),
        "φ": (0x6A, 603), "χ": (0x63, 549), "ψ": (0x79, 686), "ω": (0x77, 686), "Γ": (0x47, 603),
        "Δ": (0x44, 612), "Θ": (0x51, 741), "Λ": (0x4C, 686), "Π": (0x50, 768), "Σ": (0x53, 592),
        "Φ": (0x46, 763), "Ψ": (0x59, 795), "Ω": (0x57, 768), "≤": (0xA3, 549), "≥": (0xB3, 549),
        "≠": (0xB9, 549), "≈": (0xBB, 549), "∞": (0xA5, 713), "→": (0xAE, 987), "√": (0xD6, 549),
    ]

    /// Latin-1 characters whose width is not that of a letter.
    private static let signs: [Character: Double] = [
        "·": 278, "±": 584, "×": 584, "÷": 584, "°": 400, "¹": 333, "²": 333, "³": 333, "µ": 576, "§": 556,
    ]

    /// A character as a byte of one of the fonts.
    struct Glyph: Equatable {
        var isSymbol: Bool
        var code: UInt8
        /// Share of the text's size.
        var width: Double
    }

    /// The glyph of a character; a question mark for what neither font has.
    static func glyph(_ character: Character, isBold: Bool) -> Glyph {
        if let (code, width) = symbols[character] {
            return Glyph(isSymbol: true, code: code, width: width / 1000)
        }
        if let (code, width) = typographic[character] {
            return Glyph(isSymbol: false, code: code, width: width / 1000)
        }
        let scalars = character.unicodeScalars
        guard scalars.count == 1, let scalar = scalars.first, let code = UInt8(exactly: scalar.value) else {
            return glyph("?", isBold: isBold)
        }
        let table = isBold ? bold : plain
        if 0x20...0x7E ~= code {
            return Glyph(isSymbol: false, code: code, width: table[Int(code) - 0x20] / 1000)
        }
        guard code >= 0xA0 else { return glyph("?", isBold: isBold) }
        return Glyph(isSymbol: false, code: code, width: (signs[character] ?? (isBold ? 611 : 556)) / 1000)
    }

    /// Width of a text as a share of its size.
    static func width(of text: String, isBold: Bool) -> Double {
        text.reduce(0) { $0 + glyph($1, isBold: isBold).width }
    }
}
