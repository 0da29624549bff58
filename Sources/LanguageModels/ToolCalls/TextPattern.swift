import Storage

/// Why a pattern is not read.
struct TextPatternError: Error {
    /// Cause and remedy.
    let message: String
}

/// A regular expression of classes, repetition and alternation, which describes a text as a whole.
///
/// JSON Schema looks for a pattern anywhere in a text. Here it describes all of it, with `^` and `$` or without, so that
/// what is written by it always satisfies the schema. Read are characters, `.`, `[…]`, `\d \w \s` and their opposites, `( )`,
/// `|`, `*`, `+`, `?` and `{n,m}`.
public struct TextPattern: Sendable, Equatable {
    /// The pattern as the file writes it.
    public let source: String
    let root: Part

    /// A part of a pattern.
    indirect enum Part: Sendable, Equatable {
        /// One character of some ranges, in order and apart.
        case one([ClosedRange<UInt32>])
        case sequence([Part])
        case choice([Part])
        case many(Part, least: Int, most: Int?)
    }

    /// Ranges of characters that a pattern may have once its repetitions are written out.
    static let mostPlaces = 2048
    /// The deepest nesting of groups.
    static let mostGroups = 32

    /// Reads a pattern.
    init(_ source: String) throws(TextPatternError) {
        var reader = PatternReader(source)
        self.source = source
        root = try reader.pattern()
    }
}

/// A recursive-descent reader of patterns.
private struct PatternReader {
    private let scalars: [Unicode.Scalar]
    private var place = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private func error(_ message: String) -> TextPatternError {
        TextPatternError(message: "character \(place + 1) of the pattern: \(message)")
    }

    mutating func pattern() throws(TextPatternError) -> TextPattern.Part {
        if next == "^" { place += 1 }
        let part = try choice(depth: 0)
        if next == "$" { place += 1 }
        if let next {
            throw error(
                next == ")" ? "a \")\" without its \"(\"." : "\"\(oneLine(String(next)))\" stands there.")
        }
        let places = Self.places(part)
        guard places <= TextPattern.mostPlaces else {
            throw TextPatternError(
                message:
                    "at most \(TextPattern.mostPlaces) ranges of characters are read, repetitions written out. "
                    + "Repeat less.")
        }
        return part
    }

    /// Characters of a part whose repetitions are written out, counted no further than twice the bound.
    private static func places(_ part: TextPattern.Part) -> Int {
        func sum(_ parts: [TextPattern.Part]) -> Int {
            parts.reduce(0) { min($0 + places($1), 2 * TextPattern.mostPlaces) }
        }
        switch part {
        case .one(let ranges): return ranges.count
        case .sequence(let parts), .choice(let parts): return sum(parts)
        case .many(let inner, let least, let most):
            return min(max(1, most ?? least + 1) * max(1, places(inner)), 2 * TextPattern.mostPlaces)
        }
    }

    private mutating func choice(depth: Int) throws(TextPatternError) -> TextPattern.Part {
        guard depth <= TextPattern.mostGroups else {
            throw error("groups \(depth) deep; at most \(TextPattern.mostGroups) lie within one another.")
        }
        var choices = [try sequence(depth: depth)]
        while next == "|" {
            place += 1
            choices.append(try sequence(depth: depth))
        }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence(depth: Int) throws(TextPatternError) -> TextPattern.Part {
        var parts: [TextPattern.Part] = []
        while let scalar = next, scalar != "|", scalar != ")", !(scalar == "$" && place == scalars.count - 1)
        {
            parts.append(try repeated(try atom(scalar, depth: depth)))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom(_ scalar: Unicode.Scalar, depth: Int) throws(TextPatternError)
        -> TextPattern.Part
    {
        switch scalar {
        case "(":
            place += 1
            if next == "?" {
                guard place + 1 < scalars.count, scalars[place + 1] == ":" else {
                    throw error("only \"(?:\" is read of groups with a question mark.")
                }
                place += 2
            }
            let part = try choice(depth: depth + 1)
            guard next == ")" else { throw error("a \")\" is missing.") }
            place += 1
            return part
        case "[": return .one(try characterClass())
        case ".":
            place += 1
            return .one(ScalarRanges.complement([0x0A...0x0A, 0x0D...0x0D]))
        case "\\": return .one(try escape())
        case "*", "+", "?", "{", "}", "]", "^", "$":
            throw error(
                "\"\(scalar)\" has nothing before it, or means a place. Write \"\\\(scalar)\" for the sign.")
        default:
            place += 1
            return .one([scalar.value...scalar.value])
        }
    }

    private mutating func repeated(_ part: TextPattern.Part) throws(TextPatternError) -> TextPattern.Part {
        guard let scalar = next else { return part }
        var bounds: (Int, Int?)
        switch scalar {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            place += 1
            let least = try count()
            bounds = (least, least)
            if next == "," {
                place += 1
                bounds.1 = next == "}" ? nil : try count()
            }
            guard next == "}" else { throw error("a \"}\" is missing.") }
            if let most = bounds.1, most < least { throw error("{\(least),\(most)} repeats nothing.") }
        default: return part
        }
        place += 1
        if let next, ["*", "+", "?", "{"].contains(next) {
            throw error("a repetition of a repetition, or one that is lazy. Put the first into a group.")
        }
        return .many(part, least: bounds.0, most: bounds.1)
    }

    private mutating func count() throws(TextPatternError) -> Int {
        var value = 0
        let start = place
        while let next, "0"..."9" ~= next, place - start < 4 {
            value = value * 10 + Int(next.value - 48)
            place += 1
        }
        guard place > start, value <= TextPattern.mostPlaces else {
            throw error("a number from 0 to \(TextPattern.mostPlaces) is needed.")
        }
        return value
    }

    /// The characters of an escape, which begins here.
    private mutating func escape() throws(TextPatternError) -> [ClosedRange<UInt32>] {
        place += 1
        guard let scalar = next else { throw error("nothing follows a \"\\\".") }
        place += 1
        let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
        let blank: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]
        switch scalar {
        case "d": return digits
        case "D": return ScalarRanges.complement(digits)
        case "w": return word
        case "W": return ScalarRanges.complement(word)
        case "s": return blank
        case "S": return ScalarRanges.complement(blank)
        case "n": return [0x0A...0x0A]
        case "r": return [0x0D...0x0D]
        case "t": return [0x09...0x09]
        case "a"..."z", "A"..."Z", "0"..."9":
            place -= 1
            throw error("\"\\\(scalar)\" is not read. There are \\d \\D \\w \\W \\s \\S \\n \\r \\t.")
        default: return [scalar.value...scalar.value]
        }
    }

    private mutating func characterClass() throws(TextPatternError) -> [ClosedRange<UInt32>] {
        place += 1
        let isNegated = next == "^"
        if isNegated { place += 1 }
        var ranges: [ClosedRange<UInt32>] = []
        while let scalar = next, scalar != "]" {
            let low = try member(scalar)
            guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
                ranges += low
                continue
            }
            place += 1
            let high = try member(scalars[place])
            guard let first = low.first, let last = high.first, low.count == 1, high.count == 1,
                first.count == 1, last.count == 1, first.lowerBound <= last.lowerBound
            else { throw error("a range that does not rise from one character to another.") }
            ranges.append(first.lowerBound...last.lowerBound)
        }
        guard next == "]" else { throw error("a \"]\" is missing.") }
        place += 1
        let united = isNegated ? ScalarRanges.complement(ranges) : ScalarRanges.united(ranges)
        guard !united.isEmpty else { throw error("a class without characters.") }
        return united
    }

    private mutating func member(_ scalar: Unicode.Scalar) throws(TextPatternError) -> [ClosedRange<UInt32>] {
        if scalar == "\\" { return try escape() }
        if scalar == "[" { throw error("a \"[\" in a class. Write \"\\[\" for the sign.") }
        place += 1
        return [scalar.value...scalar.value]
    }
}

/// Ranges of Unicode scalars, in order and apart; surrogates are none.
enum ScalarRanges {
    /// The same characters, in order and apart.
    static func united(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound &+ 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result.flatMap { parts($0) }
    }

    /// All other characters.
    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in united(ranges) {
            if range.lowerBound > next { result += parts(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { result += parts(next...0x10FFFF) }
        return result
    }

    /// A range without surrogates.
    private static func parts(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        [(UInt32(0), UInt32(0xD7FF)), (0xE000, 0x10FFFF)].compactMap { low, high in
            let (low, high) = (max(low, range.lowerBound), min(high, range.upperBound))
            return low <= high ? low...high : nil
        }
    }
}
