import Foundation

/// Scalars of a text, perhaps rewritten, each with the place in the text as it was that it comes from.
struct TracedScalars {
    /// The scalars.
    var scalars: [Unicode.Scalar] = []
    /// For each, the index of a scalar of the text as it was.
    var origins: [Int] = []

    mutating func append(_ scalar: Unicode.Scalar, from origin: Int) {
        scalars.append(scalar)
        origins.append(origin)
    }

    /// The same text in Normalisation Form C.
    ///
    /// A composed scalar comes from the first of those it is made of, as the reference implementation counts.
    func composed() -> TracedScalars {
        guard scalars.contains(where: { $0.value >= 0x300 }) else { return self }
        var result = TracedScalars()
        result.scalars.reserveCapacity(scalars.count)
        result.origins.reserveCapacity(scalars.count)
        var start = 0
        while start < scalars.count {
            var end = start + 1
            while end < scalars.count, Self.mayCompose(scalars[end]) { end += 1 }
            compose(start..<end, into: &result)
            start = end
        }
        return result
    }

    private func compose(_ segment: Range<Int>, into result: inout TracedScalars) {
        let first = scalars[segment.lowerBound]
        if segment.count == 1, !first.properties.isFullCompositionExclusion {
            return result.append(first, from: origins[segment.lowerBound])
        }
        var text = ""
        for scalar in scalars[segment] { text.unicodeScalars.append(contentsOf: Self.apart(scalar)) }
        let composed = Array(text.precomposedStringWithCanonicalMapping.unicodeScalars)
        // A scalar that falls apart is the place of each of its parts; the first that remains takes up what vanished.
        let places = segment.flatMap { place in
            repeatElement(origins[place], count: Self.parts(of: scalars[place]))
        }
        let vanished = max(0, places.count - composed.count)
        for (index, scalar) in composed.enumerated() {
            let place = index == 0 ? 0 : vanished + index
            result.append(scalar, from: places[min(place, places.count - 1)])
        }
    }

    /// Three Tibetan vowels in their halves, which composing would not put in order.
    private static func apart(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar {
        case "\u{F73}": ["\u{F71}", "\u{F72}"]
        case "\u{F75}": ["\u{F71}", "\u{F74}"]
        case "\u{F81}": ["\u{F71}", "\u{F80}"]
        default: [scalar]
        }
    }

    private static func parts(of scalar: Unicode.Scalar) -> Int {
        guard scalar.properties.isFullCompositionExclusion else { return 1 }
        return String(Character(scalar)).precomposedStringWithCanonicalMapping.unicodeScalars.count
    }

    /// Whether a scalar may melt into one before it or change places with it.
    private static func mayCompose(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300 else { return false }
        if scalar.properties.canonicalCombiningClass != .notReordered { return true }
        switch scalar.value {
        // Marks that fall apart into such; second halves of compositions: vowel signs, vowels and finals of Hangul.
        case 0xF73, 0xF75, 0xF81, 0x9BE, 0x9D7, 0xB3E, 0xB56...0xB57, 0xBBE, 0xBD7, 0xCC2, 0xCD5...0xCD6,
            0xD3E, 0xD57, 0xDCF, 0xDDF,
            0x102E, 0x1161...0x1175, 0x11A8...0x11C2, 0x1B35, 0x11127, 0x1133E, 0x11357, 0x113B8, 0x113BB,
            0x113C2, 0x113C5, 0x113C7...0x113C9, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930,
            0x1611E...0x16129, 0x16D63, 0x16D67:
            return true
        default: return false
        }
    }
}

extension TracedScalars {
    /// The scalars of a text, each from its own place.
    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        origins = Array(scalars.indices)
    }
}
