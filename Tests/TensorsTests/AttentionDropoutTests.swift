import Foundation
import Tensors
import Testing

/// Attention with dropout of its weights, against `Double`.
@Suite struct AttentionDropoutTests {
    /// Attention whose weights are multiplied by factors `[sequences, heads, longest, longest]`.
    private static func attention(
        _ q: ReferenceMatrix, _ k: ReferenceMatrix, _ v: ReferenceMatrix, lengths: [Int], heads: Int,
        longest: Int, factors: [Float]
    ) -> ReferenceMatrix {
        let width = q.columns / heads
        var place: [(sequence: Int, first: Int)] = []
        for (sequence, length) in lengths.enumerated() {
            let first = place.count
            place += (0..<length).map { _ in (sequence, first) }
        }
        return ReferenceMatrix(q.rows, q.columns) { row, column in
            let (head, own) = (column / width, place[row])
            let scores = (own.first...row).map { other in
                (0..<width).reduce(0) { $0 + q[row, head * width + $1] * k[other, head * width + $1] }
                    / Double(width).squareRoot()
            }
            let start = ((own.sequence * heads + head) * longest + row - own.first) * longest
            return Reference.softmax(scores).enumerated().reduce(0) {
                $0 + $1.element * Double(factors[start + $1.offset]) * v[own.first + $1.offset, column]
            }
        }
    }

    // 150 rows are more than one block of scores.
    @Test(arguments: [([5, 1, 3], 4, 2, 7), ([9], 2, 6, 9), ([150], 1, 2, 150), ([70, 3], 1, 2, 300)])
    func droppedWeightsCountForNothing(lengths: [Int], heads: Int, width: Int, longest: Int) throws {
        var stream = RandomStream(seed: 3, for: .testing)
        let inputs = (0..<3).map { _ in
            ReferenceMatrix.random(lengths.reduce(0, +), heads * width, &stream)
        }
        var factors = [Float](repeating: 0, count: lengths.count * heads * longest * longest)
        factors.withUnsafeMutableBufferPointer { stream.fillKeepMask($0, rate: 0.3) }
        try factors.withUnsafeBufferPointer { given in
            let base = try #require(given.baseAddress)
            try GradientCheck(name: "attention with dropout \(lengths)", inputs: inputs) {
                causalAttention(
                    $0[0], $0[1], $0[2], lengths: lengths, heads: heads, keyValueHeads: heads,
                    dropout: AttentionDropout(factors: base, longest: longest))
            } reference: {
                Self.attention(
                    $0[0], $0[1], $0[2], lengths: lengths, heads: heads, longest: longest, factors: factors)
            }.run()
        }
    }

    /// Drawn factors are numbers of the stream: those that `fillKeepMask` writes from the same place.
    @Test func drawnFactorsAreThoseOfTheStream() throws {
        let (lengths, heads, longest) = ([3, 8, 5], 2, 8)
        let tape = Tape()
        var stream = RandomStream(seed: 5, for: .noise)
        let inputs = (0..<3).map { _ in tape.normal(16, 8, using: &stream) }
        var (drawing, filling) = (stream, stream)
        let drawn = causalAttention(
            inputs[0], inputs[1], inputs[2], lengths: lengths, heads: heads, keyValueHeads: heads,
            dropout: AttentionDropout(
                rate: 0.4, sequences: 3, heads: heads, longest: longest, using: &drawing))
        var factors = [Float](repeating: 0, count: 3 * heads * longest * longest)
        factors.withUnsafeMutableBufferPointer { filling.fillKeepMask($0, rate: 0.4) }
        #expect(drawing == filling)
        try factors.withUnsafeBufferPointer { given in
            let same = causalAttention(
                inputs[0], inputs[1], inputs[2], lengths: lengths, heads: heads, keyValueHeads: heads,
                dropout: AttentionDropout(factors: try #require(given.baseAddress), longest: longest))
            #expect(Array(drawn.values) == Array(same.values))
        }
        let whole = causalAttention(
            inputs[0], inputs[1], inputs[2], lengths: lengths, heads: heads, keyValueHeads: heads)
        #expect(Array(drawn.values) != Array(whole.values))
    }

    @Test func rowsAboveOthersKeepTheirGradients() throws {
        var stream = RandomStream(seed: 6, for: .testing)
        let inputs = [(3, 4), (2, 4)].map { ReferenceMatrix.random($0.0, $0.1, &stream) }
        try GradientCheck(name: "above", inputs: inputs) {
            $0[0].above($0[1])
        } reference: { it in
            ReferenceMatrix(5, 4) { row, column in row < 3 ? it[0][row, column] : it[1][row - 3, column] }
        }.run()
    }
}
