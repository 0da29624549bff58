import CKernels

extension VariableOf {
    /// The sum of all elements, `[1, 1]`.
    public func sum() -> Self { total(scale: 1) }

    /// The mean of all elements, `[1, 1]`; NaN of none.
    public func mean() -> Self { total(scale: 1 / Scalar(shape.count)) }

    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    private func total(scale: Scalar) -> Self {
        let y = tape.record(Shape(1, 1), self, nil, nil, TapeOf.totalBackward, TapeOf.totalTangent)
        tape.nodes[y.index].low = scale
        y.pointer.pointee = Scalar(Scalar.kernels.sum(pointer, shape.count)) * scale
        return y
    }

    /// The sum of each row, `[B, 1]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func rowSums() -> Self {
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, TapeOf.rowSumBackward, TapeOf.rowSumTangent)
        Scalar.kernels.rowSum(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }

    /// The sum of each column, `[1, N]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func columnSums() -> Self {
        let y = tape.record(
            Shape(1, shape.columns), self, nil, nil, TapeOf.columnSumBackward, TapeOf.columnSumTangent)
        y.pointer.update(repeating: 0, count: shape.columns)
        Scalar.kernels.columnSum(pointer, y.pointer, shape.rows, shape.columns)
        return y
    }
}

extension TapeOf {
    fileprivate static func totalBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let count = tape.nodes[Int(node.first)].shape.count
        guard let dx = tape.gradient(of: node.first) else { return }
        let dy = tape.incoming(index).pointee * node.low
        if dx.accumulate {
            Scalar.kernels.affine(dx.pointer, dx.pointer, count, 1, dy)
        } else {
            dx.pointer.update(repeating: dy, count: count)
        }
    }

    fileprivate static func rowSumBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let shape = tape.nodes[Int(node.first)].shape
        guard let dx = tape.addedGradient(of: node.first) else { return }
        Scalar.kernels.binary(
            CK_ADD, dx, shape.columns, 1, tape.incoming(index), 1, 0, dx, shape.rows, shape.columns)
    }

    fileprivate static func columnSumBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let shape = tape.nodes[Int(node.first)].shape
        guard let dx = tape.addedGradient(of: node.first) else { return }
        Scalar.kernels.binary(
            CK_ADD, dx, shape.columns, 1, tape.incoming(index), 0, 1, dx, shape.rows, shape.columns)
    }

    fileprivate static func totalTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        let count = tape.nodes[Int(node.first)].shape.count
        result.pointee = Scalar(Scalar.kernels.sum(dx, count)) * node.low
    }

    fileprivate static func rowSumTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        let shape = tape.nodes[Int(node.first)].shape
        Scalar.kernels.rowSum(dx, result, shape.rows, shape.columns)
    }

    fileprivate static func columnSumTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        guard let dx = tape.slope(of: node.first) else { return }
        let shape = tape.nodes[Int(node.first)].shape
        result.update(repeating: 0, count: shape.columns)
        Scalar.kernels.columnSum(dx, result, shape.rows, shape.columns)
    }
}
