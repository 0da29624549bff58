/// Token sequences one behind the other, without padding: explicit lengths, so that no token has to mean "nothing".
public struct PackedTokens: Sendable, Equatable {
    /// All tokens, sequence after sequence.
    public private(set) var tokens: [Int32]
    /// Tokens of each sequence, at least 1.
    public private(set) var lengths: [Int]

    /// Packs sequences.
    ///
    /// - Parameter sequences: none of them empty.
    public init(_ sequences: [[Int32]]) { self.init(of: sequences) { $0[...] } }

    /// Packs parts of sequences without an array for each of them.
    ///
    /// - Parameters:
    ///   - items: one for each sequence.
    ///   - part: the tokens of an item, at least one.
    init<Item>(of items: [Item], _ part: (Item) -> ArraySlice<Int32>) {
        (tokens, lengths) = ([], [])
        tokens.reserveCapacity(items.reduce(0) { $0 + part($1).count })
        lengths.reserveCapacity(items.count)
        for item in items {
            let own = part(item)
            precondition(!own.isEmpty, "a sequence without tokens")
            tokens.append(contentsOf: own)
            lengths.append(own.count)
        }
    }

    /// Packs rows padded on either side.
    ///
    /// - Parameters:
    ///   - rows: tokens.
    ///   - mask: as many; padding where it is 0. Every row has a real token.
    public init(rows: [[Int32]], mask: [[Int]]) {
        precondition(
            rows.map(\.count) == mask.map(\.count), "the mask's rows are not as long as those of the tokens")
        self.init(zip(rows, mask).map { row, mask in zip(row, mask).filter { $0.1 != 0 }.map(\.0) })
    }

    /// Each token's place in its sequence, from 0.
    public var positions: [Int] {
        var positions: [Int] = []
        positions.reserveCapacity(tokens.count)
        for length in lengths { positions.append(contentsOf: 0..<length) }
        return positions
    }

    /// Where each sequence begins among the tokens.
    public var starts: [Int] {
        var starts: [Int] = []
        starts.reserveCapacity(lengths.count)
        var start = 0
        for length in lengths {
            starts.append(start)
            start += length
        }
        return starts
    }

    /// Where each sequence's last token stands among the tokens.
    public var lastRows: [Int32] { zip(starts, lengths).map { Int32($0 + $1 - 1) } }
}
