import Tensors

/// Networks applied to many rows in such a way that what a row gives does not depend on the rows beside it.
///
/// Rows of a product in tiles do not depend on each other, if there are more than 32 and each layer has at least 16 columns;
/// with the matrix library they may, so rows are then computed one by one.
struct RowBlocks {
    /// Rows that are computed at once where they do not depend on each other.
    private static let block = 512
    /// Columns from which a product with many rows is computed in tiles, whose elements do not depend on the rows beside them.
    static let narrowest = 16

    private let isTiled: Bool

    /// - Parameter hidden: widths of the hidden layers of all networks; the last layer has at least `narrowest` columns.
    init(hidden: [Int]) {
        isTiled = ProductMethod.best.hasTiles && hidden.allSatisfy { $0 >= Self.narrowest }
    }

    /// Hands the rows on in blocks.
    ///
    /// - Parameters:
    ///   - inputs: at least one column.
    ///   - tape: reset before every block.
    ///   - body: is given a block on the tape, filled up with zeros, and the rows that are in it.
    func forEach(of inputs: Matrix, on tape: Tape, _ body: (_ x: Variable, _ rows: Range<Int>) -> Void) {
        let numbers = inputs.elements.map(Float.init)
        let (n, k, block) = (inputs.rows, inputs.columns, isTiled ? Self.block : 1)
        for first in stride(from: 0, to: n, by: block) {
            let rows = first..<min(first + block, n)
            tape.reset()
            // Filled up with zeros to more than 32 rows.
            let padding = isTiled ? max(0, 33 - rows.count) : 0
            let part =
                numbers[rows.lowerBound * k..<rows.upperBound * k]
                + [Float](repeating: 0, count: padding * k)
            body(part.withUnsafeBufferPointer { tape.constant($0, rows.count + padding, k) }, rows)
        }
    }
}
