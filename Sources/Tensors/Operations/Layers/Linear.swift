import CKernels

/// `activation(x·W + b)`, or `activation(x·Wᵀ + b)` for a weight with one row for each output.
///
/// - Parameters:
///   - x: `[B, in]`.
///   - weight: `[in, out]`, or `[out, in]` if transposed.
///   - bias: `[1, out]`, or none.
///   - activation: applied to every element.
///   - isTransposed: whether the weight is.
/// - Returns: `[B, out]`.
public func linear<Scalar: TapeScalar>(
    _ x: VariableOf<Scalar>, _ weight: VariableOf<Scalar>, _ bias: VariableOf<Scalar>? = nil,
    _ activation: Activation = .identity, isTransposed: Bool = false
) -> VariableOf<Scalar> {
    Scalar.linear(x, weight, bias, activation, isTransposed: isTransposed)
}

/// The matrix product `a·b`.
///
/// - Parameters:
///   - a: `[m, k]`.
///   - b: `[k, n]`.
/// - Returns: `[m, n]`.
public func matrixProduct<Scalar: TapeScalar>(
    _ a: VariableOf<Scalar>, _ b: VariableOf<Scalar>
) -> VariableOf<Scalar> { linear(a, b) }

/// `activation(x·W + b)` in single precision, computed in one pass over shards of rows.
func fusedLinear(
    _ x: Variable, _ weight: Variable, _ bias: Variable?, _ activation: Activation
) -> Variable {
    let (rows, inputs, outputs) = (x.shape.rows, x.shape.columns, weight.shape.columns)
    precondition(inputs == weight.shape.rows, "linear: x \(x.shape) does not meet weight \(weight.shape)")
    if let bias {
        precondition(
            bias.shape == Shape(1, outputs), "linear: bias \(bias.shape) does not meet \(weight.shape)")
    }
    let tape = x.tape
    let y = tape.record(Shape(rows, outputs), x, weight, bias, Tape.linearBackward)
    tape.nodes[y.index].code = activation.code
    tape.productOperations += 2 * Double(rows * inputs * outputs)
    let z = activation.keepsDerivative && y.needsGradient ? tape.allocate(rows * outputs) : y.pointer
    tape.nodes[y.index].saved = z
    let zeros = tape.zeros(bias == nil && activation != .identity ? outputs : 0)
    LinearForward(
        x: x.pointer, bias: bias?.pointer ?? zeros, z: z, y: y.pointer, rows: rows, inputs: inputs,
        outputs: outputs,
        activation: activation
    ).run(weight.pointer, kept: weight.kept, on: tape)
    return y
}

/// What the shards of the forward pass read and write.
private struct LinearForward {
    let x: UnsafeMutablePointer<Float>
    let bias: UnsafeMutablePointer<Float>?
    let z, y: UnsafeMutablePointer<Float>
    let rows, inputs, outputs: Int
    let activation: Activation

    func run(
        _ weight: UnsafeMutablePointer<Float>, kept: UnsafeMutablePointer<KeptPanels>?, on tape: Tape
    ) {
        let elements = rows * inputs * outputs / 16
        let factor = tape.secondFactor(
            weight, isTransposed: false, inner: inputs, columns: outputs, rows: rows, kept: kept)
        Shards.overRows(rows, elements: elements, smallestPart: factor.smallestPart, on: (self, factor)) {
            context, part in
            // What a product has written is still near when the activation reads it.
            Shards.inBlocks(of: context.1.block, part) { context.0.multiply(context.1, $0) }
        }
        tape.give(back: factor)
    }

    private func multiply(_ factor: SecondFactor, _ part: Range<Int>) {
        let (zp, yp) = (z + part.lowerBound * outputs, y + part.lowerBound * outputs)
        factor.multiply(x + part.lowerBound * inputs, rows: part.count, into: zp, accumulate: false)
        if let kernel = activation.kernel, let bias {
            ck_bias_activate(kernel, zp, bias, yp, part.count, outputs, z == y ? 0 : 1)
        } else if let bias {
            ck_binary(CK_ADD, zp, outputs, 1, bias, 0, 1, yp, part.count, outputs)
        }
    }
}

/// What the shards of the backward pass read and write.
private struct LinearBackward {
    let node: Tape.Node
    let inputs: Int
    let dz, sums: UnsafeMutablePointer<Float>
    let dx: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)?
    let weight: SecondFactor?
    let needsBias: Bool
    let parts: Int

    func run(_ part: Int) {
        let outputs = node.shape.columns
        if needsBias { (sums + part * outputs).update(repeating: 0, count: outputs) }
        let rows = Shards.range(part, of: parts, rows: node.shape.rows)
        Shards.inBlocks(of: weight?.block ?? .max, rows) { block in
            let start = block.lowerBound * outputs
            Activation(code: node.code).multiplyDerivative(
                into: dz + start, result: node.value + start, kept: node.saved.map { $0 + start },
                block.count * outputs)
            if needsBias { ck_column_sum(dz + start, sums + part * outputs, block.count, outputs) }
            if let dx {
                weight?.multiply(
                    dz + start, rows: block.count, into: dx.pointer + block.lowerBound * inputs,
                    accumulate: dx.accumulate)
            }
        }
    }
}

extension Tape {
    /// A row of zeros, or nil for none.
    fileprivate func zeros(_ count: Int) -> UnsafeMutablePointer<Float>? {
        guard count > 0 else { return nil }
        let row = allocate(count)
        row.update(repeating: 0, count: count)
        return row
    }

    // dz = dy ⊙ f'; dx += dz·Wᵀ, dW += xᵀ·dz, db += Σ_rows dz.
    fileprivate static func linearBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let x = tape.nodes[Int(node.first)]
        let dy = tape.incoming(index)
        if let flowing = tape.flowingRows(of: dy, node.shape) {
            tape.addGradients(of: node, x, dy, in: flowing)
        } else {
            tape.addGradients(
                of: node, x.value, inputs: x.shape.columns, dy, dx: tape.gradient(of: node.first))
        }
    }

    /// Adds the gradients of the rows in which something flows back, moved together.
    private func addGradients(
        of node: Node, _ x: Node, _ dy: UnsafeMutablePointer<Float>, in flowing: FlowingRows
    ) {
        let (rows, inputs, outputs) = (node.shape.rows, x.shape.columns, node.shape.columns)
        flowing.close(dy, outputs) { place, row in
            Activation(code: node.code).multiplyDerivative(
                into: dy + place * outputs, result: node.value + row * outputs,
                kept: node.saved.map { $0 + row * outputs }, outputs)
        }
        var dz = node
        (dz.shape, dz.code) = (Shape(flowing.count, outputs), Activation.identity.code)
        let closed = nodes[Int(node.second)].needsGradient ? reuse(rows * inputs) : nil
        if let closed { ck_gather_rows(x.value, flowing.numbers, closed, flowing.count, inputs) }
        let dx = gradient(of: node.first)
        let place = dx.map { $0.accumulate ? reuse(rows * inputs) : $0.pointer }
        addGradients(of: dz, closed ?? x.value, inputs: inputs, dy, dx: place.map { ($0, false) })
        if let dx, let place {
            if dx.accumulate {
                ck_scatter_rows(place, flowing.numbers, dx.pointer, flowing.count, inputs)
                release(place, count: rows * inputs)
            } else {
                flowing.open(place, inputs, rows: rows)
            }
        }
        if let closed { release(closed, count: rows * inputs) }
        give(back: flowing)
    }

    /// Adds the gradients of a layer's weight and bias, and that of its input to `dx`.
    private func addGradients(
        of node: Node, _ x: UnsafeMutablePointer<Float>, inputs: Int, _ dz: UnsafeMutablePointer<Float>,
        dx: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)?
    ) {
        let weight = nodes[Int(node.second)]
        let (rows, outputs) = (node.shape.rows, node.shape.columns)
        let db = gradient(of: node.third)
        let operations = 2 * Double(rows * inputs * outputs)
        let factor =
            dx == nil
            ? nil
            : secondFactor(weight.value, isTransposed: true, inner: outputs, columns: inputs, rows: rows)
        let parts = Shards.parts(
            rows: rows, elements: rows * inputs * outputs / 16, smallestPart: factor?.smallestPart ?? 512)
        let sums = allocate(parts * outputs)
        let step = LinearBackward(
            node: node, inputs: inputs, dz: dz, sums: sums, dx: dx, weight: factor, needsBias: db != nil,
            parts: parts)
        Shards.run(parts, on: step) { $0.run($1) }
        if let factor {
            productOperations += operations
            give(back: factor)
        }
        if let db {
            if !db.accumulate { db.pointer.update(repeating: 0, count: outputs) }
            ck_column_sum(sums, db.pointer, parts, outputs)
        }
        if let dw = gradient(of: node.second) {
            productOperations += operations
            multiplyTransposed(
                x, dz, rows: rows, inputs: inputs, outputs: outputs, into: dw.pointer,
                accumulate: dw.accumulate)
        }
    }
}
