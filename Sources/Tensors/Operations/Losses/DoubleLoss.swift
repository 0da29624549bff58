import CKernels

extension Variable {
    /// A loss that these numbers give in double precision: recorded on a tape of its own, from which its gradient comes.
    ///
    /// Losses of a few numbers, such as scores or log-probabilities of responses, keep their digits so.
    ///
    /// - Parameter loss: gives `[1, 1]` from the same numbers, widened; it must not let a variable out.
    /// - Returns: `[1, 1]`.
    public func inDouble(_ loss: (VariableOf<Double>) -> VariableOf<Double>) -> Variable {
        let y = tape.record(Shape(1, 1), self, nil, nil, Tape.doubleLossBackward)
        let slopes = tape.allocate(shape.count)
        tape.nodes[y.index].saved = slopes
        let (wide, numbers) = (tape.wide, pointer)
        wide.reset()
        let (values, gradient) = (wide.allocate(shape.count), wide.unwanted(shape.count))
        for index in 0..<shape.count { values[index] = Double(numbers[index]) }
        var flag = false
        withUnsafeMutablePointer(to: &flag) { flag in
            let result = loss(wide.leaf(values, shape, gradient: gradient, flag: flag))
            y.pointer.pointee = Float(result.scalar)
            if y.needsGradient { wide.walkBack(from: result) }
        }
        for index in 0..<shape.count { slopes[index] = Float(gradient[index]) }
        return y
    }
}

extension Tape {
    // dx += slopes·dy
    fileprivate static func doubleLossBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first), let slopes = node.saved else { return }
        ck_scaled(
            slopes, dx.pointer, tape.nodes[Int(node.first)].shape.count, tape.incoming(index).pointee,
            dx.accumulate ? 1 : 0)
    }
}
