/// Rows and columns of a row-major matrix; a vector of B values is `[B, 1]`.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
    /// Number of rows, at least 0.
    public var rows: Int
    /// Number of columns, at least 0.
    public var columns: Int

    /// Makes a shape.
    public init(_ rows: Int, _ columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a shape of \(rows) × \(columns) does not exist")
        (self.rows, self.columns) = (rows, columns)
    }

    /// Number of elements.
    public var count: Int { rows * columns }
    /// `[rows, columns]`.
    public var description: String { "[\(rows), \(columns)]" }
}

/// A row-major matrix of `Float` with one owner, aligned to 64 bytes.
public struct Tensor: ~Copyable, @unchecked Sendable {
    // @unchecked: the block has one owner and moves with it; nothing else refers to it.

    /// Rows and columns.
    public let shape: Shape
    private let raw: UnsafeMutableRawPointer

    /// Makes a tensor of zeros.
    public init(_ rows: Int, _ columns: Int) {
        shape = Shape(rows, columns)
        let bytes = max(shape.count, 1) * MemoryLayout<Float>.stride
        raw = .allocate(byteCount: bytes, alignment: 64)
        raw.initializeMemory(as: Float.self, repeating: 0, count: max(shape.count, 1))
    }

    /// Makes a tensor of the given elements, row after row.
    ///
    /// - Parameters:
    ///   - rows: number of rows.
    ///   - columns: number of columns.
    ///   - elements: exactly `rows · columns` values.
    public init(_ rows: Int, _ columns: Int, _ elements: some Collection<Float>) {
        self.init(rows, columns)
        precondition(
            elements.count == rows * columns, "\(elements.count) elements do not fill \(rows) × \(columns)")
        _ = buffer.update(fromContentsOf: elements)
    }

    deinit { raw.deallocate() }

    /// The elements; valid as long as the tensor lives.
    public var buffer: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: raw.assumingMemoryBound(to: Float.self), count: shape.count)
    }

    /// One element.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(
                row >= 0 && row < shape.rows && column >= 0 && column < shape.columns,
                "[\(row), \(column)] is outside \(shape)")
            return buffer[row * shape.columns + column]
        }
        nonmutating set {
            precondition(
                row >= 0 && row < shape.rows && column >= 0 && column < shape.columns,
                "[\(row), \(column)] is outside \(shape)")
            buffer[row * shape.columns + column] = newValue
        }
    }
}
