/// What can be told of a response's text by rules: the verifiers of rewards that need no model.
///
/// - SeeAlso: Li et al. 2025, arXiv:2509.24418 (GSPR), for shape, labels, repetition and script.
public enum TextVerifiers {
    /// Whether a text begins with the first part and has the others behind it, in order and without overlap.
    public static func hasShape(_ text: String, parts: [String]) -> Bool {
        guard let first = parts.first else { return true }
        let scalars = Array(text.unicodeScalars)
        let opening = Array(first.unicodeScalars)
        guard scalars.starts(with: opening) else { return false }
        var start = opening.count
        for part in parts.dropFirst() {
            guard let place = firstPlace(of: Array(part.unicodeScalars), in: scalars, from: start) else {
                return false
            }
            start = place + part.unicodeScalars.count
        }
        return true
    }

    /// Whether one of some phrases occurs, whatever its case, in the first scalars of an answer.
    public static func contains(anyOf phrases: [String], in answer: String, within limit: Int = .max) -> Bool
    {
        let start = Array(
            String(String.UnicodeScalarView(answer.unicodeScalars.prefix(limit))).lowercased().unicodeScalars)
        return phrases.contains {
            firstPlace(of: Array($0.lowercased().unicodeScalars), in: start, from: 0) != nil
        }
    }

    /// What stands in the last `\key{…}` of a text, without white space around it; braces inside are balanced.
    ///
    /// - Returns: nothing where there is no such mark, or the last one is not closed.
    public static func label(_ key: String, in text: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        let mark = Array("\\\(key){".unicodeScalars)
        guard mark.count <= scalars.count,
            let place = stride(from: scalars.count - mark.count, through: 0, by: -1).first(where: {
                scalars[$0..<$0 + mark.count].elementsEqual(mark)
            })
        else { return nil }
        var depth = 1
        for end in place + mark.count..<scalars.count {
            if scalars[end] == "{" { depth += 1 }
            if scalars[end] == "}" { depth -= 1 }
            if depth == 0 { return trimmed(scalars[(place + mark.count)..<end], of: isBlank) }
        }
        return nil
    }

    /// A label as it is compared: lower case, without stars for bold type, blanks behind commas, white space and quotes around it.
    public static func normalised(_ label: String) -> String {
        let plain = replaced(replaced(label, "**", by: ""), ", ", by: ",").lowercased()
        let inner = trimmed(Array(plain.unicodeScalars)[...], of: isBlank)
        return trimmed(Array(inner.unicodeScalars)[...]) { $0 == "\"" || $0 == "'" }
    }

    /// Whether some run of `length` words, in lower case, occurs at least `times` times.
    public static func repeats(_ text: String, length: Int = 5, times: Int = 10) -> Bool {
        precondition(length >= 1 && times >= 1, "\(times) times \(length) words")
        let words = words(text.lowercased())
        guard words.count >= length else { return false }
        var counts: [ArraySlice<Substring>: Int] = [:]
        for start in 0...words.count - length {
            let count = counts[words[start..<start + length], default: 0] + 1
            if count >= times { return true }
            counts[words[start..<start + length]] = count
        }
        return false
    }

    /// Whether a scalar of some ranges occurs; by default of the unified ideographs U+4E00 to U+9FFF.
    public static func contains(
        scriptOf ranges: [ClosedRange<UInt32>] = [0x4E00...0x9FFF], in text: String
    ) -> Bool {
        text.unicodeScalars.contains { scalar in ranges.contains { $0.contains(scalar.value) } }
    }

    /// What stands between the first opening mark and the closing one behind it; "" where either is missing.
    public static func reasoning(
        in text: String, from opening: String = "<think>", to closing: String = "</think>"
    ) -> String {
        let scalars = Array(text.unicodeScalars)
        let (first, last) = (Array(opening.unicodeScalars), Array(closing.unicodeScalars))
        guard let start = firstPlace(of: first, in: scalars, from: 0),
            let end = firstPlace(of: last, in: scalars, from: start + first.count)
        else { return "" }
        return String(String.UnicodeScalarView(scalars[(start + first.count)..<end]))
    }

    /// What follows the first closing mark; the whole text where there is none.
    public static func answer(in text: String, behind closing: String = "</think>") -> String {
        let scalars = Array(text.unicodeScalars)
        let mark = Array(closing.unicodeScalars)
        guard let place = firstPlace(of: mark, in: scalars, from: 0) else { return text }
        return String(String.UnicodeScalarView(scalars[(place + mark.count)...]))
    }

    /// Whether a text with reasoning has at least `ratio` times as many words as the reasoning alone.
    public static func isOverlong(_ text: String, reasoning: String, ratio: Double = 2.5) -> Bool {
        let own = words(reasoning).count
        return own > 0 && Double(words(text).count) >= ratio * Double(own)
    }

    /// 1 within a range, falling to 0 at twice the distance: below at 0, above at twice the upper end.
    public static func length(_ count: Int, within range: ClosedRange<Int>) -> Double {
        if range.contains(count) { return 1 }
        if count < range.lowerBound { return Double(max(count, 0)) / Double(range.lowerBound) }
        return max(0, 2 - Double(count) / Double(max(range.upperBound, 1)))
    }

    /// Parts of a text between white space.
    public static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

    /// The first place of a part at or behind `start`.
    private static func firstPlace(
        of part: [Unicode.Scalar], in scalars: [Unicode.Scalar], from start: Int
    ) -> Int? {
        guard !part.isEmpty else { return start }
        guard start + part.count <= scalars.count else { return nil }
        return (start...scalars.count - part.count).first {
            scalars[$0] == part[0] && scalars[$0..<$0 + part.count].elementsEqual(part)
        }
    }

    private static func replaced(_ text: String, _ old: String, by new: String) -> String {
        let (scalars, part) = (Array(text.unicodeScalars), Array(old.unicodeScalars))
        var (result, place) = (String.UnicodeScalarView(), 0)
        while let next = firstPlace(of: part, in: scalars, from: place) {
            result.append(contentsOf: scalars[place..<next])
            result.append(contentsOf: new.unicodeScalars)
            place = next + part.count
        }
        result.append(contentsOf: scalars[place...])
        return String(result)
    }

    private static func trimmed(
        _ scalars: ArraySlice<Unicode.Scalar>, of isLeft: (Unicode.Scalar) -> Bool
    ) -> String {
        let inner = scalars.drop(while: isLeft)
        let end = inner.lastIndex { !isLeft($0) }.map { $0 + 1 } ?? inner.startIndex
        return String(String.UnicodeScalarView(inner[inner.startIndex..<end]))
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
}
