import CKernels

extension VariableOf {
    /// x − ln Σ eˣ of each row, `[B, N]`: log-probabilities of logits.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func logSoftmax() -> Self {
        let y = tape.record(shape, self, nil, nil, TapeOf.logSoftmaxBackward, TapeOf.logSoftmaxTangent)
        Scalar.kernels.logSoftmax(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }
}

extension TapeOf {
    // dx += dy − eʸ·Σ dy
    fileprivate static func logSoftmaxBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        Scalar.kernels.logSoftmaxGradient(
            node.value, tape.incoming(index), dx.pointer, node.shape.rows, node.shape.columns,
            dx.accumulate ? 1 : 0)
    }

    // dy = dx − Σ eʸ·dx
    fileprivate static func logSoftmaxTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        Scalar.kernels.unary(CK_EXP, node.value, result, node.shape.count)
        for row in 0..<node.shape.rows {
            let start = row * node.shape.columns
            var mean: Scalar = 0
            for i in start..<start + node.shape.columns { mean += result[i] * dx[i] }
            for i in start..<start + node.shape.columns { result[i] = dx[i] - mean }
        }
    }
}
