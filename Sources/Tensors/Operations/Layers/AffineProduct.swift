/// `x·W + b`, or `x·Wᵀ + b` for a weight with one row for each output, in `Double`.
///
/// Rows are split into parts whose number depends on the shape alone, and sums over parts are taken in order, so results
/// do not depend on the number of threads.
///
/// - Parameters:
///   - x: `[B, in]`.
///   - weight: `[in, out]`, or `[out, in]` if transposed.
///   - bias: `[1, out]`, or none.
///   - isTransposed: whether the weight is.
/// - Returns: `[B, out]`.
func affineProduct(
    _ x: VariableOf<Double>, _ weight: VariableOf<Double>, _ bias: VariableOf<Double>?, isTransposed: Bool
) -> VariableOf<Double> {
    let (inputs, outputs) =
        isTransposed
        ? (weight.shape.columns, weight.shape.rows) : (weight.shape.rows, weight.shape.columns)
    precondition(
        inputs == x.shape.columns,
        "linear: x \(x.shape) does not meet weight \(weight.shape)\(isTransposed ? ", transposed" : "")")
    if let bias {
        precondition(
            bias.shape == Shape(1, outputs), "linear: bias \(bias.shape) does not meet \(weight.shape)")
    }
    let (tape, rows) = (x.tape, x.shape.rows)
    let y = tape.record(
        Shape(rows, outputs), x, weight, bias, TapeOf<Double>.productBackward,
        TapeOf<Double>.productTangent)
    tape.nodes[y.index].code = isTransposed ? 1 : 0
    tape.productOperations += 2 * Double(rows * inputs * outputs)
    let product = RowProduct(rows: rows, inputs: inputs, outputs: outputs, isTransposed: isTransposed)
    product.add(x.pointer, weight.pointer, to: y.pointer, startingFrom: bias?.pointer)
    return y
}

/// The three products of a linear layer over `[rows, inputs]`, each in parts of the rows.
private struct RowProduct {
    let rows, inputs, outputs: Int
    let isTransposed: Bool

    /// Parts of the rows; more rows never give fewer.
    var parts: Int { Shards.parts(rows: rows, elements: rows * (inputs + outputs), smallestPart: 128) }

    private func range(_ part: Int) -> Range<Int> { Shards.range(part, of: parts, rows: rows) }

    /// y = start + x·W, where `start` is a row to begin with; without one y += x·W.
    func add(
        _ x: UnsafeMutablePointer<Double>, _ weight: UnsafeMutablePointer<Double>,
        to y: UnsafeMutablePointer<Double>, startingFrom start: UnsafeMutablePointer<Double>?,
        isClearing: Bool = true
    ) {
        Shards.run(parts, on: (self, x, weight, y, start, isClearing)) { context, part in
            let (it, x, weight, y, start, isClearing) = context
            let own = it.range(part)
            let result = y + own.lowerBound * it.outputs
            if let start {
                for row in 0..<own.count {
                    (result + row * it.outputs).update(from: start, count: it.outputs)
                }
            }
            DoubleProducts.multiply(
                own.count, it.outputs, it.inputs, x + own.lowerBound * it.inputs, lda: it.inputs, weight,
                ldb: it.isTransposed ? it.inputs : it.outputs, transposeB: it.isTransposed,
                beta: start == nil && isClearing ? 0 : 1, result, ldc: it.outputs)
        }
    }

    /// dx (+)= dy·Wᵀ.
    func addInputGradient(
        _ dy: UnsafeMutablePointer<Double>, _ weight: UnsafeMutablePointer<Double>,
        to dx: (pointer: UnsafeMutablePointer<Double>, accumulate: Bool)
    ) {
        Shards.run(parts, on: (self, dy, weight, dx)) { context, part in
            let (it, dy, weight, dx) = context
            let own = it.range(part)
            DoubleProducts.multiply(
                own.count, it.inputs, it.outputs, dy + own.lowerBound * it.outputs, lda: it.outputs, weight,
                ldb: it.isTransposed ? it.inputs : it.outputs, transposeB: !it.isTransposed,
                beta: dx.accumulate ? 1 : 0, dx.pointer + own.lowerBound * it.inputs, ldc: it.inputs)
        }
    }

    /// Every part's xᵀ·dy, or dyᵀ·x if transposed, and then the sum of each column of its dy: `[parts, (in + 1)·out]`.
    func sums(
        _ x: UnsafeMutablePointer<Double>, _ dy: UnsafeMutablePointer<Double>,
        into sums: UnsafeMutablePointer<Double>
    ) {
        Shards.run(parts, on: (self, x, dy, sums)) { context, part in
            let (it, x, dy, sums) = context
            let own = it.range(part)
            let weights = sums + part * (it.inputs + 1) * it.outputs
            let (xp, up) = (x + own.lowerBound * it.inputs, dy + own.lowerBound * it.outputs)
            if it.isTransposed {
                DoubleProducts.multiply(
                    it.outputs, it.inputs, own.count, up, lda: it.outputs, transposeA: true, xp,
                    ldb: it.inputs, weights, ldc: it.inputs)
            } else {
                DoubleProducts.multiply(
                    it.inputs, it.outputs, own.count, xp, lda: it.inputs, transposeA: true, up,
                    ldb: it.outputs, weights, ldc: it.outputs)
            }
            let biases = weights + it.inputs * it.outputs
            biases.update(repeating: 0, count: it.outputs)
            DoubleKernels.columnSum(up, biases, own.count, it.outputs)
        }
    }
}

extension TapeOf<Double> {
    // dx += dy·Wᵀ, dW += xᵀ·dy, db += Σ_rows dy.
    fileprivate static func productBackward(_ tape: TapeOf<Double>, _ index: Int) {
        let node = tape.nodes[index]
        let (x, weight) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let product = RowProduct(
            rows: node.shape.rows, inputs: x.shape.columns, outputs: node.shape.columns,
            isTransposed: node.code == 1)
        let dy = tape.incoming(index)
        let operations = 2 * Double(node.shape.count * x.shape.columns)
        if let dx = tape.gradient(of: node.first) {
            tape.productOperations += operations
            product.addInputGradient(dy, weight.value, to: dx)
        }
        let dw = tape.addedGradient(of: node.second)
        let db = tape.addedGradient(of: node.third)
        guard dw != nil || db != nil else { return }
        tape.productOperations += operations
        let (count, parts) = (weight.shape.count + node.shape.columns, product.parts)
        let sums = tape.reuse(parts * count)
        product.sums(x.value, dy, into: sums)
        for part in 0..<parts {
            let own = sums + part * count
            if let dw { DoubleKernels.scaled(own, dw, weight.shape.count, 1, 1) }
            if let db { DoubleKernels.scaled(own + weight.shape.count, db, node.shape.columns, 1, 1) }
        }
        tape.release(sums, count: parts * count)
    }

    // dy = dx·W + x·dW + db
    fileprivate static func productTangent(
        _ tape: TapeOf<Double>, _ index: Int, _ result: UnsafeMutablePointer<Double>
    ) {
        let node = tape.nodes[index]
        let (x, weight) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let product = RowProduct(
            rows: node.shape.rows, inputs: x.shape.columns, outputs: node.shape.columns,
            isTransposed: node.code == 1)
        let db = tape.slope(of: node.third) ?? tape.unwanted(node.shape.columns)
        if let dw = tape.slope(of: node.second) {
            product.add(x.value, dw, to: result, startingFrom: db)
        } else {
            for row in 0..<node.shape.rows {
                (result + row * node.shape.columns).update(from: db, count: node.shape.columns)
            }
        }
        if let dx = tape.slope(of: node.first) {
            product.add(dx, weight.value, to: result, startingFrom: nil, isClearing: false)
        }
    }
}
