import CKernels

/// Lists of the best so far; each block of points works on its own.
struct NearestSearch {
    /// Points in a block.
    static let points = 8

    let references: ReferenceRows
    let neighbours: Int
    let own: [Int]?
    let points: UnsafePointer<Double>
    /// Numbers and squares of the best, `[points, neighbours]`; a place without one has the largest of both.
    let rows: UnsafeMutablePointer<Int>
    let squares: UnsafeMutablePointer<Double>

    func run(_ range: Range<Int>) {
        let groups = (references.boxes + 7) / 8
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 8 * groups) { bounds in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: ReferenceRows.boxSize) { near in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: ReferenceRows.boxSize) { places in
                    references.groups.withUnsafeBufferPointer { numbers in
                        guard let bounds = bounds.baseAddress, let near = near.baseAddress,
                            let places = places.baseAddress, let numbers = numbers.baseAddress
                        else { return }
                        let scratch = Scratch(bounds: bounds, near: near, places: places, groups: numbers)
                        var order: [(square: Double, box: Int32)] = []
                        for point in range {
                            ck_box_squares(
                                points + point * references.columns, references.columns, references.low,
                                references.high, groups, bounds)
                            look(point, scratch, &order)
                        }
                    }
                }
            }
        }
    }

    private struct Scratch {
        let bounds, near: UnsafeMutablePointer<Double>
        let places: UnsafeMutablePointer<Int32>
        let groups: UnsafePointer<Double>
    }

    private func look(_ point: Int, _ scratch: Scratch, _ order: inout [(square: Double, box: Int32)]) {
        let last = (point + 1) * neighbours - 1
        var first = 0
        for box in 1..<max(references.boxes, 1) where scratch.bounds[box] < scratch.bounds[first] {
            first = box
        }
        look(point, in: first, scratch)
        order.removeAll(keepingCapacity: true)
        for box in 0..<references.boxes where scratch.bounds[box] <= squares[last] && box != first {
            order.append((scratch.bounds[box], Int32(box)))
        }
        order.sort { ($0.square, $0.box) < ($1.square, $1.box) }
        for (square, box) in order {
            if square > squares[last] { break }
            // Equal distances go to the lower row.
            if square == squares[last] && Int(references.leastNumbers[Int(box)]) > rows[last] { continue }
            look(point, in: Int(box), scratch)
        }
    }

    private func look(_ point: Int, in box: Int, _ scratch: Scratch) {
        let (d, last) = (references.columns, (point + 1) * neighbours - 1)
        let found = ck_near_squares(
            points + point * d, d, scratch.groups + box * ReferenceRows.boxSize * d,
            ReferenceRows.boxSize / 8, squares[last], scratch.places, scratch.near)
        for at in 0..<found {
            let row = Int(references.numbers[box * ReferenceRows.boxSize + Int(scratch.places[at])])
            if row < 0 || own?[point] == row { continue }
            insert(scratch.near[at], row, point)
        }
    }

    private func insert(_ square: Double, _ row: Int, _ point: Int) {
        let (best, names) = (squares + point * neighbours, rows + point * neighbours)
        var place = neighbours - 1
        guard (square, row) < (best[place], names[place]) else { return }
        while place > 0 && (square, row) < (best[place - 1], names[place - 1]) {
            best[place] = best[place - 1]
            names[place] = names[place - 1]
            place -= 1
        }
        best[place] = square
        names[place] = row
    }
}
