import CKernels

/// Lists of the best so far, from boxes of references; each block of points works on its own.
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
    /// Boxes looked into, `[points]`.
    let looks: UnsafeMutablePointer<Int>

    func run(_ range: Range<Int>) {
        let groups = (references.crates + 7) / 8
        withUnsafeTemporaryAllocation(
            of: Double.self, capacity: 8 * groups + 8 + ReferenceRows.boxSize
        ) { numbers in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: ReferenceRows.boxSize) { places in
                references.groups.withUnsafeBufferPointer { rows in
                    guard let numbers = numbers.baseAddress, let places = places.baseAddress,
                        let rows = rows.baseAddress
                    else { return }
                    let scratch = Scratch(
                        crates: numbers, boxes: numbers + 8 * groups, near: numbers + 8 * groups + 8,
                        places: places, groups: rows)
                    var order: [(square: Double, crate: Int)] = []
                    for point in range { look(point, scratch, &order) }
                }
            }
        }
    }

    private struct Scratch {
        /// Squares of distances.
        let crates, boxes, near: UnsafeMutablePointer<Double>
        let places: UnsafeMutablePointer<Int32>
        let groups: UnsafePointer<Double>
    }

    private func look(_ point: Int, _ scratch: Scratch, _ order: inout [(square: Double, crate: Int)]) {
        let (d, last) = (references.columns, (point + 1) * neighbours - 1)
        let corners = references.crateCorners
        ck_box_squares(
            points + point * d, d, corners.low, corners.high, (references.crates + 7) / 8, scratch.crates)
        var first = 0
        for crate in 0..<references.crates where scratch.crates[crate] < scratch.crates[first] {
            first = crate
        }
        look(point, inCrate: first, scratch)
        order.removeAll(keepingCapacity: true)
        for crate in 0..<references.crates where scratch.crates[crate] <= squares[last] && crate != first {
            order.append((scratch.crates[crate], crate))
        }
        order.sort { ($0.square, $0.crate) < ($1.square, $1.crate) }
        for (square, crate) in order {
            if square > squares[last] { break }
            look(point, inCrate: crate, scratch)
        }
    }

    /// Looks into the boxes of a crate, the nearest first.
    private func look(_ point: Int, inCrate crate: Int, _ scratch: Scratch) {
        let (d, last) = (references.columns, (point + 1) * neighbours - 1)
        let count = min(8, references.boxes - 8 * crate)
        references.boxCorners.low.withUnsafeBufferPointer { low in
            references.boxCorners.high.withUnsafeBufferPointer { high in
                guard let low = low.baseAddress, let high = high.baseAddress else { return }
                ck_box_squares(
                    points + point * d, d, low + crate * 8 * d, high + crate * 8 * d, 1, scratch.boxes)
            }
        }
        var isOpen: UInt8 = .max
        for _ in 0..<count {
            var nearest = -1
            for box in 0..<count
            where isOpen & 1 << box != 0 && (nearest < 0 || scratch.boxes[box] < scratch.boxes[nearest]) {
                nearest = box
            }
            let square = scratch.boxes[nearest]
            if square > squares[last] { return }
            isOpen &= ~(1 << nearest)
            // Equal distances go to the lower row.
            let least = Int(references.leastNumbers[8 * crate + nearest])
            if square == squares[last] && least > rows[last] { continue }
            looks[point] += 1
            look(point, inBox: 8 * crate + nearest, scratch)
        }
    }

    private func look(_ point: Int, inBox box: Int, _ scratch: Scratch) {
        let (d, last) = (references.columns, (point + 1) * neighbours - 1)
        let found = ck_near_squares(
            points + point * d, d, scratch.groups + box * ReferenceRows.boxSize * d,
            ReferenceRows.boxSize / 8, squares[last], scratch.places, scratch.near)
        for at in 0..<found {
            let row = Int(references.numbers[box * ReferenceRows.boxSize + Int(scratch.places[at])])
            if row < 0 || own?[point] == row { continue }
            NearestRows.insert(
                scratch.near[at], row, neighbours, squares + point * neighbours, rows + point * neighbours)
        }
    }
}
