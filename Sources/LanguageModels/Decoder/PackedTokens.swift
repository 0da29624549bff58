/// Token sequences one behind the other, without padding: explicit lengths, so that no token has to mean "nothing".
public struct PackedTokens: Sendable, Equatable {
    /// All tokens, sequence after sequence.
    public private(set) var tokens: [Int32]
    /// Tokens of each sequence, at least 1.
    public private(set) var lengths: [Int]

    /// Packs sequences.
    ///
    /// - Parameter sequences: none of them empty.
    public init(_ sequences: [[Int32]]) {
        self.init(tokens: sequences.reduce(0) { $0 + $1.count }, sequences: sequences.count)
        for sequence in sequences { append(sequence[...]) }
    }

    /// Room for sequences that are appended one by one.
    ///
    /// - Parameters:
    ///   - tokens: how many all of them have.
    ///   - sequences: how many there are.
    public init(tokens: Int, sequences: Int) {
        (self.tokens, lengths) = ([], [])
        self.tokens.reserveCapacity(tokens)
        lengths.reserveCapacity(sequences)
    }

    /// Packs one more sequence.
    ///
    /// - Parameter sequence: not empty.
    public mutating func append(_ sequence: ArraySlice<Int32>) {
        precondition(!sequence.isEmpty, "a sequence without tokens")
        tokens.append(contentsOf: sequence)
        lengths.append(sequence.count)
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
