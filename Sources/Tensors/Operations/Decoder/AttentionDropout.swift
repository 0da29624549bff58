/// Inverted dropout of attention weights: each becomes 0 with a probability, else it is divided by what is left.
///
/// The factors are drawn where they are needed, forward and back, and never stored: they are numbers of a stream, one for each
/// head, query and key of a sequence of `longest` rows, so that they do not depend on how long sequences are.
public struct AttentionDropout {
    /// Int32s that hold one.
    static let size = 11

    private enum Source {
        case drawn(ReservedNumbers, rate: Float)
        case given(UnsafePointer<Float>)
    }

    private let source: Source
    /// Rows of the longest sequence that there may be.
    let longest: Int

    /// Takes the numbers of one attention from a stream.
    ///
    /// - Parameters:
    ///   - rate: probability of a weight to become 0, in [0, 1).
    ///   - sequences: how many there are.
    ///   - heads: of the queries.
    ///   - longest: rows of the longest sequence that there may be.
    ///   - stream: advanced by numbers for all of them.
    public init(rate: Float, sequences: Int, heads: Int, longest: Int, using stream: inout RandomStream) {
        precondition(rate >= 0 && rate < 1, "dropout rate \(rate) is outside [0, 1)")
        precondition(longest > 0, "dropout of sequences without rows")
        self.longest = longest
        let count = sequences * heads * longest * Self.stride(longest)
        source = .drawn(stream.reserve(count), rate: rate)
    }

    /// Takes factors from memory that must live until they have been walked back.
    ///
    /// - Parameters:
    ///   - factors: `[sequences, heads, longest, longest]`, 0 or 1 / (1 − rate).
    ///   - longest: rows of the longest sequence that there may be.
    package init(factors: UnsafePointer<Float>, longest: Int) {
        (source, self.longest) = (.given(factors), longest)
    }

    /// Factors of a row, of whole groups of four.
    var rowStride: Int { Self.stride(longest) }

    private static func stride(_ longest: Int) -> Int { (longest + 3) & ~3 }

    /// Fills with the factors of some rows, counted over all sequences and heads; `rowStride` apart.
    func fill(_ factors: UnsafeMutablePointer<Float>, from row: Int, rows: Int) {
        switch source {
        case .drawn(let numbers, let rate):
            numbers.fillKeepMask(factors, rows * rowStride, from: row * rowStride, rate: rate)
        case .given(let given):
            for index in 0..<rows {
                (factors + index * rowStride).update(from: given + (row + index) * longest, count: longest)
            }
        }
    }

    // MARK: - On a tape

    // A node keeps plain numbers only.
    func write(to words: UnsafeMutablePointer<Int32>) {
        words[1] = Int32(longest)
        switch source {
        case .drawn(let numbers, let rate):
            (words[0], words[2]) = (1, Int32(bitPattern: rate.bitPattern))
            Self.put(numbers.key, words + 3)
            Self.put(numbers.lane, words + 5)
            Self.put(numbers.block, words + 7)
        case .given(let factors):
            words[0] = 2
            Self.put(UInt64(UInt(bitPattern: factors)), words + 9)
        }
    }

    init?(readingFrom words: UnsafeMutablePointer<Int32>) {
        longest = Int(words[1])
        switch words[0] {
        case 1:
            source = .drawn(
                ReservedNumbers(
                    key: Self.word(words + 3), lane: Self.word(words + 5), block: Self.word(words + 7)),
                rate: Float(bitPattern: UInt32(bitPattern: words[2])))
        case 2:
            guard let factors = UnsafePointer<Float>(bitPattern: UInt(Self.word(words + 9))) else {
                return nil
            }
            source = .given(factors)
        default: return nil
        }
    }

    private static func put(_ word: UInt64, _ words: UnsafeMutablePointer<Int32>) {
        words[0] = Int32(truncatingIfNeeded: word)
        words[1] = Int32(truncatingIfNeeded: word >> 32)
    }

    private static func word(_ words: UnsafeMutablePointer<Int32>) -> UInt64 {
        UInt64(UInt32(bitPattern: words[0])) | UInt64(UInt32(bitPattern: words[1])) << 32
    }
}
