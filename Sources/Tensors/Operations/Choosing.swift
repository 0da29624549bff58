extension VariableOf {
    /// Elements of `a` where this variable is not 0, of `b` elsewhere; nothing flows back into the condition.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func selecting(_ a: Self, else b: Self) -> Self {
        precondition(
            a.shape == shape && b.shape == shape, "selecting: \(shape) between \(a.shape) and \(b.shape)")
        let y = tape.record(shape, a, b, constant, TapeOf.selectBackward, TapeOf.selectTangent)
        Scalar.kernels.select(pointer, a.pointer, b.pointer, y.pointer, shape.count)
        return y
    }

    /// One number where this variable is not 0, another elsewhere; a constant.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func selecting(_ a: Scalar, else b: Scalar) -> Self {
        let y = tape.record(shape, nil, nil)
        let (mask, result) = (pointer, y.pointer)
        for index in 0..<shape.count { result[index] = mask[index] != 0 ? a : b }
        return y
    }
}

extension TapeOf {
    fileprivate static func selectBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let (mask, dy) = (tape.nodes[Int(node.third)].value, tape.incoming(index))
        if let da = tape.addedGradient(of: node.first) {
            for i in 0..<node.shape.count where mask[i] != 0 { da[i] += dy[i] }
        }
        if let db = tape.addedGradient(of: node.second) {
            for i in 0..<node.shape.count where mask[i] == 0 { db[i] += dy[i] }
        }
    }

    fileprivate static func selectTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        let mask = tape.nodes[Int(node.third)].value
        let (da, db) = (tape.slope(of: node.first), tape.slope(of: node.second))
        for i in 0..<node.shape.count { result[i] = (mask[i] != 0 ? da?[i] : db?[i]) ?? 0 }
    }
}
