import CKernels
import Tensors
import TestSupport
import Testing

/// Products with weights in blocks of GGUF files, at every level of instructions that the machine has.
@Suite(.serialized) struct StoredBlockTests {
    /// A block type and where its units, which are half floats, stand.
    struct Format: Sendable, CustomTestStringConvertible {
        let name: String
        let storage: ck_storage
        let units: [Int]
        var testDescription: String { name }
        var kind: StoredMatrix.Kind { StoredMatrix.Kind(rawValue: storage.rawValue) }
    }

    static let formats: [Format] = [
        Format(name: "Q4_0", storage: CK_Q4_0, units: [0]),
        Format(name: "Q4_1", storage: CK_Q4_1, units: [0, 2]),
        Format(name: "Q5_0", storage: CK_Q5_0, units: [0]),
        Format(name: "Q5_1", storage: CK_Q5_1, units: [0, 2]),
        Format(name: "Q8_0", storage: CK_Q8_0, units: [0]),
        Format(name: "Q2_K", storage: CK_Q2_K, units: [80, 82]),
        Format(name: "Q3_K", storage: CK_Q3_K, units: [108]),
        Format(name: "Q4_K", storage: CK_Q4_K, units: [0, 2]),
        Format(name: "Q5_K", storage: CK_Q5_K, units: [0, 2]),
        Format(name: "Q6_K", storage: CK_Q6_K, units: [208]),
    ]

    /// Random blocks with units between 1/64 and 1/8 of either sign, one byte off any alignment.
    private struct Sample {
        let shape: Shape
        let format: Format
        let bytes: [UInt8]
        let values: [Float]

        init(_ rows: Int, _ columns: Int, _ format: Format, seed: UInt64) {
            var stream = RandomStream(seed: seed, for: .testing)
            let kind = format.kind
            let blocks = rows * columns / kind.values
            var bytes = (0...blocks * kind.bytes).map { _ in
                UInt8(truncatingIfNeeded: stream.nextInteger() >> 24)
            }
            for block in 0..<blocks {
                for unit in format.units {
                    // The exponents 9 to 11 of binary16.
                    let place = 1 + block * kind.bytes + unit + 1
                    bytes[place] = bytes[place] & 0x83 | UInt8(9 + bytes[place] / 4 % 3) << 2
                }
            }
            (shape, self.format, self.bytes) = (Shape(rows, columns), format, bytes)
            var values = [Float](repeating: .nan, count: rows * columns)
            bytes.withUnsafeBytes { raw in
                values.withUnsafeMutableBufferPointer {
                    kind.widen(UnsafeRawBufferPointer(rebasing: raw.dropFirst()), into: $0)
                }
            }
            self.values = values
        }

        func withMatrix<Result>(_ body: (UnsafeRawPointer) throws -> Result) rethrows -> Result {
            try bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { preconditionFailure("a sample without bytes") }
                return try body(base + 1)
            }
        }
    }

    @Test(arguments: formats) func everyLevelWidensTheSameBits(format: Format) {
        let sample = Sample(3, 512, format, seed: 1)
        #expect(sample.values.contains { $0 != 0 } && sample.values.allSatisfy(\.isFinite))
        for level in 1...ck_vector_level() {
            var values = [Float](repeating: .nan, count: sample.values.count)
            sample.withMatrix { ck_widen_at(level, $0, format.storage, &values, values.count) }
            #expect(values.map(\.bitPattern) == sample.values.map(\.bitPattern), "level \(level)")
        }
    }

    /// A product of a block with a vector is that of its widened numbers, bit for bit.
    @Test(arguments: formats) func productsAreThoseOfWidenedWeights(format: Format) {
        var stream = RandomStream(seed: 2, for: .testing)
        for (rows, outputs) in [(1, 1), (1, 7), (3, 4), (4, 9), (8, 5)] {
            let sample = Sample(outputs, 512, format, seed: 3)
            let x = (0..<rows * 512).map { _ in stream.nextUniform() - 0.5 }
            for level in 1...ck_vector_level() {
                var (own, wide) = ([Float](repeating: .nan, count: rows * (outputs + 2)), [Float]())
                wide = own
                sample.withMatrix {
                    ck_project_rows_at(level, x, rows, $0, format.storage, &own, outputs + 2, 512, outputs)
                }
                ck_project_rows_at(level, x, rows, sample.values, CK_SINGLE, &wide, outputs + 2, 512, outputs)
                #expect(own.map(\.bitPattern) == wide.map(\.bitPattern), "\(rows) rows, level \(level)")
                for row in 0..<rows {
                    for output in 0..<outputs {
                        let exact = (0..<512).reduce(0.0) {
                            $0 + Double(x[row * 512 + $1]) * Double(sample.values[output * 512 + $1])
                        }
                        let scale = (0..<512).reduce(0.0) {
                            $0 + abs(Double(x[row * 512 + $1]) * Double(sample.values[output * 512 + $1]))
                        }
                        #expect(abs(Double(own[row * (outputs + 2) + output]) - exact) <= 3e-6 * scale)
                    }
                }
            }
        }
    }

    private func outcome(
        _ sample: Sample, rows: Int, stored: Bool, _ body: (Variable, Variable) -> Variable
    ) throws -> (values: [Float], gradient: [Float]) {
        var stream = RandomStream(seed: 9, for: .testing)
        let x = TestParameter(ReferenceMatrix.random(rows, sample.shape.columns, &stream))
        let tape = Tape()
        return try sample.withMatrix { place in
            let weight =
                stored
                ? tape.leaf(StoredMatrix(place, sample.format.kind), sample.shape)
                : tape.constant(Tensor(sample.shape.rows, sample.shape.columns, sample.values))
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
        let stored = try outcome(sample, rows: rows, stored: true, body)
        let wide = try outcome(sample, rows: rows, stored: false, body)
        #expect(relativeError(stored.values, wide.values) <= 3e-6, "\(name): values")
        #expect(relativeError(stored.gradient, wide.gradient) <= 1e-5, "\(name): gradient")
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        #expect(
            try outcome(sample, rows: rows, stored: true, body) == stored,
            "\(name): one thread gives other bits")
    }

    @Test(arguments: formats) func projectionsAndLogProbabilitiesAgreeWithThoseOfWidenedWeights(
        format: Format
    ) throws {
        for (rows, inputs, outputs) in [(1, 256, 5), (8, 768, 640), (60, 256, 1100)] {
            let sample = Sample(outputs, inputs, format, seed: 4)
            try compare(sample, rows: rows, "\(rows) rows") { projection($0, $1) }
            let tokens = (0..<rows).map { Int32($0 * 911 % outputs) }
            try compare(sample, rows: rows, "\(rows) log-probabilities") {
                $0.logProbabilities(of: tokens, on: $1)
            }
        }
    }

    @Test(arguments: formats) func rowsAreWidenedWhereAskedFor(format: Format) throws {
        let (sample, tape) = (Sample(9, 256, format, seed: 8), Tape())
        sample.withMatrix { place in
            let table = tape.leaf(StoredMatrix(place, format.kind), sample.shape)
            let rows: [Int32] = [8, 0, 3, 3]
            let chosen = rows.withUnsafeBufferPointer { table.rows(at: $0) }
            #expect(Array(chosen.values) == rows.flatMap { sample.values[Int($0) * 256..<Int($0 + 1) * 256] })
        }
    }

    @Test(arguments: formats) func unitsThatAreNotFiniteAreSeen(format: Format) {
        let sample = Sample(2, 512, format, seed: 10)
        func isFinite(_ bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { format.kind.isFinite(UnsafeRawBufferPointer(rebasing: $0.dropFirst())) }
        }
        #expect(isFinite(sample.bytes))
        for block in 0..<1024 / format.kind.values {
            for unit in format.units {
                var bytes = sample.bytes
                bytes[1 + block * format.kind.bytes + unit + 1] |= 0x7C
                #expect(!isFinite(bytes), "block \(block), unit at \(unit)")
            }
        }
    }
}
