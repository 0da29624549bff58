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
