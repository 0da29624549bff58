import CKernels

extension Variable {
    /// The sum of all elements, `[1, 1]`.
    public func sum() -> Variable { total(scale: 1) }

    /// The mean of all elements, `[1, 1]`; NaN of none.
    public func mean() -> Variable { total(scale: 1 / Float(shape.count)) }

    private func total(scale: Float) -> Variable {
        let y = tape.record(Shape(1, 1), self, nil, nil, Tape.totalBackward)
        tape.nodes[y.index].low = scale
        y.pointer.pointee = Float(ck_sum(pointer, shape.count)) * scale
        return y
    }

    /// The sum of each row, `[B, 1]`.
    public func rowSums() -> Variable {
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, Tape.rowSumBackward)
        ck_row_sum(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }

    /// The sum of each column, `[1, N]`.
    public func columnSums() -> Variable {
        let y = tape.record(Shape(1, shape.columns), self, nil, nil, Tape.columnSumBackward)
        y.pointer.update(repeating: 0, count: shape.columns)
        ck_column_sum(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }

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

    /// The element of each row in the given column, `[B, 1]`: with log-softmax, the log-probability of a target.
    ///
    /// - Parameter columns: one for each row, copied.
    /// - Returns: one element a row.
    public func picking(_ columns: UnsafeBufferPointer<Int32>) -> Variable {
        precondition(columns.count == shape.rows, "\(columns.count) columns do not fit \(shape)")
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, Tape.pickBackward)
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

extension Tape {
    fileprivate static func totalBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let count = tape.nodes[Int(node.first)].shape.count
        guard let dx = tape.gradient(of: node.first) else { return }
        let dy = tape.incoming(index).pointee * node.low
        if dx.accumulate {
            ck_affine(dx.pointer, dx.pointer, count, 1, dy)
        } else {
            dx.pointer.update(repeating: dy, count: count)
        }
    }

    fileprivate static func rowSumBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let shape = tape.nodes[Int(node.first)].shape
        guard let dx = tape.addedGradient(of: node.first) else { return }
        ck_binary(CK_ADD, dx, shape.columns, 1, tape.incoming(index), 1, 0, dx, shape.rows, shape.columns)
    }

    fileprivate static func columnSumBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let shape = tape.nodes[Int(node.first)].shape
        guard let dx = tape.addedGradient(of: node.first) else { return }
        ck_binary(CK_ADD, dx, shape.columns, 1, tape.incoming(index), 0, 1, dx, shape.rows, shape.columns)
    }

    fileprivate static func pickBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let columns = tape.nodes[Int(node.first)].shape.columns
        guard let dx = tape.addedGradient(of: node.first), let picked = node.indices else { return }
        let dy = tape.incoming(index)
        for row in 0..<node.shape.rows { dx[row * columns + Int(picked[row])] += dy[row] }
    }
}
