import CKernels

extension Variable {
    /// max(x, 0); the derivative at 0 is 0.
    public func relu() -> Variable { applying(CK_RELU) }
    /// x·tanh(ln(1 + eˣ)).
    ///
    /// - SeeAlso: Misra 2019, arXiv:1908.08681.
    public func mish() -> Variable { applying(CK_MISH) }
    /// x / (1 + e⁻ˣ).
    public func silu() -> Variable { applying(CK_SILU) }
    /// Hyperbolic tangent.
    public func tanh() -> Variable { applying(CK_TANH) }
    /// ln(1 + eˣ), never negative.
    public func softplus() -> Variable { applying(CK_SOFTPLUS) }
    /// 1 / (1 + e⁻ˣ).
    public func sigmoid() -> Variable { applying(CK_SIGMOID) }
    /// eˣ: 0 below −87.3, infinite above 88.7.
    public func exp() -> Variable { applying(CK_EXP) }
    /// Natural logarithm: −∞ at 0 and for subnormals, NaN below.
    public func log() -> Variable { applying(CK_LOG) }
    /// x².
    public func squared() -> Variable { applying(CK_SQUARE) }
    /// √x, NaN below 0.
    public func squareRoot() -> Variable { applying(CK_SQRT) }
    /// |x|; the derivative at 0 is 0.
    public func magnitude() -> Variable { applying(CK_ABS) }
    /// 1/x.
    public func reciprocal() -> Variable { applying(CK_RECIPROCAL) }
    /// sin 2πx, for arguments measured in turns.
    public func sineOfTurns() -> Variable { applying(CK_SIN) }
    /// cos 2πx, for arguments measured in turns.
    public func cosineOfTurns() -> Variable { applying(CK_COS) }

    private func applying(_ function: ck_function) -> Variable {
        let y = tape.record(shape, self, nil, nil, Tape.unaryBackward)
        tape.nodes[y.index].code = Int32(function.rawValue)
        let context = (function, x: pointer, y: y.pointer, columns: shape.columns)
        Shards.overRows(shape.rows, elements: shape.count, on: context) { context, part in
            let (function, x, result, columns) = context
            let start = part.lowerBound * columns
            ck_unary(function, x + start, result + start, part.count * columns)
        }
        return y
    }
}

/// `silu(gate)·up`, element by element, in one pass: the inside of gated feed-forward layers.
///
/// - Parameters:
///   - gate: `[B, N]`.
///   - up: `[B, N]`.
/// - Returns: `[B, N]`.
/// - SeeAlso: Shazeer 2020, arXiv:2002.05202.
public func siluGate(_ gate: Variable, _ up: Variable) -> Variable {
    precondition(gate.shape == up.shape, "siluGate: \(gate.shape) does not meet \(up.shape)")
    let y = gate.tape.record(gate.shape, gate, up, nil, Tape.gateBackward)
    let context = (gate: gate.pointer, up: up.pointer, y: y.pointer, columns: gate.shape.columns)
    Shards.overRows(gate.shape.rows, elements: gate.shape.count, on: context) { context, part in
        let (gate, up, y, columns) = context
        let start = part.lowerBound * columns
        ck_silu_gate(gate + start, up + start, y + start, part.count * columns)
    }
    return y
}

extension Tape {
    // d_gate += silu'(gate)·up·dy, d_up += silu(gate)·dy
    fileprivate static func gateBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (gate, up) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        func sink(_ input: Int32) -> UnsafeMutablePointer<Float> {
            tape.addedGradient(of: input) ?? tape.unwanted(node.shape.count)
        }
        let context = (gate, up, dy: tape.incoming(index), sink(node.first), sink(node.second))
        Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
            let (gate, up, dy, dGate, dUp) = context
            let start = part.lowerBound * gate.shape.columns
            ck_silu_gate_gradient(
                gate.value + start, up.value + start, dy + start, dGate + start, dUp + start,
                part.count * gate.shape.columns)
        }
    }

    // dx += f'(x)·dy
    fileprivate static func unaryBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        let context = (node, x: tape.nodes[Int(node.first)].value, dy: tape.incoming(index), dx)
        Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
            let (node, x, dy, dx) = context
            let start = part.lowerBound * node.shape.columns
            ck_unary_gradient(
                ck_function(rawValue: .init(node.code)), x + start, node.value + start, dy + start,
                dx.pointer + start,
                part.count * node.shape.columns, dx.accumulate ? 1 : 0)
        }
    }
}

extension Variable {
    /// `scale·x + shift`.
    public func scaled(by scale: Float, plus shift: Float = 0) -> Variable {
        let y = tape.record(shape, self, nil, nil, Tape.affineBackward)
        tape.nodes[y.index].low = scale
        ck_affine(pointer, y.pointer, shape.count, scale, shift)
        return y
    }

    /// The elements kept within `low ... high`; nothing flows back where a bound holds.
    ///
    /// NaN stays NaN.
    public func clipped(_ low: Float, _ high: Float) -> Variable {
        precondition(low <= high, "clipped(\(low), \(high)): the bounds are the wrong way round")
        let y = tape.record(shape, self, nil, nil, Tape.clipBackward)
        tape.nodes[y.index].low = low
        tape.nodes[y.index].high = high
        ck_clip(pointer, y.pointer, shape.count, low, high)
        return y
    }

    /// 1 where an element is greater than `threshold`, else 0; a constant.
    public func isAbove(_ threshold: Float) -> Variable { comparing(threshold, inclusive: false) }

    /// 1 where an element is `threshold` or greater, else 0; a constant.
    public func isAtLeast(_ threshold: Float) -> Variable { comparing(threshold, inclusive: true) }

    private func comparing(_ threshold: Float, inclusive: Bool) -> Variable {
        let y = tape.record(shape, nil, nil)
        ck_above(pointer, y.pointer, shape.count, threshold, inclusive ? 1 : 0)
        return y
    }
}

extension Tape {
    fileprivate static func affineBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        ck_scaled(tape.incoming(index), dx.pointer, node.shape.count, node.low, dx.accumulate ? 1 : 0)
    }

    fileprivate static func clipBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        ck_clip_gradient(
            tape.nodes[Int(node.first)].value, tape.incoming(index), dx.pointer, node.shape.count, node.low,
            node.high,
            dx.accumulate ? 1 : 0)
    }
}
