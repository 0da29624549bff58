import Storage

/// A token that is found in the text before anything else is done with it, such as `<|endoftext|>`.
public struct AddedToken: Sendable, Hashable {
    /// Its id.
    public let id: Int32
    /// The text that it is found by.
    public let content: String
    /// Whether it stands for no text and is left out of decoded text on request.
    public var isSpecial = true
    /// Whether it is found only where no letter, digit or underscore touches it.
    public var isWord = false
    /// Whether it takes up the blanks before it.
    public var takesBlanksBefore = false
    /// Whether it takes up the blanks behind it.
    public var takesBlanksBehind = false
    /// Whether it is looked for in the normalised text rather than in the text as it is.
    public var isNormalised = false

    /// Describes a special token.
    public init(_ content: String, id: Int32) { (self.content, self.id) = (content, id) }
}

/// Finds added tokens: from left to right, of those that begin at one place the longest.
struct AddedTokens: Sendable {
    /// In order of id.
    let tokens: [AddedToken]
    /// What each is decoded to: its content as the text that it is found in has it.
    private var texts: [String] = []
    private var plain = ScalarTrie()
    private var normalised = ScalarTrie()
    private var byID: [Int32: Int] = [:]
    private var byContent: [ExactText: Int32] = [:]

    /// Keeps tokens with different ids and contents.
    ///
    /// - Parameters:
    ///   - tokens: in any order.
    ///   - normaliser: what is done to text, and so to the content of normalised tokens.
    init(_ tokens: [AddedToken], _ normaliser: Normaliser) {
        self.tokens = tokens.sorted { $0.id < $1.id }
        for (index, token) in self.tokens.enumerated() {
            byID[token.id] = index
            byContent[ExactText(token.content)] = token.id
            let content = TracedScalars(token.content)
            if token.isNormalised {
                let scalars = normaliser(content).scalars
                normalised.insert(scalars, index)
                var text = String.UnicodeScalarView()
                text.append(contentsOf: scalars)
                texts.append(String(text))
            } else {
                plain.insert(content.scalars, index)
                texts.append(token.content)
            }
        }
    }

    subscript(id: Int32) -> AddedToken? { byID[id].map { tokens[$0] } }

    /// What a token is decoded to; nil where no added token has the id.
    func text(of id: Int32) -> String? { byID[id].map { texts[$0] } }

    func id(of content: String) -> Int32? { byContent[ExactText(content)] }

    /// Cuts text at the tokens that are looked for in it.
    ///
    /// - Parameters:
    ///   - scalars: text.
    ///   - isNormalised: which of the two kinds is looked for.
    ///   - recognisesSpecial: whether a special token may be found at a place, or is to be text like any other.
    /// - Returns: places in the text, with the token found there or nil for what lies between.
    func split(
        _ scalars: ArraySlice<Unicode.Scalar>, isNormalised: Bool, recognisesSpecial: (Range<Int>) -> Bool
    ) -> [(Range<Int>, AddedToken?)] {
        let trie = isNormalised ? normalised : plain
        guard !trie.isEmpty else { return scalars.isEmpty ? [] : [(scalars.indices, nil)] }
        var parts: [(Range<Int>, AddedToken?)] = []
        var (place, done) = (scalars.startIndex, scalars.startIndex)
        while place < scalars.endIndex {
            guard let (index, length) = trie.longest(in: scalars, at: place) else {
                place += 1
                continue
            }
            let token = tokens[index]
            let match = place..<place + length
            place = match.upperBound
            if token.isSpecial && !recognisesSpecial(match) { continue }
            if token.isWord && Self.touchesWord(match, scalars) { continue }
            let range = Self.widened(match, token, scalars, from: done)
            if done < range.lowerBound { parts.append((done..<range.lowerBound, nil)) }
            parts.append((range, token))
            done = range.upperBound
            place = max(place, done)
        }
        if done < scalars.endIndex { parts.append((done..<scalars.endIndex, nil)) }
        return parts
    }

    private static func widened(
        _ match: Range<Int>, _ token: AddedToken, _ scalars: ArraySlice<Unicode.Scalar>, from done: Int
    ) -> Range<Int> {
        var (start, end) = (match.lowerBound, match.upperBound)
        if token.takesBlanksBefore {
            while start > done, scalars[start - 1].properties.isWhitespace { start -= 1 }
        }
        if token.takesBlanksBehind {
            while end < scalars.endIndex, scalars[end].properties.isWhitespace { end += 1 }
        }
        return start..<end
    }

    private static func touchesWord(_ match: Range<Int>, _ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        (match.lowerBound > scalars.startIndex && isWord(scalars[match.lowerBound - 1]))
            || (match.upperBound < scalars.endIndex && isWord(scalars[match.upperBound]))
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}

/// A tree of texts by their scalars.
private struct ScalarTrie: Sendable {
    private var steps: [[UInt32: Int]] = [[:]]
    private var values: [Int?] = [nil]

    var isEmpty: Bool { steps.count == 1 }

    mutating func insert(_ scalars: [Unicode.Scalar], _ value: Int) {
        var node = 0
        for scalar in scalars {
            if let next = steps[node][scalar.value] {
                node = next
            } else {
                steps[node][scalar.value] = steps.count
                node = steps.count
                steps.append([:])
                values.append(nil)
            }
        }
        values[node] = value
    }

    func longest(in scalars: ArraySlice<Unicode.Scalar>, at start: Int) -> (value: Int, length: Int)? {
        var (node, place, found) = (0, start, (value: Int, length: Int)?.none)
        while place < scalars.endIndex, let next = steps[node][scalars[place].value] {
            node = next
            place += 1
            if let value = values[node] { found = (value, place - start) }
        }
        return found
    }
}
