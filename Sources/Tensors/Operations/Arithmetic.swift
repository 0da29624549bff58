import CKernels

/// How an operand of a two-sided operation is read: a row, a column or a single number is repeated as needed.
private struct Reading {
    let row: Int
    let column: Int

    init(_ shape: Shape, as result: Shape) {
        row = shape.rows == 1 && result.rows != 1 ? 0 : shape.columns
        column = shape.columns == 1 && result.columns != 1 ? 0 : 1
    }
}

/// What both passes of a two-sided operation read.
private struct Operands<Scalar: TapeScalar> {
    let operation: ck_operation
    let a, b: UnsafeMutablePointer<Scalar>
    let ra, rb: Reading
    let columns: Int
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func combine<Scalar: TapeScalar>(
    _ operation: ck_operation, _ a: VariableOf<Scalar>, _ b: VariableOf<Scalar>
) -> VariableOf<Scalar> {
    // Not the larger of the two: no rows beside one row are no rows.
    let result = Shape(
        a.shape.rows == 1 ? b.shape.rows : a.shape.rows,
        a.shape.columns == 1 ? b.shape.columns : a.shape.columns)
    a.shape.mustRepeat(to: result, beside: a.shape, b.shape)
    b.shape.mustRepeat(to: result, beside: a.shape, b.shape)
    let y = a.tape.record(result, a, b, nil, TapeOf.binaryBackward, TapeOf.binaryTangent)
    a.tape.nodes[y.index].code = Int32(operation.rawValue)
    let operands = Operands(
        operation: operation, a: a.pointer, b: b.pointer, ra: Reading(a.shape, as: result),
        rb: Reading(b.shape, as: result),
        columns: result.columns)
    Shards.overRows(result.rows, elements: result.count, on: (operands, y.pointer)) { context, part in
        let (it, y) = context
        Scalar.kernels.binary(
            it.operation, it.a + part.lowerBound * it.ra.row, it.ra.row, it.ra.column,
            it.b + part.lowerBound * it.rb.row,
            it.rb.row, it.rb.column, y + part.lowerBound * it.columns, part.count, it.columns)
    }
    return y
}

extension Shape {
    fileprivate func mustRepeat(to result: Shape, beside a: Shape, _ b: Shape) {
        precondition(
            (rows == result.rows || rows == 1) && (columns == result.columns || columns == 1),
            "\(a) does not meet \(b)")
    }
}

extension TapeOf {
    fileprivate static func binaryBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let (a, b) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let operation = ck_operation(rawValue: .init(node.code))
        let dy = tape.incoming(index)
        for side in 0..<2 {
            let operand = side == 0 ? a : b
            let whole = operand.shape == node.shape
            if whole && (operation == CK_ADD || operation == CK_SUBTRACT) {
                guard let d = tape.gradient(of: side == 0 ? node.first : node.second) else { continue }
                let sign: Scalar = operation == CK_SUBTRACT && side == 1 ? -1 : 1
                let context = (dy, d, sign, columns: node.shape.columns)
                Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
                    let (dy, d, sign, columns) = context
                    let start = part.lowerBound * columns
                    Scalar.kernels.scaled(
                        dy + start, d.pointer + start, part.count * columns, sign, d.accumulate ? 1 : 0)
                }
                continue
            }
            guard let d = tape.addedGradient(of: side == 0 ? node.first : node.second) else { continue }
            let operands = Operands(
                operation: operation, a: a.value, b: b.value, ra: Reading(a.shape, as: node.shape),
                rb: Reading(b.shape, as: node.shape), columns: node.shape.columns)
            // A repeated operand sums over the batch: one shard, so that the order stays fixed.
            let elements = whole ? node.shape.count : 0
            Shards.overRows(node.shape.rows, elements: elements, on: (operands, side, dy, d)) {
                context, part in
                let (it, side, dy, d) = context
                let own = side == 0 ? it.ra : it.rb
                Scalar.kernels.binaryGradient(
                    it.operation, Int32(side), it.a + part.lowerBound * it.ra.row, it.ra.row, it.ra.column,
                    it.b + part.lowerBound * it.rb.row, it.rb.row, it.rb.column,
                    dy + part.lowerBound * it.columns,
                    d + part.lowerBound * own.row, part.count, it.columns)
            }
        }
    }

    // d(a ± b) = da ± db, d(a·b) = da·b + a·db, d(a/b) = (da − y·db)/b; the smaller or larger of two moves as the one taken.
    fileprivate static func binaryTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        let (a, b) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let operation = ck_operation(rawValue: .init(node.code))
        let still = tape.unwanted(max(a.shape.count, b.shape.count))
        let (da, db) = (a.slope ?? still, b.slope ?? still)
        func combine(
            _ operation: ck_operation, _ x: UnsafeMutablePointer<Scalar>, _ from: Shape,
            _ y: UnsafeMutablePointer<Scalar>, _ other: Shape, _ result: UnsafeMutablePointer<Scalar>
        ) {
            let (rx, ry) = (Reading(from, as: node.shape), Reading(other, as: node.shape))
            Scalar.kernels.binary(
                operation, x, rx.row, rx.column, y, ry.row, ry.column, result, node.shape.rows,
                node.shape.columns)
        }
        switch operation {
        case CK_ADD, CK_SUBTRACT: combine(operation, da, a.shape, db, b.shape, result)
        case CK_MULTIPLY:
            let other = tape.allocate(node.shape.count)
            combine(CK_MULTIPLY, da, a.shape, b.value, b.shape, result)
            combine(CK_MULTIPLY, a.value, a.shape, db, b.shape, other)
            combine(CK_ADD, result, node.shape, other, node.shape, result)
        case CK_DIVIDE:
            combine(CK_MULTIPLY, node.value, node.shape, db, b.shape, result)
            combine(CK_SUBTRACT, da, a.shape, result, node.shape, result)
            combine(CK_DIVIDE, result, node.shape, b.value, b.shape, result)
        default:
            let (ra, rb) = (Reading(a.shape, as: node.shape), Reading(b.shape, as: node.shape))
            for row in 0..<node.shape.rows {
                for column in 0..<node.shape.columns {
                    let (i, j) = (row * ra.row + column * ra.column, row * rb.row + column * rb.column)
                    let isFirst =
                        operation == CK_MIN ? a.value[i] <= b.value[j] : a.value[i] >= b.value[j]
                    result[row * node.shape.columns + column] = isFirst ? da[i] : db[j]
                }
            }
        }
    }
}

extension VariableOf {
    /// Element by element; a row, column or single number on either side is repeated.
    public static func + (a: Self, b: Self) -> Self { combine(CK_ADD, a, b) }
    /// Element by element; a row, column or single number on either side is repeated.
    public static func - (a: Self, b: Self) -> Self { combine(CK_SUBTRACT, a, b) }
    /// Element by element; a row, column or single number on either side is repeated.
    public static func * (a: Self, b: Self) -> Self { combine(CK_MULTIPLY, a, b) }
    /// Element by element; a row, column or single number on either side is repeated.
    public static func / (a: Self, b: Self) -> Self { combine(CK_DIVIDE, a, b) }
    /// Adds a number to every element.
    public static func + (a: Self, b: Scalar) -> Self { a.scaled(by: 1, plus: b) }
    /// Adds a number to every element.
    public static func + (a: Scalar, b: Self) -> Self { b.scaled(by: 1, plus: a) }
    /// Subtracts a number from every element.
    public static func - (a: Self, b: Scalar) -> Self { a.scaled(by: 1, plus: -b) }
    /// Subtracts every element from a number.
    public static func - (a: Scalar, b: Self) -> Self { b.scaled(by: -1, plus: a) }
    /// Multiplies every element by a number.
    public static func * (a: Self, b: Scalar) -> Self { a.scaled(by: b) }
    /// Multiplies every element by a number.
    public static func * (a: Scalar, b: Self) -> Self { b.scaled(by: a) }
    /// Divides every element by a number.
    public static func / (a: Self, b: Scalar) -> Self { a.scaled(by: 1 / b) }
    /// Changes every sign.
    public static prefix func - (a: Self) -> Self { a.scaled(by: -1) }
}

/// The smaller of two values, element by element; at equality the gradient goes to the first.
public func minimum<Scalar: TapeScalar>(
    _ a: VariableOf<Scalar>, _ b: VariableOf<Scalar>
) -> VariableOf<Scalar> { combine(CK_MIN, a, b) }

/// The larger of two values, element by element; at equality the gradient goes to the first.
public func maximum<Scalar: TapeScalar>(
    _ a: VariableOf<Scalar>, _ b: VariableOf<Scalar>
) -> VariableOf<Scalar> { combine(CK_MAX, a, b) }
