import CKernels

/// `x·Wᵀ + b`: a linear layer whose weight has one row for each output, as language models store it.
///
/// - Parameters:
///   - x: `[B, in]`.
///   - weight: `[out, in]`, of single precision or stored numbers.
///   - bias: `[1, out]`, or none.
/// - Returns: `[B, out]`.
public func projection(_ x: Variable, _ weight: Variable, _ bias: Variable? = nil) -> Variable {
    let (rows, inputs, outputs) = (x.shape.rows, x.shape.columns, weight.shape.rows)
    precondition(
        inputs == weight.shape.columns, "projection: x \(x.shape) does not meet weight \(weight.shape)")
    if let bias {
        precondition(
            bias.shape == Shape(1, outputs), "projection: bias \(bias.shape) does not meet \(weight.shape)")
    }
    let tape = x.tape
    let y = tape.record(Shape(rows, outputs), x, weight, bias, Tape.projectionBackward)
    tape.productOperations += 2 * Double(rows * inputs * outputs)
    if weight.stored != nil || rows <= SecondFactor.few {
        tape.project(x.pointer, weight.projectionRows, rows: rows, outputs: outputs, into: y.pointer)
        if let bias = bias?.pointer {
            ck_binary(CK_ADD, y.pointer, outputs, 1, bias, 0, 1, y.pointer, rows, outputs)
        }
        return y
    }
    let factor = tape.secondFactor(
        weight.pointer, isTransposed: true, inner: inputs, columns: outputs, rows: rows)
    let context = (factor, x.pointer, bias?.pointer, y.pointer)
    Shards.overRows(
        rows, elements: rows * inputs * outputs / 16, smallestPart: factor.smallestPart, on: context
    ) { context, part in
        let (factor, x, bias, y) = context
        Shards.inBlocks(of: factor.block, part) { block in
            let result = y + block.lowerBound * factor.columns
            factor.multiply(
                x + block.lowerBound * factor.inner, rows: block.count, into: result, accumulate: false)
            guard let bias else { return }
            ck_binary(CK_ADD, result, factor.columns, 1, bias, 0, 1, result, block.count, factor.columns)
        }
    }
    tape.give(back: factor)
    return y
}

extension Tape {
    /// c (+)= a·b for `a` `[rows, inner]` and `b` `[inner, columns]`.
    private func multiply(
        _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, rows: Int, inner: Int,
        columns: Int, into c: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)
    ) {
        let factor = secondFactor(b, isTransposed: false, inner: inner, columns: columns, rows: rows)
        Shards.overRows(
            rows, elements: rows * inner * columns / 16, smallestPart: factor.smallestPart, on: (factor, a, c)
        ) { context, part in
            let (factor, a, c) = context
            Shards.inBlocks(of: factor.block, part) { block in
                factor.multiply(
                    a + block.lowerBound * factor.inner, rows: block.count,
                    into: c.pointer + block.lowerBound * factor.columns, accumulate: c.accumulate)
            }
        }
        give(back: factor)
    }

    // dx += dy·W, dW += dyᵀ·x, db += Σ_rows dy.
    fileprivate static func projectionBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (x, weight) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let (rows, inputs, outputs) = (node.shape.rows, x.shape.columns, node.shape.columns)
        let dy = tape.incoming(index)
        let operations = 2 * Double(rows * inputs * outputs)
        if let dx = tape.gradient(of: node.first) {
            tape.productOperations += operations
            if weight.stored != nil {
                tape.projectBack(dy, weight.projectionRows, rows: rows, outputs: outputs, into: dx)
            } else {
                tape.multiply(dy, weight.value, rows: rows, inner: outputs, columns: inputs, into: dx)
            }
        }
        if let dw = tape.gradient(of: node.second) {
            tape.productOperations += operations
            tape.multiplyTransposed(
                dy, x.value, rows: rows, inputs: outputs, outputs: inputs, into: dw.pointer,
                accumulate: dw.accumulate)
        }
        if let db = tape.addedGradient(of: node.third) { ck_column_sum(dy, db, rows, outputs) }
    }
}
