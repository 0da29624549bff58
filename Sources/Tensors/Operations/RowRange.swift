extension VariableOf {
    /// Some neighbouring rows, `[range.count, N]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func rows(_ range: Range<Int>) -> Self {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape.rows, "rows \(range) are outside \(shape)")
        let y = tape.record(
            Shape(range.count, shape.columns), self, nil, nil, TapeOf.rowRangeBackward,
            TapeOf.rowRangeTangent)
        tape.nodes[y.index].code = Int32(range.lowerBound)
        y.pointer.update(from: pointer + range.lowerBound * shape.columns, count: y.shape.count)
        return y
    }
}

extension VariableOf {
    /// Rows of this variable followed by those of another, `[B₁ + B₂, N]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func above(_ other: Self) -> Self {
        precondition(other.shape.columns == shape.columns, "above: \(shape) on \(other.shape)")
        let y = tape.record(
            Shape(shape.rows + other.shape.rows, shape.columns), self, other, nil, TapeOf.aboveBackward,
            TapeOf.aboveTangent)
        y.pointer.update(from: pointer, count: shape.count)
        (y.pointer + shape.count).update(from: other.pointer, count: other.shape.count)
        return y
    }
}

extension TapeOf {
    fileprivate static func aboveBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let upper = tape.nodes[Int(node.first)].shape.count
        let dy = tape.incoming(index)
        if let da = tape.gradient(of: node.first) {
            Scalar.kernels.scaled(dy, da.pointer, upper, 1, da.accumulate ? 1 : 0)
        }
        if let db = tape.gradient(of: node.second) {
            Scalar.kernels.scaled(
                dy + upper, db.pointer, node.shape.count - upper, 1, db.accumulate ? 1 : 0)
        }
    }

    fileprivate static func aboveTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        let upper = tape.nodes[Int(node.first)].shape.count
        result.update(repeating: 0, count: node.shape.count)
        if let da = tape.slope(of: node.first) { result.update(from: da, count: upper) }
        if let db = tape.slope(of: node.second) {
            (result + upper).update(from: db, count: node.shape.count - upper)
        }
    }
}

extension TapeOf {
    fileprivate static func rowRangeBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.addedGradient(of: node.first) else { return }
        Scalar.kernels.scaled(
            tape.incoming(index), dx + Int(node.code) * node.shape.columns, node.shape.count, 1, 1)
    }

    fileprivate static func rowRangeTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        result.update(from: dx + Int(node.code) * node.shape.columns, count: node.shape.count)
    }
}
