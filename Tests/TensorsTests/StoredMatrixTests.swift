import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

/// Products with constant 16-bit weights against the same weights in single precision.
@Suite(.serialized) struct StoredMatrixTests {
    /// IEEE 754 binary16, or the upper half of binary32, by their definitions.
    private static func exact(_ bits: UInt16, _ kind: StoredMatrix.Kind) -> Double {
        let (fractionBits, bias, mostExponent) = kind == .half ? (10, 15, 31) : (7, 127, 255)
        let sign: Double = bits >> 15 == 0 ? 1 : -1
        let exponent = Int(bits >> fractionBits) & mostExponent
        let fraction = Double(bits & (1 << fractionBits - 1)) / Double(1 << fractionBits)
        if exponent == mostExponent { return fraction == 0 ? sign * .infinity : .nan }
        return sign * (exponent == 0 ? fraction : 1 + fraction) * pow(2, Double(max(exponent, 1) - bias))
    }

    /// Random 16-bit numbers of magnitude about 0.1 to 2, and what they are.
    private final class Sample {
        let bits: [UInt16]
        let values: Tensor
        let kind: StoredMatrix.Kind

        init(_ rows: Int, _ columns: Int, _ kind: StoredMatrix.Kind, seed: UInt64) {
            var stream = RandomStream(seed: seed, for: .testing)
            let (lowest, fractionBits) = kind == .half ? (12, 10) : (124, 7)
            bits = (0..<rows * columns).map { _ in
                let word = stream.nextInteger()
                let exponent = UInt16(lowest) + UInt16(word >> 16 & 3)
                return UInt16(word & 1) << 15 | exponent << fractionBits
                    | UInt16(truncatingIfNeeded: word >> 32) & (1 << fractionBits - 1)
            }
            values = Tensor(rows, columns, bits.map { Float(StoredMatrixTests.exact($0, kind)) })
            self.kind = kind
        }
    }

    @Test(arguments: [StoredMatrix.Kind.brain, .half])
    func everyPatternIsWidenedExactly(kind: StoredMatrix.Kind) {
        // An odd count, so that the last ones are not a whole vector.
        let bits = (0...UInt16.max).map { $0 } + [0x3C01, 0x8001, 0x0001]
        var values = [Float](repeating: 0, count: bits.count)
        ck_widen(bits, kind == .half ? CK_HALF : CK_BRAIN, &values, bits.count)
        for (value, pattern) in zip(values, bits) {
            let exact = Self.exact(pattern, kind)
            let isSame = exact.isNaN ? value.isNaN : Double(value) == exact
            #expect(
                isSame && (exact.isNaN || value.sign == exact.sign), "\(pattern) is \(value), not \(exact)")
        }
    }

    /// What one computation gives, and the gradient that flows back into x.
    private func outcome(
        _ sample: Sample, rows: Int, stored: Bool, _ body: (Variable, Variable) -> Variable
    ) throws -> (values: [Float], gradient: [Float]) {
        var stream = RandomStream(seed: 9, for: .testing)
        let shape = sample.values.shape
        let x = TestParameter(ReferenceMatrix.random(rows, shape.columns, &stream))
        let tape = Tape()
        return try sample.bits.withUnsafeBufferPointer { bits in
            let weight =
                stored
                ? tape.leaf(StoredMatrix(try #require(bits.baseAddress), sample.kind), shape)
                : tape.constant(sample.values)
            let y = body(try x.variable(on: tape), weight)
            let factors = Tensor(
                y.shape.rows, y.shape.columns, (0..<y.shape.count).map { Float($0 * 37 % 11) - 5 })
            tape.walkBack(from: (y * tape.constant(factors)).sum())
            return (Array(y.values), Array(x.gradient.buffer))
        }
    }

    private func compare(
        _ sample: Sample, rows: Int, _ name: String, _ body: (Variable, Variable) -> Variable
    ) throws {
        let (stored, wide) = (
            try outcome(sample, rows: rows, stored: true, body),
            try outcome(sample, rows: rows, stored: false, body)
        )
        #expect(relativeError(stored.values, wide.values) <= 3e-6, "\(name): values")
        #expect(relativeError(stored.gradient, wide.gradient) <= 3e-6, "\(name): gradient")
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        let alone = try outcome(sample, rows: rows, stored: true, body)
        #expect(alone == stored, "\(name): one thread gives other bits")
    }

    @Test(
        arguments: [StoredMatrix.Kind.brain, .half],
        [(1, 5, 3), (3, 50, 37), (8, 896, 640), (33, 48, 70), (200, 130, 600)])
    func projectionsAgreeWithThoseOfWidenedWeights(kind: StoredMatrix.Kind, size: (Int, Int, Int)) throws {
        try compare(
            Sample(size.2, size.1, kind, seed: 4), rows: size.0, "\(kind) \(size)"
        ) { projection($0, $1) }
    }

    @Test func biasesAreAdded() throws {
        let sample = Sample(20, 7, .brain, seed: 5)
        for rows in [2, 50] {
            try compare(sample, rows: rows, "bias, \(rows) rows") {
                projection($0, $1, $0.tape.constant(Tensor(1, 20, (0..<20).map(Float.init))))
            }
        }
    }

    @Test(arguments: [StoredMatrix.Kind.brain, .half])
    func logProbabilitiesAreThoseOfTheWholeSoftmax(kind: StoredMatrix.Kind) throws {
        for (rows, inputs, outputs) in [(3, 20, 5), (5, 24, 3001), (90, 33, 2500)] {
            let tokens = (0..<rows).map { Int32($0 * 911 % outputs) }
            let sample = Sample(outputs, inputs, kind, seed: 6)
            let (stored, whole) = (
                try outcome(sample, rows: rows, stored: true) { $0.logProbabilities(of: tokens, on: $1) },
                try outcome(sample, rows: rows, stored: false) {
                    projection($0, $1).logProbabilities(of: tokens)
                }
            )
            #expect(relativeError(stored.values, whole.values) <= 3e-6)
            #expect(relativeError(stored.gradient, whole.gradient) <= 1e-5)
            try compare(sample, rows: rows, "\(kind), \(rows) rows, \(outputs) columns") {
                $0.logProbabilities(of: tokens, on: $1)
            }
        }
    }

    @Test func manyLogitsOfSinglePrecisionAreNotKept() throws {
        let (rows, outputs) = (300, 20_000)
        let sample = Sample(outputs, 8, .brain, seed: 7)
        let tokens = (0..<rows).map { Int32($0 * 911 % outputs) }
        let (blocked, whole) = (
            try outcome(sample, rows: rows, stored: false) { $0.logProbabilities(of: tokens, on: $1) },
            try outcome(sample, rows: rows, stored: false) {
                projection($0, $1).logProbabilities(of: tokens)
            }
        )
        #expect(relativeError(blocked.values, whole.values) <= 3e-6)
        #expect(relativeError(blocked.gradient, whole.gradient) <= 1e-5)
        let tape = Tape()
        let x = tape.constant(0.1, rows, 8)
        let before = tape.bytes
        _ = x.logProbabilities(of: tokens, on: tape.constant(sample.values))
        #expect(tape.bytes - before < 4 * rows * outputs, "as much memory as the logits take")
    }

    @Test(arguments: [StoredMatrix.Kind.brain, .half])
    func rowsAreWidenedExactly(kind: StoredMatrix.Kind) throws {
        let sample = Sample(9, 21, kind, seed: 8)
        let tape = Tape()
        try sample.bits.withUnsafeBufferPointer { bits in
            let table = tape.leaf(StoredMatrix(try #require(bits.baseAddress), kind), sample.values.shape)
            let rows: [Int32] = [8, 0, 3, 3]
            let chosen = rows.withUnsafeBufferPointer { table.rows(at: $0) }
            let expected = rows.flatMap { row in (0..<21).map { sample.values[Int(row), $0] } }
            #expect(Array(chosen.values) == expected)
        }
    }
}
