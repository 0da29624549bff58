import Foundation
import Tensors
import Testing

/// Operations that reduce, move or choose among whole rows.
@Suite struct RowGradientTests {
    struct Rows: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let operation: @Sendable (Variable) -> Variable
        let reference: @Sendable (ReferenceMatrix) -> ReferenceMatrix

        static let all: [Rows] = [
            Rows(
                testDescription: "softmax", operation: { $0.softmax() },
                reference: { $0.mapRows(Reference.softmax) }),
            Rows(
                testDescription: "logSoftmax", operation: { $0.logSoftmax() },
                reference: { $0.mapRows(Reference.logSoftmax) }),
            Rows(
                testDescription: "logSumExp", operation: { $0.logSumExp() },
                reference: { $0.eachRow(Reference.logSumExp) }),
            Rows(
                testDescription: "sum", operation: { $0.sum() },
                reference: { x in ReferenceMatrix(1, 1) { _, _ in x.sum } }),
            Rows(
                testDescription: "mean of all and one", operation: { ($0.sum() + $0.mean() * 1e-3) },
                reference: { x in
                    ReferenceMatrix(1, 1) { _, _ in x.sum + x.sum / Double(x.elements.count) * 1e-3 }
                }),
            Rows(
                testDescription: "mean", operation: { $0.mean() },
                reference: { x in ReferenceMatrix(1, 1) { _, _ in x.sum / Double(x.elements.count) } }),
            Rows(
                testDescription: "rowSums", operation: { $0.rowSums() },
                reference: { $0.eachRow { $0.reduce(0, +) } }),
            Rows(
                testDescription: "columnSums", operation: { $0.columnSums() },
                reference: { x in
                    ReferenceMatrix(1, x.columns) { _, j in (0..<x.rows).reduce(0) { $0 + x[$1, j] } }
                }),
            Rows(
                testDescription: "reshaped",
                operation: {
                    $0.reshaped($0.shape.columns, $0.shape.rows) * 2
                        + $0.reshaped($0.shape.columns, $0.shape.rows).squared()
                },
                reference: { x in
                    ReferenceMatrix(x.columns, x.rows) { i, j in
                        let element = x.elements[i * x.rows + j]
                        return 2 * element + element * element
                    }
                }),
            Rows(
                testDescription: "largest", operation: { $0.largest() },
                reference: { $0.eachRow { $0.max() ?? -.infinity } }),
            Rows(
                testDescription: "smallest", operation: { $0.smallest() },
                reference: { $0.eachRow { $0.min() ?? .infinity } }),
            Rows(
                testDescription: "joined with itself", operation: { $0.joined($0.squared()).joined($0) },
                reference: { x in
                    ReferenceMatrix(x.rows, 3 * x.columns) { i, j in
                        let element = x[i, j % x.columns]
                        return j / x.columns == 1 ? element * element : element
                    }
                }),
            Rows(
                testDescription: "columns",
                operation: { $0.columns(0..<1) + $0.columns($0.shape.columns - 1..<$0.shape.columns) },
                reference: { x in ReferenceMatrix(x.rows, 1) { i, _ in x[i, 0] + x[i, x.columns - 1] } }),
            Rows(
                testDescription: "no columns", operation: { $0.columns(1..<1).rowSums() + $0.rowSums() },
                reference: { $0.eachRow { $0.reduce(0, +) } }),
            Rows(
                testDescription: "picking",
                operation: { x in
                    let columns = (0..<x.shape.rows).map { Int32($0 * 5 % x.shape.columns) }
                    return columns.withUnsafeBufferPointer { x.logSoftmax().picking($0) }
                },
                reference: { x in
                    ReferenceMatrix(x.rows, 1) { i, _ in
                        x[i, i * 5 % x.columns] - Reference.logSumExp(x.row(i))
                    }
                }),
            Rows(
                testDescription: "rows at",
                operation: { x in
                    let rows =
                        x.shape.rows == 0 ? [] : [0, x.shape.rows - 1, 0, x.shape.rows / 2].map { Int32($0) }
                    return rows.withUnsafeBufferPointer { x.rows(at: $0) }
                },
                reference: { x in
                    let rows = x.rows == 0 ? [] : [0, x.rows - 1, 0, x.rows / 2]
                    return ReferenceMatrix(rows.count, x.columns) { i, j in x[rows[i], j] }
                }),
            Rows(
                testDescription: "selecting",
                operation: { x in x.constant.isAbove(0.3).selecting(x.squared(), else: x * 3) },
                reference: { $0.map { $0 > 0.3 ? $0 * $0 : $0 * 3 } }),
            Rows(
                testDescription: "selecting numbers",
                operation: { x in x.isAtLeast(0).selecting(0.9, else: 0.1) * x.squared() },
                reference: { $0.map { ($0 >= 0 ? 0.9 : 0.1) * $0 * $0 } }),
        ]
    }

    @Test(arguments: Rows.all) func operationsOnRows(_ it: Rows) throws {
        var stream = RandomStream(seed: 9, for: .testing)
        for shape in GradientTests.shapes where shape.rows > 0 || it.testDescription.contains("mean") == false
        {
            let x = ReferenceMatrix.random(shape.rows, shape.columns, &stream)
            try GradientCheck(name: "\(it.testDescription) \(shape)", inputs: [x]) {
                it.operation($0[0])
            } reference: {
                it.reference($0[0])
            }.run()
        }
    }

    @Test func twoHundredRandomShapesAndCompositions() throws {
        var stream = RandomStream(seed: 10, for: .testing)
        for round in 0..<200 {
            let (rows, columns) = (stream.nextInteger(below: 9), 1 + stream.nextInteger(below: 21))
            let outputs = 1 + stream.nextInteger(below: 19)
            let unary = GradientTests.Unary.all[stream.nextInteger(below: GradientTests.Unary.all.count)]
            let binary = GradientTests.Binary.all[stream.nextInteger(below: GradientTests.Binary.all.count)]
            let inputs = [(rows, columns), (columns, outputs), (1, outputs)].map {
                ReferenceMatrix.random($0.0, $0.1, &stream).map { Double(Float($0 * 0.3)) }
            }
            let isPositive = unary.domain(-1) != -1
            try GradientCheck(
                name:
                    "\(round): \(unary.testDescription) \(binary.testDescription) \(rows) × \(columns) × \(outputs)",
                inputs: inputs
            ) {
                let h = linear($0[0], $0[1], $0[2], .mish)
                return binary.operation(unary.operation(isPositive ? h.exp() : h), $0[2])
            } reference: {
                let h = $0[0].times($0[1]).with($0[2], +).map(Reference.mish)
                return (isPositive ? h.map { exp($0) } : h).map(unary.reference).with($0[2], binary.reference)
            }.run(seed: UInt64(round))
        }
    }

    @Test func nothingOfNoElementsIsNaNOnlyAsAMean() {
        let tape = Tape()
        let empty = tape.constant(0, 0, 3)
        #expect(empty.sum().scalar == 0)
        #expect(empty.mean().scalar.isNaN)
        #expect(empty.columnSums().values.allSatisfy { $0 == 0 })
    }
}
