/// One block of a deflate stream: tokens in prefix codes that fit their frequencies (RFC 1951, section 3.2.7).
struct DeflateBlock {
    private static let endOfBlock = 256
    /// The order in which lengths of the code for code lengths are written.
    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private let tokens: [DeflateToken]
    private let isLast: Bool
    private let literals: PrefixCode
    private let distances: PrefixCode

    init(_ tokens: [DeflateToken], isLast: Bool) {
        (self.tokens, self.isLast) = (tokens, isLast)
        var (literalCounts, distanceCounts) = (
            [Int](repeating: 0, count: 286), [Int](repeating: 0, count: 30)
        )
        literalCounts[Self.endOfBlock] = 1
        for token in tokens {
            if token.length == 0 {
                literalCounts[Int(token.value)] += 1
            } else {
                literalCounts[257 + DeflateRange.ofLength(Int(token.length)).symbol] += 1
                distanceCounts[DeflateRange.ofDistance(Int(token.value)).symbol] += 1
            }
        }
        (literals, distances) = (
            PrefixCode(literalCounts, longest: 15), PrefixCode(distanceCounts, longest: 15)
        )
    }

    func write(to output: inout BitStream) {
        output.append(isLast ? 1 : 0, 1)
        output.append(2, 2)
        writeCodes(to: &output)
        for token in tokens {
            if token.length == 0 {
                literals.write(Int(token.value), to: &output)
                continue
            }
            let length = DeflateRange.ofLength(Int(token.length))
            literals.write(257 + length.symbol, to: &output)
            output.append(length.rest, length.bits)
            let distance = DeflateRange.ofDistance(Int(token.value))
            distances.write(distance.symbol, to: &output)
            output.append(distance.rest, distance.bits)
        }
        literals.write(Self.endOfBlock, to: &output)
    }

    /// The lengths of both codes, themselves in a prefix code.
    private func writeCodes(to output: inout BitStream) {
        let (used, far) = (literals.used(atLeast: 257), distances.used(atLeast: 1))
        let runs = LengthRun.runs(Array(literals.lengths[..<used] + distances.lengths[..<far]))
        var counts = [Int](repeating: 0, count: 19)
        for run in runs { counts[run.symbol] += 1 }
        let code = PrefixCode(counts, longest: 7)
        let written = max(4, (Self.order.lastIndex { code.lengths[$0] > 0 } ?? 0) + 1)
        output.append(used - 257, 5)
        output.append(far - 1, 5)
        output.append(written - 4, 4)
        for symbol in Self.order[..<written] { output.append(code.lengths[symbol], 3) }
        for run in runs {
            code.write(run.symbol, to: &output)
            output.append(run.rest, run.bits)
        }
    }
}

/// Lengths or distances that share a symbol, told apart by further bits.
struct DeflateRange {
    /// Number of the range.
    let symbol: Int
    /// The number within the range.
    let rest: Int
    /// Bits that `rest` takes.
    let bits: Int

    /// The range of a length, 3 to 258; symbols from 0.
    static func ofLength(_ length: Int) -> DeflateRange {
        length == 258 ? DeflateRange(symbol: 28, rest: 0, bits: 0) : DeflateRange(length - 3, octave: 2)
    }

    /// The range of a distance, 1 to 32768.
    static func ofDistance(_ distance: Int) -> DeflateRange { DeflateRange(distance - 1, octave: 1) }

    private init(symbol: Int, rest: Int, bits: Int) {
        (self.symbol, self.rest, self.bits) = (symbol, rest, bits)
    }

    /// Each power of two is divided into 2^`octave` ranges of equal size; small numbers are ranges of their own.
    private init(_ number: Int, octave: Int) {
        guard number >= 2 << octave else {
            self.init(symbol: number, rest: 0, bits: 0)
            return
        }
        let bits = Int.bitWidth - 1 - number.leadingZeroBitCount - octave
        self.init(symbol: (bits << octave) + (number >> bits), rest: number & (1 << bits - 1), bits: bits)
    }
}

/// A code length, or a repetition of code lengths.
private struct LengthRun {
    /// 0 to 15 for a length; 16 repeats the last, 17 and 18 are zeros.
    let symbol: Int
    let rest: Int
    let bits: Int

    static func runs(_ lengths: [Int]) -> [LengthRun] {
        var runs: [LengthRun] = []
        var place = 0
        while place < lengths.count {
            let length = lengths[place]
            let count = lengths[place...].prefix { $0 == length }.count
            if length == 0 && count >= 3 {
                let taken = min(count, 138)
                runs.append(
                    taken <= 10
                        ? LengthRun(symbol: 17, rest: taken - 3, bits: 3)
                        : LengthRun(symbol: 18, rest: taken - 11, bits: 7))
                place += taken
            } else if length > 0 && count >= 4 {
                let taken = min(count - 1, 6)
                runs.append(LengthRun(symbol: length, rest: 0, bits: 0))
                runs.append(LengthRun(symbol: 16, rest: taken - 3, bits: 2))
                place += taken + 1
            } else {
                runs.append(LengthRun(symbol: length, rest: 0, bits: 0))
                place += 1
            }
        }
        return runs
    }
}

/// A prefix code by Huffman, in the canonical form that is known from its lengths alone.
struct PrefixCode {
    /// Bits of each symbol's code; 0 where the symbol does not occur.
    let lengths: [Int]
    /// The codes, the first bit in the lowest place.
    private let codes: [Int]

    /// The code for symbols of given frequencies.
    ///
    /// - Parameters:
    ///   - counts: how often each symbol occurs.
    ///   - longest: bits that a code may have; 2 to that power must be at least the number of symbols.
    init(_ counts: [Int], longest: Int) {
        var counts = counts
        // A decoder wants two codes even where one symbol or none occurs.
        for symbol in counts.indices where counts.count(where: { $0 > 0 }) < 2 && counts[symbol] == 0 {
            counts[symbol] = 1
        }
        var lengths = Self.huffmanLengths(counts)
        // Flatter frequencies give shorter codes.
        while (lengths.max() ?? 0) > longest {
            counts = counts.map { $0 == 0 ? 0 : $0 >> 1 | 1 }
            lengths = Self.huffmanLengths(counts)
        }
        (self.lengths, codes) = (lengths, Self.canonicalCodes(lengths))
    }

    /// How many symbols there are up to the last that occurs.
    func used(atLeast least: Int) -> Int { max(least, (lengths.lastIndex { $0 > 0 } ?? -1) + 1) }

    func write(_ symbol: Int, to output: inout BitStream) { output.append(codes[symbol], lengths[symbol]) }

    /// Joins the two rarest trees until one is left; of equal ones those made first.
    private static func huffmanLengths(_ counts: [Int]) -> [Int] {
        var lengths = [Int](repeating: 0, count: counts.count)
        let leaves = counts.indices.filter { counts[$0] > 0 }
            .sorted { (counts[$0], $0) < (counts[$1], $1) }
        // Leaves and joined trees are both queues in rising order, so the rarest is at one of the two fronts.
        var parents = [Int](repeating: -1, count: max(2 * leaves.count - 1, 0))
        var weights = leaves.map { counts[$0] }
        var (leaf, joined) = (0, leaves.count)
        func rarest() -> Int {
            if leaf < leaves.count && (joined >= weights.count || weights[leaf] <= weights[joined]) {
                defer { leaf += 1 }
                return leaf
            }
            defer { joined += 1 }
            return joined
        }
        while weights.count < parents.count {
            let (first, second) = (rarest(), rarest())
            (parents[first], parents[second]) = (weights.count, weights.count)
            weights.append(weights[first] + weights[second])
        }
        var depths = [Int](repeating: 0, count: parents.count)
        for node in parents.indices.dropLast().reversed() { depths[node] = depths[parents[node]] + 1 }
        for (index, symbol) in leaves.enumerated() { lengths[symbol] = depths[index] }
        return lengths
    }

    /// Codes of one length follow one another in the order of their symbols (RFC 1951, section 3.2.2).
    private static func canonicalCodes(_ lengths: [Int]) -> [Int] {
        var codes = [Int](repeating: 0, count: lengths.count)
        var code = 0
        for length in stride(from: 1, through: lengths.max() ?? 0, by: 1) {
            for symbol in lengths.indices where lengths[symbol] == length {
                codes[symbol] = (0..<length).reduce(0) { $0 | (code >> $1 & 1) << (length - 1 - $1) }
                code += 1
            }
            code <<= 1
        }
        return codes
    }
}
