extension TapeOf {
    // MARK: - Back

    /// Adds d(loss)/d(parameter) to the gradient of every parameter that `loss` depends on.
    ///
    /// - Parameter loss: `[1, 1]`.
    package func walkBack(from loss: VariableOf<Scalar>) {
        precondition(loss.shape == Shape(1, 1), "a loss is one number, not \(loss.shape)")
        walkBack(from: loss) { $0.pointee = 1 }
    }

    /// Adds Jᵀ·u to the gradient of every parameter that a result depends on, where J is its Jacobian.
    ///
    /// - Parameters:
    ///   - result: of any shape.
    ///   - cotangents: u, as many as `result` has elements.
    package func walkBack(from result: VariableOf<Scalar>, cotangents: UnsafeBufferPointer<Scalar>) {
        let count = result.shape.count
        precondition(cotangents.count == count, "\(cotangents.count) cotangents for \(result.shape)")
        guard let base = cotangents.baseAddress else { return }
        walkBack(from: result) { $0.update(from: base, count: count) }
    }

    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    private func walkBack(
        from result: VariableOf<Scalar>, seed: (UnsafeMutablePointer<Scalar>) -> Void
    ) {
        let last = result.checkedIndex(on: self)
        guard let place = gradient(of: last)?.pointer else { return }
        seed(place)
        for index in stride(from: last, through: 0, by: -1) where nodes[index].hasGradient {
            guard let backward = nodes[index].backward else { continue }
            backward(self, index)
            if let gradient = nodes[index].gradient {
                release(gradient, count: nodes[index].shape.count)
                nodes[index].gradient = nil
                nodes[index].hasGradient = false
            }
        }
    }

    /// Where an input's gradient goes, and whether something is there already to add to; nil where none is wanted.
    func gradient(of index: some BinaryInteger) -> (pointer: UnsafeMutablePointer<Scalar>, accumulate: Bool)?
    {
        let index = Int(index)
        guard index >= 0, nodes[index].needsGradient else { return nil }
        if let flag = nodes[index].parameterFlag, let pointer = nodes[index].gradient {
            defer { flag.pointee = true }
            return (pointer, flag.pointee)
        }
        let pointer = nodes[index].gradient ?? reuse(nodes[index].shape.count)
        let accumulate = nodes[index].hasGradient
        nodes[index].gradient = pointer
        nodes[index].hasGradient = true
        return (pointer, accumulate)
    }

    /// Like `gradient(of:)` for kernels that always add: memory is cleared where nothing is there yet.
    func addedGradient(of index: some BinaryInteger) -> UnsafeMutablePointer<Scalar>? {
        guard let (pointer, accumulate) = gradient(of: index) else { return nil }
        if !accumulate { pointer.update(repeating: 0, count: nodes[Int(index)].shape.count) }
        return pointer
    }

    /// Zeros for a kernel that adds to a gradient nobody wants.
    func unwanted(_ count: Int) -> UnsafeMutablePointer<Scalar> {
        let place = allocate(count)
        place.update(repeating: 0, count: count)
        return place
    }

    /// The gradient that has flowed into a node being walked back; the walk ends its life, so it may be changed.
    func incoming(_ index: Int) -> UnsafeMutablePointer<Scalar> {
        guard let gradient = nodes[index].gradient else {
            preconditionFailure("walked back without a gradient")
        }
        return gradient
    }

    // MARK: - Forward

    /// Writes J·v, the derivative of a result along a direction of the parameters, exactly.
    ///
    /// The operations in between must have tangents: those of attention, of norms and of 16-bit matrices have none.
    ///
    /// - Parameters:
    ///   - result: of any shape.
    ///   - direction: v, laid out as the gradients are; parameters whose gradients lie elsewhere stand still.
    ///   - gradients: where the gradients of the parameters begin.
    ///   - tangents: as many as `result` has elements; overwritten.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    package func walkForward(
        to result: VariableOf<Scalar>, along direction: UnsafeBufferPointer<Scalar>,
        laidOutAs gradients: UnsafePointer<Scalar>, into tangents: UnsafeMutableBufferPointer<Scalar>
    ) {
        let (last, place) = (result.checkedIndex(on: self), arena.place)
        precondition(tangents.count == result.shape.count, "\(tangents.count) tangents for \(result.shape)")
        for index in 0...last where nodes[index].needsGradient {
            if nodes[index].parameterFlag == nil {
                nodes[index].slope = followed(index)
            } else if let own = nodes[index].gradient {
                let offset = UnsafePointer(own) - gradients
                nodes[index].slope =
                    offset >= 0 && offset < direction.count
                    ? direction.baseAddress.map { UnsafeMutablePointer(mutating: $0 + offset) } : nil
            }
        }
        if let slope = nodes[last].slope, let target = tangents.baseAddress {
            target.update(from: slope, count: tangents.count)
        } else {
            tangents.update(repeating: 0)
        }
        for index in 0...last { nodes[index].slope = nil }
        arena.goBack(to: place)
    }

    /// The tangent of a result, nil where none of its inputs moves.
    private func followed(_ index: Int) -> UnsafeMutablePointer<Scalar>? {
        guard
            slope(of: nodes[index].first) != nil || slope(of: nodes[index].second) != nil
                || slope(of: nodes[index].third) != nil
        else { return nil }
        guard let tangent = nodes[index].tangent else {
            preconditionFailure("an operation without a tangent lies on the way")
        }
        let slope = allocate(nodes[index].shape.count)
        tangent(self, index, slope)
        return slope
    }

    /// The tangent of an input, nil where it stands still or there is none.
    func slope(of index: Int32) -> UnsafeMutablePointer<Scalar>? { index < 0 ? nil : nodes[Int(index)].slope }
}
