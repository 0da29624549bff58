import CKernels

extension Variable {
    /// Logarithm of the probability that a softmax over each row gives to one column: `xₜ − ln Σ eˣ`.
    ///
    /// - Parameter tokens: one column for each row, copied.
    /// - Returns: `[B, 1]`, never above 0 but for rounding.
    public func logProbabilities(of tokens: [Int32]) -> Variable {
        precondition(tokens.count == shape.rows, "\(tokens.count) tokens do not fit \(shape)")
        let y = tape.record(Shape(shape.rows, 1), self, nil, nil, Tape.tokenBackward)
        let copy = tape.allocateIndices(shape.rows)
        for (row, token) in tokens.enumerated() {
            precondition(token >= 0 && token < shape.columns, "token \(token) is outside \(shape)")
            copy[row] = token
        }
        tape.nodes[y.index].indices = copy
        let sums = tape.allocate(shape.rows)
        tape.nodes[y.index].saved = sums
        let context = (x: pointer, y: y.pointer, sums, copy, columns: shape.columns)
        Shards.overRows(shape.rows, elements: shape.count, smallestPart: 32, on: context) { context, part in
            let (x, y, sums, tokens, columns) = context
            ck_log_sum_exp(x + part.lowerBound * columns, sums + part.lowerBound, part.count, columns)
            for row in part { y[row] = x[row * columns + Int(tokens[row])] - sums[row] }
        }
        return y
    }
}

extension Tape {
    // dx += (1 at the token, else 0) − softmax(x), times dy.
    fileprivate static func tokenBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let x = tape.nodes[Int(node.first)]
        guard let dx = tape.gradient(of: node.first), let tokens = node.indices, let sums = node.saved else {
            return
        }
        let context = (x, dx, tokens, sums, dy: tape.incoming(index))
        Shards.overRows(x.shape.rows, elements: x.shape.count, smallestPart: 32, on: context) {
            context, part in
            let (x, dx, tokens, sums, dy) = context
            let (start, first) = (part.lowerBound * x.shape.columns, part.lowerBound)
            ck_token_gradient(
                x.value + start, sums + first, tokens + first, dy + first, dx.pointer + start, part.count,
                x.shape.columns, dx.accumulate ? 1 : 0)
        }
    }
}
