import CKernels

extension Variable {
    /// The largest element of each row, such as over the members of an ensemble, `[B, 1]`; the gradient goes to the first
    /// of equals.
    public func largest() -> Variable { extreme(sign: 1) }

    /// The smallest element of each row, `[B, 1]`; the gradient goes to the first of equals.
    public func smallest() -> Variable { extreme(sign: -1) }

    private func extreme(sign: Int32) -> Variable {
        precondition(shape.columns > 0, "an extreme of no columns")
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, Tape.pickBackward)
        let columns = tape.allocateIndices(shape.rows)
        tape.nodes[y.index].indices = columns
        ck_row_extreme(pointer, y.pointer, columns, shape.rows, shape.columns, sign)
        return y
    }
}

extension VariableOf {
    /// The element of each row in the given column: with log-softmax, the log-probability of a target.
    ///
    /// - Parameter columns: one for each row, copied.
    /// - Returns: `[B, 1]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func picking(_ columns: UnsafeBufferPointer<Int32>) -> Self {
        precondition(columns.count == shape.rows, "\(columns.count) columns do not fit \(shape)")
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, TapeOf.pickBackward, TapeOf.pickTangent)
        let copy = tape.allocateIndices(shape.rows)
        tape.nodes[y.index].indices = copy
        for row in 0..<shape.rows {
            precondition(
                columns[row] >= 0 && columns[row] < shape.columns,
                "column \(columns[row]) is outside \(shape)")
            copy[row] = columns[row]
            y.pointer[row] = pointer[row * shape.columns + Int(columns[row])]
        }
        return y
    }
}

extension TapeOf {
    static func pickBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let columns = tape.nodes[Int(node.first)].shape.columns
        guard let dx = tape.addedGradient(of: node.first), let picked = node.indices else { return }
        let dy = tape.incoming(index)
        for row in 0..<node.shape.rows { dx[row * columns + Int(picked[row])] += dy[row] }
    }

    fileprivate static func pickTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        let columns = tape.nodes[Int(node.first)].shape.columns
        guard let dx = tape.slope(of: node.first), let picked = node.indices else { return }
        for row in 0..<node.shape.rows { result[row] = dx[row * columns + Int(picked[row])] }
    }
}
