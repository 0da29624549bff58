import CKernels

/// What follows the product and the bias of a linear layer.
public enum Activation: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case identity
    /// max(x, 0).
    case relu
    /// Hyperbolic tangent.
    case tanh
    /// x·tanh(ln(1 + eˣ)).
    case mish
    /// x / (1 + e⁻ˣ).
    case silu

    /// Whether the derivative is kept by the forward pass; for the others the result suffices.
    fileprivate var keepsDerivative: Bool { self == .mish || self == .silu }

    // Nodes hold plain numbers, and `allCases` would allocate.
    fileprivate var code: Int32 {
        switch self {
        case .identity: 0
        case .relu: 1
        case .tanh: 2
        case .mish: 3
        case .silu: 4
        }
    }

    fileprivate init(code: Int32) {
        switch code {
        case 1: self = .relu
        case 2: self = .tanh
        case 3: self = .mish
        case 4: self = .silu
        default: self = .identity
        }
    }

    fileprivate var kernel: ck_function? {
        switch self {
        case .identity: nil
        case .relu: CK_RELU
        case .tanh: CK_TANH
        case .mish: CK_MISH
        case .silu: CK_SILU
        }
    }
}

/// `activation(x·W + b)`, computed in one pass over shards of rows.
///
/// - Parameters:
///   - x: `[B, in]`.
///   - weight: `[in, out]`.
///   - bias: `[1, out]`, or none.
///   - activation: applied to every element.
/// - Returns: `[B, out]`.
public func linear(
    _ x: Variable, _ weight: Variable, _ bias: Variable? = nil, _ activation: Activation = .identity
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
    ).run(weight.pointer, on: tape)
    return y
}

/// The matrix product `a·b`.
///
/// - Parameters:
///   - a: `[m, k]`.
///   - b: `[k, n]`.
/// - Returns: `[m, n]`.
public func matrixProduct(_ a: Variable, _ b: Variable) -> Variable { linear(a, b) }

private struct LinearForward {
    let x: UnsafeMutablePointer<Float>
    let bias: UnsafeMutablePointer<Float>?
    let z, y: UnsafeMutablePointer<Float>
    let rows, inputs, outputs: Int
    let activation: Activation

    func run(_ weight: UnsafeMutablePointer<Float>, on tape: Tape) {
        let elements = rows * inputs * outputs / 16
        let smallest = rows / Shards.parts(rows: rows, elements: elements) * inputs * outputs
        var (weight, isTransposed) = (weight, false)
        // OpenBLAS's small products call malloc for such widths, but not with the second factor transposed.
        if smallest <= 1_000_000 && !outputs.isMultiple(of: 16) && inputs > 0 {
            if outputs > 1 {
                weight = BLAS.transposed(weight, inputs, outputs, into: tape.allocate(inputs * outputs))
            }
            isTransposed = true
        }
        Shards.overRows(rows, elements: elements, on: (self, weight, isTransposed)) { context, part in
            context.0.multiply(context.1, isTransposed: context.2, part)
        }
    }

    private func multiply(_ weight: UnsafeMutablePointer<Float>, isTransposed: Bool, _ part: Range<Int>) {
        let (zp, yp) = (z + part.lowerBound * outputs, y + part.lowerBound * outputs)
        let xp = x + part.lowerBound * inputs
        if part.count <= 32 && !isTransposed && outputs.isMultiple(of: 32) && BLAS.hasWideVectors {
            ck_small_product(xp, weight, zp, part.count, outputs, inputs)
        } else {
            BLAS.product(
                part.count, outputs, inputs, xp, lda: inputs, transposeA: false, weight,
                ldb: isTransposed ? inputs : outputs, transposeB: isTransposed, zp, ldc: outputs,
                accumulate: false)
        }
        if let kernel = activation.kernel, let bias {
            ck_bias_activate(kernel, zp, bias, yp, part.count, outputs, z == y ? 0 : 1)
        } else if let bias {
            ck_binary(CK_ADD, zp, outputs, 1, bias, 0, 1, yp, part.count, outputs)
        }
    }
}

/// What the shards of the backward pass read and write.
private struct LinearBackward {
    let node, x, weight: Tape.Node
    let dz, sums: UnsafeMutablePointer<Float>
    let dx: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)?
    let needsBias: Bool
    let parts: Int

    func input(_ part: Int) {
        let (inputs, outputs) = (x.shape.columns, node.shape.columns)
        let range = Shards.range(part, of: parts, rows: node.shape.rows)
        let start = range.lowerBound * outputs
        Activation(code: node.code).multiplyDerivative(
            into: dz + start, result: node.value + start, kept: node.saved.map { $0 + start },
            range.count * outputs)
        if needsBias {
            (sums + part * outputs).update(repeating: 0, count: outputs)
            ck_column_sum(dz + start, sums + part * outputs, range.count, outputs)
        }
        if let dx {
            BLAS.product(
                range.count, inputs, outputs, dz + start, lda: outputs, transposeA: false, weight.value,
                ldb: outputs,
                transposeB: true, dx.pointer + range.lowerBound * inputs, ldc: inputs,
                accumulate: dx.accumulate)
        }
    }

    func weights(_ slice: Int, of slices: Int, _ dw: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool))
    {
        let (inputs, outputs) = (x.shape.columns, node.shape.columns)
        let own = Shards.range(slice, of: slices, rows: inputs)
        BLAS.product(
            own.count, outputs, node.shape.rows, x.value + own.lowerBound, lda: inputs, transposeA: true, dz,
            ldb: outputs,
            transposeB: false, dw.pointer + own.lowerBound * outputs, ldc: outputs, accumulate: dw.accumulate)
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
        let (x, weight) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let (rows, inputs, outputs) = (node.shape.rows, x.shape.columns, node.shape.columns)
        let dx = tape.gradient(of: node.first)
        let db = tape.gradient(of: node.third)
        let work = rows * inputs * outputs / 16
        let parts = Shards.parts(rows: rows, elements: work)
        let sums = tape.allocate(parts * outputs)
        let operations = 2 * Double(rows * inputs * outputs)
        if dx != nil { tape.productOperations += operations }
        let step = LinearBackward(
            node: node, x: x, weight: weight, dz: tape.incoming(index), sums: sums, dx: dx,
            needsBias: db != nil, parts: parts)
        Shards.run(parts, on: step) { $0.input($1) }
        if let db {
            if !db.accumulate { db.pointer.update(repeating: 0, count: outputs) }
            ck_column_sum(sums, db.pointer, parts, outputs)
        }
        if let dw = tape.gradient(of: node.second) {
            // Each shard owns some rows of dW and sums over the whole batch, so there is nothing left to add up.
            tape.productOperations += operations
            let slices = Shards.parts(rows: inputs, elements: work)
            Shards.run(slices, on: (step, slices, dw)) { context, slice in
                context.0.weights(slice, of: context.1, context.2)
            }
        }
    }
}

extension Activation {
    fileprivate func multiplyDerivative(
        into dy: UnsafeMutablePointer<Float>, result: UnsafeMutablePointer<Float>,
        kept: UnsafeMutablePointer<Float>?,
        _ count: Int
    ) {
        switch self {
        case .identity: break
        case .relu: ck_mask_positive(result, dy, count)
        case .tanh: ck_tanh_gradient_in_place(result, dy, count)
        case .mish, .silu: if let kept { ck_product(kept, dy, dy, count, 0) }
        }
    }
}
