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
private struct Operands {
    let operation: ck_operation
    let a, b: UnsafeMutablePointer<Float>
    let ra, rb: Reading
    let columns: Int
}

private func combine(_ operation: ck_operation, _ a: Variable, _ b: Variable) -> Variable {
    // Not the larger of the two: no rows beside one row are no rows.
    let result = Shape(
        a.shape.rows == 1 ? b.shape.rows : a.shape.rows,
        a.shape.columns == 1 ? b.shape.columns : a.shape.columns)
    a.shape.mustRepeat(to: result, beside: a.shape, b.shape)
    b.shape.mustRepeat(to: result, beside: a.shape, b.shape)
    let y = a.tape.record(result, a, b, nil, Tape.binaryBackward)
    a.tape.nodes[y.index].code = Int32(operation.rawValue)
    let operands = Operands(
        operation: operation, a: a.pointer, b: b.pointer, ra: Reading(a.shape, as: result),
        rb: Reading(b.shape, as: result),
        columns: result.columns)
    Shards.overRows(result.rows, elements: result.count, on: (operands, y.pointer)) { context, part in
        let (it, y) = context
        ck_binary(
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

extension Tape {
    fileprivate static func binaryBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (a, b) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let operation = ck_operation(rawValue: .init(node.code))
        let dy = tape.incoming(index)
        for side in 0..<2 {
            let operand = side == 0 ? a : b
            let whole = operand.shape == node.shape
            if whole && (operation == CK_ADD || operation == CK_SUBTRACT) {
                guard let d = tape.gradient(of: side == 0 ? node.first : node.second) else { continue }
                let sign: Float = operation == CK_SUBTRACT && side == 1 ? -1 : 1
                let context = (dy, d, sign, columns: node.shape.columns)
                Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
                    let (dy, d, sign, columns) = context
                    let start = part.lowerBound * columns
                    ck_scaled(
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
                ck_binary_gradient(
                    it.operation, Int32(side), it.a + part.lowerBound * it.ra.row, it.ra.row, it.ra.column,
                    it.b + part.lowerBound * it.rb.row, it.rb.row, it.rb.column,
                    dy + part.lowerBound * it.columns,
                    d + part.lowerBound * own.row, part.count, it.columns)
            }
        }
    }
}

extension Variable {
    /// Element by element; a row, column or single number on either side is repeated.
    public static func + (a: Variable, b: Variable) -> Variable { combine(CK_ADD, a, b) }
    /// Element by element; a row, column or single number on either side is repeated.
    public static func - (a: Variable, b: Variable) -> Variable { combine(CK_SUBTRACT, a, b) }
    /// Element by element; a row, column or single number on either side is repeated.
    public static func * (a: Variable, b: Variable) -> Variable { combine(CK_MULTIPLY, a, b) }
    /// Element by element; a row, column or single number on either side is repeated.
    public static func / (a: Variable, b: Variable) -> Variable { combine(CK_DIVIDE, a, b) }
    /// Adds a number to every element.
    public static func + (a: Variable, b: Float) -> Variable { a.scaled(by: 1, plus: b) }
    /// Adds a number to every element.
    public static func + (a: Float, b: Variable) -> Variable { b.scaled(by: 1, plus: a) }
    /// Subtracts a number from every element.
    public static func - (a: Variable, b: Float) -> Variable { a.scaled(by: 1, plus: -b) }
    /// Subtracts every element from a number.
    public static func - (a: Float, b: Variable) -> Variable { b.scaled(by: -1, plus: a) }
    /// Multiplies every element by a number.
    public static func * (a: Variable, b: Float) -> Variable { a.scaled(by: b) }
    /// Multiplies every element by a number.
    public static func * (a: Float, b: Variable) -> Variable { b.scaled(by: a) }
    /// Divides every element by a number.
    public static func / (a: Variable, b: Float) -> Variable { a.scaled(by: 1 / b) }
    /// Changes every sign.
    public static prefix func - (a: Variable) -> Variable { a.scaled(by: -1) }
}

/// The smaller of two values, element by element; at equality the gradient goes to the first.
public func minimum(_ a: Variable, _ b: Variable) -> Variable { combine(CK_MIN, a, b) }

/// The larger of two values, element by element; at equality the gradient goes to the first.
public func maximum(_ a: Variable, _ b: Variable) -> Variable { combine(CK_MAX, a, b) }
