/// How text is cut into pieces that no merge crosses: one of three published regular expressions.
///
/// The expressions are scanned by hand over Unicode scalars, never characters, in time proportional to the length.
public enum SplitPattern: String, Sendable, CaseIterable {
    /// GPT-2: contractions, letters, numbers and others with a blank before them, white space.
    case gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    /// Qwen2: every digit alone.
    case qwen2 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    /// Llama 3: digits in groups of three at most.
    case llama3 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// Whether a scalar is of category N.
    static func isNumber(_ scalar: Unicode.Scalar) -> Bool { ScalarClass(scalar) == .number }

    /// Cuts scalars into pieces that together are the whole.
    func pieces(_ scalars: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        let scan = PatternScan(self, scalars)
        var pieces: [Range<Int>] = []
        var start = scalars.startIndex
        while start < scalars.endIndex {
            let end = scan.end(from: start)
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }
}

/// What the expressions tell apart.
private enum ScalarClass: UInt8 {
    case letter, number, newline, space, other

    init(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "a"..."z", "A"..."Z": self = .letter
        case "0"..."9": self = .number
        case "\r", "\n": self = .newline
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }

    var isBlank: Bool { self == .space || self == .newline }
}

/// The first alternative that matches at a place, as a backtracking engine would find it.
private struct PatternScan {
    private let pattern: SplitPattern
    private let scalars: ArraySlice<Unicode.Scalar>
    private let classes: [ScalarClass]
    private let origin: Int

    init(_ pattern: SplitPattern, _ scalars: ArraySlice<Unicode.Scalar>) {
        (self.pattern, self.scalars, origin) = (pattern, scalars, scalars.startIndex)
        classes = scalars.map { ScalarClass($0) }
    }

    func end(from start: Int) -> Int {
        if let end = contraction(start) { return end }
        return pattern == .gpt2 ? gpt2End(start) : laterEnd(start)
    }

    private func kind(_ at: Int) -> ScalarClass? {
        at < scalars.endIndex ? classes[at - origin] : nil
    }

    private func run(of wanted: ScalarClass, from start: Int, atMost most: Int = .max) -> Int {
        var end = start
        while end - start < most, kind(end) == wanted { end += 1 }
        return end
    }

    private func contraction(_ start: Int) -> Int? {
        guard scalars[start] == "'", let first = folded(start + 1) else { return nil }
        switch first {
        case "s", "t", "m", "d": return start + 2
        case "r", "v": return folded(start + 2) == "e" ? start + 3 : nil
        case "l": return folded(start + 2) == "l" ? start + 3 : nil
        default: return nil
        }
    }

    /// The scalar as the contractions compare it: GPT-2 exactly, the others without case, where U+017F is an s.
    private func folded(_ at: Int) -> Unicode.Scalar? {
        guard at < scalars.endIndex else { return nil }
        let scalar = scalars[at]
        guard pattern != .gpt2 else { return scalar }
        switch scalar {
        case "A"..."Z": return Unicode.Scalar(UInt8(scalar.value | 0x20))
        case "\u{17F}": return "s"
        default: return scalar
        }
    }

    private func gpt2End(_ start: Int) -> Int {
        let first = scalars[start] == " " ? start + 1 : start
        if let kind = kind(first), !kind.isBlank { return run(of: kind, from: first) }
        return blanksEnd(start)
    }

    private func laterEnd(_ start: Int) -> Int {
        let first = classes[start - origin]
        if first == .letter { return run(of: .letter, from: start) }
        if first == .number { return run(of: .number, from: start, atMost: pattern == .qwen2 ? 1 : 3) }
        if first != .newline, kind(start + 1) == .letter { return run(of: .letter, from: start + 1) }
        let symbols = scalars[start] == " " ? start + 1 : start
        if kind(symbols) == .other {
            return run(of: .newline, from: run(of: .other, from: symbols))
        }
        if let end = lastNewlineEnd(start) { return end }
        return blanksEnd(start)
    }

    /// Where blanks end; a blank before something else belongs to that.
    private func blanksEnd(_ start: Int) -> Int {
        var end = start
        while let kind = kind(end), kind.isBlank { end += 1 }
        return end < scalars.endIndex && end - start > 1 ? end - 1 : end
    }

    /// Behind the last line break of a run of blanks, nil where there is none.
    private func lastNewlineEnd(_ start: Int) -> Int? {
        var (end, found) = (start, Int?.none)
        while let kind = kind(end), kind.isBlank {
            end += 1
            if kind == .newline { found = end }
        }
        return found
    }
}
