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

extension Tape {
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

    /// The elements kept within `low ... high`.
    ///
    /// Nothing flows back where a bound holds. NaN stays NaN.
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
