/// The longest run of tokens that a text has in common with any of some others.
///
/// All beginnings in the others are sorted once, so that a text of n tokens takes n searches. Comparisons end after `most` tokens.
public struct TokenRuns: Sendable {
    /// No longer run is told apart.
    public static let most = 128

    private let tokens: [Int32]
    /// Beginnings in `tokens`, in the order of what follows.
    private let order: [Int]

    /// Sorts texts.
    ///
    /// - Parameter texts: tokens at least 0.
    public init(_ texts: [[Int32]]) {
        // No token of a text is below 0, so that no run crosses from one text into the next.
        let all: [Int32] = texts.flatMap { $0 + [-1] }
        tokens = all
        order = all.indices.filter { all[$0] >= 0 }.sorted { one, other in
            let length = Self.common(all, one, all, other)
            let (a, b) = (Self.token(all, one + length), Self.token(all, other + length))
            return length < Self.most && a != b ? a < b : one < other
        }
    }

    /// The longest run, at most `most` tokens.
    ///
    /// - Parameter text: tokens at least 0.
    /// - Returns: 0 for a text without a token of the others.
    public func longest(in text: [Int32]) -> Int {
        text.indices.reduce(0) { max($0, longest(from: $1, in: text)) }
    }

    private func longest(from start: Int, in text: [Int32]) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            let length = Self.common(tokens, order[middle], text, start)
            if Self.token(tokens, order[middle] + length) < Self.token(text, start + length) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return [low - 1, low].filter(order.indices.contains).map {
            Self.common(tokens, order[$0], text, start)
        }.max() ?? 0
    }

    /// What ends every text counts as less than any token.
    private static func token(_ tokens: [Int32], _ place: Int) -> Int32 {
        place < tokens.count ? tokens[place] : -1
    }

    private static func common(_ one: [Int32], _ first: Int, _ other: [Int32], _ second: Int) -> Int {
        var length = 0
        while length < most, first + length < one.count, second + length < other.count,
            one[first + length] == other[second + length], one[first + length] >= 0
        {
            length += 1
        }
        return length
    }
}
