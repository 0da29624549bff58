import CKernels

extension Variable {
    /// ln Σ eˣ of each row, `[B, 1]`, shifted by the largest element so that nothing overflows.
    public func logSumExp() -> Variable {
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, Tape.logSumExpBackward)
        ck_log_sum_exp(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }

    /// eˣ / Σ eˣ of each row, `[B, N]`.
    public func softmax() -> Variable {
        let y = tape.record(shape, self, nil, nil, Tape.softmaxBackward)
        ck_softmax(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }
}

extension Tape {
    // dx += softmax(x)·dy
    fileprivate static func logSumExpBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let x = tape.nodes[Int(node.first)]
        guard let dx = tape.addedGradient(of: node.first) else { return }
        let weights = tape.allocate(x.shape.count)
        ck_softmax(x.value, weights, x.shape.rows, x.shape.columns)
        let dy = tape.incoming(index)
        for row in 0..<x.shape.rows {
            let start = row * x.shape.columns
            ck_scaled(weights + start, dx + start, x.shape.columns, dy[row], 1)
        }
    }

    fileprivate static func softmaxBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        ck_softmax_gradient(
            node.value, tape.incoming(index), dx.pointer, node.shape.rows, node.shape.columns,
            dx.accumulate ? 1 : 0)
    }
}
