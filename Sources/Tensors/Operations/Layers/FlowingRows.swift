import CKernels

/// The rows of a gradient in which something flows back; the others are 0 throughout and add nothing to any product.
///
/// Where a loss reads the smallest member of an ensemble, most rows of each member's gradient are 0.
struct FlowingRows {
    /// Rows from which looking for them is worth it.
    fileprivate static let fewest = 128

    /// Rising.
    let numbers: UnsafeMutablePointer<Int32>
    let count: Int
    /// As many as the gradient has rows.
    fileprivate let capacity: Int

    /// Moves the rows together at the front, and tells of each where it went.
    func close(
        _ matrix: UnsafeMutablePointer<Float>, _ columns: Int, _ moved: (_ place: Int, _ row: Int) -> Void
    ) {
        for place in 0..<count {
            let row = Int(numbers[place])
            if row > place { (matrix + place * columns).update(from: matrix + row * columns, count: columns) }
            moved(place, row)
        }
    }

    /// Moves rows back to where they belong, with zeros between them.
    func open(_ matrix: UnsafeMutablePointer<Float>, _ columns: Int, rows: Int) {
        // From the last on: a row never lies behind where it belongs.
        var place = count - 1
        for row in stride(from: rows - 1, through: 0, by: -1) {
            let own = matrix + row * columns
            if place >= 0 && Int(numbers[place]) == row {
                if place < row { own.update(from: matrix + place * columns, count: columns) }
                place -= 1
            } else {
                own.update(repeating: 0, count: columns)
            }
        }
    }
}

extension Tape {
    /// The rows of a gradient in which something flows back; nil where they are more than three quarters.
    ///
    /// They follow from the numbers alone, whatever the number of threads. As many as make a product long are always
    /// among them. `give(back:)` ends their use.
    func flowingRows(of gradient: UnsafeMutablePointer<Float>, _ shape: Shape) -> FlowingRows? {
        guard shape.rows >= FlowingRows.fewest && shape.columns >= SecondFactor.narrowest else { return nil }
        let memory = reuse(shape.rows)
        let numbers = UnsafeMutableRawPointer(memory).bindMemory(to: Int32.self, capacity: shape.rows)
        let count = ck_flowing_rows(gradient, shape.rows, shape.columns, SecondFactor.few + 1, numbers)
        let flowing = FlowingRows(numbers: numbers, count: count, capacity: shape.rows)
        if 4 * count <= 3 * shape.rows { return flowing }
        give(back: flowing)
        return nil
    }

    /// Gives back the memory of rows.
    func give(back flowing: FlowingRows) {
        let memory = UnsafeMutableRawPointer(flowing.numbers).bindMemory(
            to: Float.self, capacity: flowing.capacity)
        release(memory, count: flowing.capacity)
    }
}
