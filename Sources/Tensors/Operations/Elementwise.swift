import CKernels

extension VariableOf {
    /// max(x, 0); the derivative at 0 is 0.
    public func relu() -> Self { applying(CK_RELU) }
    /// x·tanh(ln(1 + eˣ)).
    ///
    /// - SeeAlso: Misra 2019, arXiv:1908.08681.
    public func mish() -> Self { applying(CK_MISH) }
    /// x / (1 + e⁻ˣ).
    public func silu() -> Self { applying(CK_SILU) }
    /// x·Φ(x), with Φ the distribution function of N(0, 1): the exact form, by the error function.
    ///
    /// - SeeAlso: Hendrycks and Gimpel 2016, arXiv:1606.08415.
    public func gelu() -> Self { applying(CK_GELU) }
    /// Hyperbolic tangent.
    public func tanh() -> Self { applying(CK_TANH) }
    /// ln(1 + eˣ), never negative.
    public func softplus() -> Self { applying(CK_SOFTPLUS) }
    /// 1 / (1 + e⁻ˣ).
    public func sigmoid() -> Self { applying(CK_SIGMOID) }
    /// eˣ: 0 below −87.3, infinite above 88.7.
    public func exp() -> Self { applying(CK_EXP) }
    /// Natural logarithm: −∞ at 0 and for subnormals, NaN below.
    public func log() -> Self { applying(CK_LOG) }
    /// x².
    public func squared() -> Self { applying(CK_SQUARE) }
    /// √x, NaN below 0.
    public func squareRoot() -> Self { applying(CK_SQRT) }
    /// |x|; the derivative at 0 is 0.
    public func magnitude() -> Self { applying(CK_ABS) }
    /// 1/x.
    public func reciprocal() -> Self { applying(CK_RECIPROCAL) }
    /// sin 2πx, for arguments measured in turns.
    public func sineOfTurns() -> Self { applying(CK_SIN) }
    /// cos 2πx, for arguments measured in turns.
    public func cosineOfTurns() -> Self { applying(CK_COS) }

    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    private func applying(_ function: ck_function) -> Self {
        let y = tape.record(shape, self, nil, nil, TapeOf.unaryBackward, TapeOf.unaryTangent)
        tape.nodes[y.index].code = Int32(function.rawValue)
        let context = (function, x: pointer, y: y.pointer, columns: shape.columns)
        Shards.overRows(shape.rows, elements: shape.count, on: context) { context, part in
            let (function, x, result, columns) = context
            let start = part.lowerBound * columns
            Scalar.kernels.unary(function, x + start, result + start, part.count * columns)
        }
        return y
    }
}

extension TapeOf {
    // dx += f'(x)·dy
    fileprivate static func unaryBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        let context = (node, x: tape.nodes[Int(node.first)].value, dy: tape.incoming(index), dx)
        Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
            let (node, x, dy, dx) = context
            let start = part.lowerBound * node.shape.columns
            Scalar.kernels.unaryGradient(
                ck_function(rawValue: .init(node.code)), x + start, node.value + start, dy + start,
                dx.pointer + start,
                part.count * node.shape.columns, dx.accumulate ? 1 : 0)
        }
    }

    // dy = f'(x)·dx
    fileprivate static func unaryTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        let context = (node, x: tape.nodes[Int(node.first)].value, dx, result)
        Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
            let (node, x, dx, result) = context
            let start = part.lowerBound * node.shape.columns
            Scalar.kernels.unaryGradient(
                ck_function(rawValue: .init(node.code)), x + start, node.value + start, dx + start,
                result + start, part.count * node.shape.columns, 0)
        }
    }
}

extension VariableOf {
    /// `scale·x + shift`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func scaled(by scale: Scalar, plus shift: Scalar = 0) -> Self {
        let y = tape.record(shape, self, nil, nil, TapeOf.affineBackward, TapeOf.affineTangent)
        tape.nodes[y.index].low = scale
        Scalar.kernels.affine(pointer, y.pointer, shape.count, scale, shift)
        return y
    }

    /// The elements kept within `low ... high`; nothing flows back where a bound holds.
    ///
    /// NaN stays NaN.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func clipped(_ low: Scalar, _ high: Scalar) -> Self {
        precondition(low <= high, "clipped(\(low), \(high)): the bounds are the wrong way round")
        let y = tape.record(shape, self, nil, nil, TapeOf.clipBackward, TapeOf.clipTangent)
        tape.nodes[y.index].low = low
        tape.nodes[y.index].high = high
        Scalar.kernels.clip(pointer, y.pointer, shape.count, low, high)
        return y
    }

    /// 1 where an element is greater than `threshold`, else 0; a constant.
    public func isAbove(_ threshold: Scalar) -> Self { comparing(threshold, inclusive: false) }

    /// 1 where an element is `threshold` or greater, else 0; a constant.
    public func isAtLeast(_ threshold: Scalar) -> Self { comparing(threshold, inclusive: true) }

    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    private func comparing(_ threshold: Scalar, inclusive: Bool) -> Self {
        let y = tape.record(shape, nil, nil)
        Scalar.kernels.above(pointer, y.pointer, shape.count, threshold, inclusive ? 1 : 0)
        return y
    }
}

extension TapeOf {
    fileprivate static func affineBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        Scalar.kernels.scaled(
            tape.incoming(index), dx.pointer, node.shape.count, node.low, dx.accumulate ? 1 : 0)
    }

    fileprivate static func clipBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        Scalar.kernels.clipGradient(
            tape.nodes[Int(node.first)].value, tape.incoming(index), dx.pointer, node.shape.count, node.low,
            node.high,
            dx.accumulate ? 1 : 0)
    }

    fileprivate static func affineTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        Scalar.kernels.scaled(dx, result, node.shape.count, node.low, 0)
    }

    fileprivate static func clipTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        Scalar.kernels.clipGradient(
            tape.nodes[Int(node.first)].value, dx, result, node.shape.count, node.low, node.high, 0)
    }
}
