extension VariableOf {
    /// The same elements, row after row, in another shape: a column of B · n values becomes B rows of n.
    ///
    /// - Parameters:
    ///   - rows: of the result.
    ///   - columns: of the result; there are `rows · columns` elements.
    /// - Returns: `[rows, columns]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func reshaped(_ rows: Int, _ columns: Int) -> Self {
        precondition(rows * columns == shape.count, "reshaped: \(shape) does not fill \(rows) × \(columns)")
        let y = tape.record(
            Shape(rows, columns), self, nil, nil, TapeOf.reshapeBackward, TapeOf.reshapeTangent)
        y.pointer.update(from: pointer, count: shape.count)
        return y
    }
}

extension TapeOf {
    fileprivate static func reshapeBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        Scalar.kernels.scaled(
            tape.incoming(index), dx.pointer, node.shape.count, 1, dx.accumulate ? 1 : 0)
    }

    fileprivate static func reshapeTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        result.update(from: dx, count: node.shape.count)
    }
}
