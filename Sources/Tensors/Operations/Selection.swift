import CKernels

extension Variable {
    /// Columns of this variable followed by those of others, `[B, N₁ + N₂ + …]`.
    public func joined(_ other: Variable) -> Variable {
        precondition(other.shape.rows == shape.rows, "joined: \(shape) beside \(other.shape)")
        let y = tape.record(
            Shape(shape.rows, shape.columns + other.shape.columns), self, other, nil, Tape.joinedBackward)
        ck_copy_columns(pointer, shape.columns, y.pointer, y.shape.columns, shape.rows, shape.columns, 0)
        ck_copy_columns(
            other.pointer, other.shape.columns, y.pointer + shape.columns, y.shape.columns, shape.rows,
            other.shape.columns, 0)
        return y
    }

    /// Some neighbouring columns, `[B, range.count]`.
    public func columns(_ range: Range<Int>) -> Variable {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape.columns,
            "columns \(range) are outside \(shape)")
        let y = tape.record(Shape(shape.rows, range.count), self, nil, nil, Tape.columnsBackward)
        tape.nodes[y.index].code = Int32(range.lowerBound)
        ck_copy_columns(
            pointer + range.lowerBound, shape.columns, y.pointer, range.count, shape.rows, range.count, 0)
        return y
    }

    /// The rows with the given numbers, in that order and as often as they occur.
    ///
    /// - Parameter rows: copied.
    /// - Returns: `[rows.count, N]`.
    public func rows(at rows: UnsafeBufferPointer<Int32>) -> Variable {
        let y = tape.record(Shape(rows.count, shape.columns), self, nil, nil, Tape.rowsBackward)
        let copy = tape.allocateIndices(max(rows.count, 1))
        tape.nodes[y.index].indices = copy
        for index in 0..<rows.count {
            precondition(
                rows[index] >= 0 && rows[index] < shape.rows, "row \(rows[index]) is outside \(shape)")
            copy[index] = rows[index]
        }
        if let stored {
            let columns = shape.columns
            for index in 0..<rows.count {
                stored.widen(
                    from: Int(copy[index]) * columns, columns, into: y.pointer + index * columns)
            }
        } else {
            ck_gather_rows(pointer, copy, y.pointer, rows.count, shape.columns)
        }
        return y
    }
}

extension Tape {
    fileprivate static func joinedBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let dy = tape.incoming(index)
        let split = tape.nodes[Int(node.first)].shape.columns
        if let da = tape.gradient(of: node.first) {
            ck_copy_columns(
                dy, node.shape.columns, da.pointer, split, node.shape.rows, split, da.accumulate ? 1 : 0)
        }
        if let db = tape.gradient(of: node.second) {
            let rest = node.shape.columns - split
            ck_copy_columns(
                dy + split, node.shape.columns, db.pointer, rest, node.shape.rows, rest, db.accumulate ? 1 : 0
            )
        }
    }

    fileprivate static func columnsBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.addedGradient(of: node.first) else { return }
        let wide = tape.nodes[Int(node.first)].shape.columns
        ck_copy_columns(
            tape.incoming(index), node.shape.columns, dx + Int(node.code), wide, node.shape.rows,
            node.shape.columns, 1)
    }

    fileprivate static func rowsBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.addedGradient(of: node.first), let rows = node.indices else { return }
        ck_scatter_rows(tape.incoming(index), rows, dx, node.shape.rows, node.shape.columns)
    }
}
