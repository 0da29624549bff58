import CKernels

extension Tape {
    /// Records a copy of a tensor's rows, without a gradient.
    ///
    /// - Parameters:
    ///   - tensor: copied, so it may change afterwards.
    ///   - rows: which rows; all where nil.
    /// - Returns: `[rows.count, N]`.
    public func constant(_ tensor: borrowing Tensor, rows: Range<Int>? = nil) -> Variable {
        let rows = rows ?? 0..<tensor.shape.rows
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= tensor.shape.rows,
            "rows \(rows) are outside \(tensor.shape)")
        let columns = tensor.shape.columns
        return constant(
            UnsafeBufferPointer(
                rebasing: tensor.buffer[rows.lowerBound * columns..<rows.upperBound * columns]), rows.count,
            columns)
    }

    /// Records 0, 1, … `count` − 1 as a column, without a gradient.
    public func counting(to count: Int) -> Variable {
        let result = record(Shape(count, 1), nil, nil)
        for index in 0..<count { result.pointer[index] = Float(index) }
        return result
    }

    /// Records copies of chosen rows of a tensor, without a gradient.
    ///
    /// - Parameters:
    ///   - tensor: copied, so it may change afterwards.
    ///   - rows: numbers of rows, counted from `first`.
    ///   - first: added to each number.
    /// - Returns: `[rows.count, N]`.
    public func constant(
        _ tensor: borrowing Tensor, rowsAt rows: UnsafeBufferPointer<Int32>, from first: Int = 0
    ) -> Variable {
        let columns = tensor.shape.columns
        let result = record(Shape(rows.count, columns), nil, nil)
        guard let base = tensor.buffer.baseAddress else { return result }
        for row in rows {
            let row = first + Int(row)
            precondition(row >= 0 && row < tensor.shape.rows, "row \(row) is outside \(tensor.shape)")
        }
        let context = (rows, base + first * columns, result.pointer, columns)
        Shards.overRows(rows.count, elements: rows.count * columns, on: context) {
            let (rows, from, to, columns) = $0
            for index in $1 {
                (to + index * columns).update(from: from + Int(rows[index]) * columns, count: columns)
            }
        }
        return result
    }

    /// Records every row of a variable `times` times in a row, as a constant `[B · times, N]`.
    public func repeatingRows(of x: Variable, _ times: Int) -> Variable {
        let columns = x.shape.columns
        let result = record(Shape(x.shape.rows * times, columns), nil, nil)
        for row in 0..<result.shape.rows {
            (result.pointer + row * columns).update(from: x.pointer + row / times * columns, count: columns)
        }
        return result
    }

    /// Records draws from N(0, 1).
    public func normal(_ rows: Int, _ columns: Int, using stream: inout RandomStream) -> Variable {
        let result = record(Shape(rows, columns), nil, nil)
        stream.fillNormal(UnsafeMutableBufferPointer(start: result.pointer, count: rows * columns))
        return result
    }

    /// Records inverted-dropout factors: 0 with probability `rate`, else `1 / (1 − rate)`.
    public func keepMask(_ rows: Int, _ columns: Int, rate: Float, using stream: inout RandomStream)
        -> Variable
    {
        let result = record(Shape(rows, columns), nil, nil)
        stream.fillKeepMask(
            UnsafeMutableBufferPointer(start: result.pointer, count: rows * columns), rate: rate)
        return result
    }
}

extension TapeOf {
    /// Records a copy of `rows · columns` numbers, without a gradient.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func constant(_ elements: UnsafeBufferPointer<Scalar>, _ rows: Int, _ columns: Int)
        -> VariableOf<Scalar>
    {
        precondition(
            elements.count == rows * columns, "\(elements.count) elements do not fill \(rows) × \(columns)")
        let result = record(Shape(rows, columns), nil, nil)
        if let base = elements.baseAddress { result.pointer.update(from: base, count: elements.count) }
        return result
    }

    /// Records one number repeated, without a gradient.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func constant(_ value: Scalar, _ rows: Int = 1, _ columns: Int = 1) -> VariableOf<Scalar> {
        let result = record(Shape(rows, columns), nil, nil)
        result.pointer.update(repeating: value, count: rows * columns)
        return result
    }

    /// Records numbers as a column `[numbers.count, 1]`, without a gradient.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func column(_ numbers: [Scalar]) -> VariableOf<Scalar> {
        numbers.withUnsafeBufferPointer { constant($0, numbers.count, 1) }
    }

    /// Records a copy of a variable's values, without a gradient.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func copy(_ x: VariableOf<Scalar>) -> VariableOf<Scalar> {
        constant(x.values, x.shape.rows, x.shape.columns)
    }
}

extension VariableOf {
    /// Overwrites a constant with the values of another variable of the same shape.
    package func assign(_ other: Self) {
        precondition(shape == other.shape && !needsGradient, "assign: \(other.shape) to \(shape)")
        pointer.update(from: other.pointer, count: shape.count)
    }

    /// The same values as a constant: nothing flows back through the result.
    public var constant: Self { tape.leaf(pointer, shape) }
}
