import Foundation
import Tensors
import Testing

/// Operations of decoders against `Double`, forward and backward.
@Suite struct DecoderGradientTests {
    private static func attention(
        _ q: ReferenceMatrix, _ k: ReferenceMatrix, _ v: ReferenceMatrix, lengths: [Int], heads: Int,
        group: Int
    ) -> ReferenceMatrix {
        let width = q.columns / heads
        var first: [Int] = []
        for length in lengths { first += Array(repeating: first.count, count: length) }
        return ReferenceMatrix(q.rows, q.columns) { row, column in
            let (head, key) = (column / width, column / width / group)
            let scores = (first[row]...row).map { other in
                (0..<width).reduce(0) { $0 + q[row, head * width + $1] * k[other, key * width + $1] }
                    / Double(width).squareRoot()
            }
            return zip(Reference.softmax(scores), first[row]...row).reduce(0) {
                $0 + $1.0 * v[$1.1, key * width + column % width]
            }
        }
    }

    @Test(arguments: [([5, 1, 3], 4, 2, 2), ([7], 2, 2, 6), ([2, 9], 3, 1, 18)])
    func attentionIsCausalWithinItsSequence(lengths: [Int], heads: Int, keyHeads: Int, width: Int) throws {
        var stream = RandomStream(seed: 3, for: .testing)
        let rows = lengths.reduce(0, +)
        let inputs = [heads, keyHeads, keyHeads].map {
            ReferenceMatrix.random(rows, $0 * width, &stream)
        }
        try GradientCheck(name: "attention \(lengths)", inputs: inputs) {
            causalAttention($0[0], $0[1], $0[2], lengths: lengths, heads: heads, keyValueHeads: keyHeads)
        } reference: {
            Self.attention($0[0], $0[1], $0[2], lengths: lengths, heads: heads, group: heads / keyHeads)
        }.run()
    }

    @Test func rotationTurnsPairs() throws {
        var stream = RandomStream(seed: 4, for: .testing)
        let x = ReferenceMatrix.random(5, 12, &stream)
        func angle(_ row: Int, _ pair: Int) -> Double { Double(row) * pow(10, -Double(pair)) }
        let table = (0..<5).flatMap { row in
            (0..<2).map { Float(cos(angle(row, $0))) } + (0..<2).map { Float(sin(angle(row, $0))) }
        }
        try GradientCheck(name: "rotary", inputs: [x]) {
            rotary($0[0], angles: $0[0].tape.constant(Tensor(5, 4, table)))
        } reference: { inputs in
            let x = inputs[0]
            return ReferenceMatrix(5, 12) { row, column in
                let (pair, isUpper) = (column % 2, column % 4 >= 2)
                let other = x[row, isUpper ? column - 2 : column + 2]
                let (c, s) = (cos(angle(row, pair)), sin(angle(row, pair)))
                return isUpper ? x[row, column] * c + other * s : x[row, column] * c - other * s
            }
        }.run()
    }

    @Test(arguments: ProductMethod.available, [(3, 5, 7), (40, 48, 33), (300, 40, 64)])
    func projectionsAgree(method: ProductMethod, size: (Int, Int, Int)) throws {
        var stream = RandomStream(seed: 5, for: .testing)
        let inputs = [(size.0, size.1), (size.2, size.1), (1, size.2)].map {
            ReferenceMatrix.random($0.0, $0.1, &stream).map { Double(Float($0 * 0.3)) }
        }
        try GradientCheck(name: "projection \(size)", inputs: inputs, products: method) {
            projection($0[0], $0[1], $0[2])
        } reference: { it in
            ReferenceMatrix(size.0, size.2) { row, column in
                (0..<size.1).reduce(it[2][0, column]) { $0 + it[0][row, $1] * it[1][column, $1] }
            }
        }.run()
    }

    @Test(arguments: [(1, 3), (200, 300)]) func gatesAgree(rows: Int, columns: Int) throws {
        var stream = RandomStream(seed: 8, for: .testing)
        let inputs = [0, 1].map { _ in ReferenceMatrix.random(rows, columns, &stream) }
        try GradientCheck(name: "gate", inputs: inputs) {
            siluGate($0[0], $0[1])
        } reference: {
            $0[0].with($0[1]) { $0 / (1 + exp(-$0)) * $1 }
        }.run()
        // A gate of which only one side learns.
        for learns in [[true, false], [false, true]] {
            try GradientCheck(name: "gate, one side", inputs: inputs, learns: learns) {
                siluGate($0[0], $0[1])
            } reference: {
                $0[0].with($0[1]) { $0 / (1 + exp(-$0)) * $1 }
            }.run()
        }
    }

    /// What flows back into a result that is no parameter: its memory has been used before and holds other numbers.
    @Test func gradientsOfInnerResultsStartFromNothing() throws {
        var stream = RandomStream(seed: 9, for: .testing)
        let inputs = [(6, 8), (8, 8), (8, 8)].map { ReferenceMatrix.random($0.0, $0.1, &stream) }
        func product(_ a: ReferenceMatrix, _ b: ReferenceMatrix) -> ReferenceMatrix {
            ReferenceMatrix(a.rows, b.rows) { row, column in
                (0..<a.columns).reduce(0) { $0 + a[row, $1] * b[column, $1] }
            }
        }
        try GradientCheck(name: "projections in a row", inputs: inputs) {
            projection(projection($0[0], $0[1]).tanh(), $0[2]).tanh()
        } reference: {
            product(product($0[0], $0[1]).map { tanh($0) }, $0[2]).map { tanh($0) }
        }.run()
    }

    @Test(arguments: [(1, 3), (6, 17), (200, 300)])
    func logProbabilitiesOfTokensAgree(rows: Int, columns: Int) throws {
        var stream = RandomStream(seed: 6, for: .testing)
        let x = ReferenceMatrix.random(rows, columns, &stream)
        let tokens = (0..<rows).map { Int32($0 * 7 % columns) }
        try GradientCheck(name: "log-probabilities", inputs: [x]) {
            $0[0].logProbabilities(of: tokens)
        } reference: { inputs in
            let x = inputs[0]
            return ReferenceMatrix(rows, 1) { row, _ in
                x[row, Int(tokens[row])] - Reference.logSumExp(x.row(row))
            }
        }.run()
    }
}
