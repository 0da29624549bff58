import CKernels

/// `x·Wᵀ + b`: a linear layer whose weight has one row for each output, as language models store it.
///
/// - Parameters:
///   - x: `[B, in]`.
///   - weight: `[out, in]`.
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
    let factor = tape.secondFactor(
        weight.pointer, isTransposed: true, inner: inputs, columns: outputs, rows: rows)
    let context = (factor, x.pointer, bias?.pointer, y.pointer)
    if rows <= SecondFactor.few {
        tape.projectFewRows(x.pointer, weight.pointer, y.pointer, rows, inputs, outputs)
        if let bias = bias?.pointer {
            ck_binary(CK_ADD, y.pointer, outputs, 1, bias, 0, 1, y.pointer, rows, outputs)
        }
    } else {
        Shards.overRows(
            rows, elements: rows * inputs * outputs / 16, smallestPart: factor.smallestPart, on: context
        ) { context, part in
            let (factor, x, bias, y) = context
            Shards.inBlocks(of: factor.block, part) { block in
                let result = y + block.lowerBound * factor.columns
                factor.multiply(
                    x + block.lowerBound * factor.inner, rows: block.count, into: result, accumulate: false)
                guard let bias else { return }
                ck_binary(
                    CK_ADD, result, factor.columns, 1, bias, 0, 1, result, block.count, factor.columns)
            }
        }
    }
    tape.give(back: factor)
    return y
}

extension Tape {
    /// y = x·Wᵀ for few rows: the rows of W are shared out, in blocks that do not depend on the number of threads.
    fileprivate func projectFewRows(
        _ x: UnsafeMutablePointer<Float>, _ weight: UnsafeMutablePointer<Float>,
        _ y: UnsafeMutablePointer<Float>, _ rows: Int, _ inputs: Int, _ outputs: Int
    ) {
        let parts = rows * inputs * outputs / 16 < Shards.smallest ? 1 : min(Shards.most, outputs)
        Shards.run(parts, on: (x, weight, y, rows, inputs, outputs, parts)) { context, part in
            let (x, weight, y, rows, inputs, outputs, parts) = context
            let own = Shards.range(part, of: parts, rows: outputs)
            BLAS.product(
                rows, own.count, inputs, x, lda: inputs, transposeA: false,
                weight + own.lowerBound * inputs, ldb: inputs, transposeB: true, y + own.lowerBound,
                ldc: outputs, accumulate: false)
        }
    }

    // dx += dy·W, dW += dyᵀ·x, db += Σ_rows dy.
    fileprivate static func projectionBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (x, weight) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let (rows, inputs, outputs) = (node.shape.rows, x.shape.columns, node.shape.columns)
        let dy = tape.incoming(index)
        let operations = 2 * Double(rows * inputs * outputs)
        if let dx = tape.gradient(of: node.first) {
            let factor = tape.secondFactor(
                weight.value, isTransposed: false, inner: outputs, columns: inputs, rows: rows)
            Shards.overRows(
                rows, elements: rows * inputs * outputs / 16, smallestPart: factor.smallestPart,
                on: (factor, dy, dx)
            ) { context, part in
                let (factor, dy, dx) = context
                Shards.inBlocks(of: factor.block, part) { block in
                    factor.multiply(
                        dy + block.lowerBound * factor.inner, rows: block.count,
                        into: dx.pointer + block.lowerBound * factor.columns, accumulate: dx.accumulate)
                }
            }
            tape.productOperations += operations
            tape.give(back: factor)
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
