import Foundation

/// How much of each pixel a shape covers, exactly for polygons: the area of their common part.
///
/// An edge adds its signed area to the cells of its rows; the running sum along a row is then the covered share of each
/// pixel, as long as the polygon does not overlap itself. Where it does, shares are cut to 1.
struct CoverageMask {
    /// Columns and rows that it spans, in pixels from the top left.
    let columns, rows: Range<Int>
    /// `[rows.count, columns.count]`, row-major, each in [0, 1].
    private(set) var shares: [Double]

    /// Nothing at all.
    ///
    /// - Parameters:
    ///   - bounds: what the shapes to come lie in, in pixels.
    ///   - width: columns of the picture, at which the mask is cut.
    ///   - height: rows of the picture, likewise.
    init(over bounds: (x: ClosedRange<Double>, y: ClosedRange<Double>), width: Int, height: Int) {
        columns = Self.cut(bounds.x, to: width)
        rows = Self.cut(bounds.y, to: height)
        shares = Array(repeating: 0, count: columns.count * rows.count)
    }

    /// The pixels that a range touches, and that are there.
    private static func cut(_ range: ClosedRange<Double>, to count: Int) -> Range<Int> {
        let first = Int(min(max(range.lowerBound.rounded(.down), 0), Double(count)))
        let end = Int(min(max(range.upperBound.rounded(.up), 0), Double(count)))
        return first..<max(first, end)
    }

    /// Adds what closed paths enclose; a path inside another that runs the other way round is a hole.
    ///
    /// Where a pixel was covered before, the larger share stays.
    mutating func unite(_ paths: [[Scene.Point]]) {
        let bounds = Self.bounds(of: paths)
        let (inner, lines) = (
            Self.cut(bounds.x, to: columns.upperBound).clamped(to: columns),
            Self.cut(bounds.y, to: rows.upperBound).clamped(to: rows)
        )
        guard !inner.isEmpty && !lines.isEmpty else { return }
        var areas = SignedAreas(columns: inner, rows: lines)
        for path in paths {
            for (index, point) in path.enumerated() {
                areas.add(from: point, to: path[index + 1 == path.count ? 0 : index + 1])
            }
        }
        areas.forEachShare { column, row, share in
            let index = (row - rows.lowerBound) * columns.count + column - columns.lowerBound
            shares[index] = max(shares[index], share)
        }
    }

    /// The smallest rectangle around paths of at least one point.
    static func bounds(of paths: [[Scene.Point]]) -> (x: ClosedRange<Double>, y: ClosedRange<Double>) {
        let points = paths.joined()
        guard let first = points.first else { return (0...0, 0...0) }
        var (left, right, top, bottom) = (first.x, first.x, first.y, first.y)
        for point in points {
            (left, right) = (min(left, point.x), max(right, point.x))
            (top, bottom) = (min(top, point.y), max(bottom, point.y))
        }
        return (left...right, top...bottom)
    }
}

/// What edges add to the pixels of a rectangle: differences along each row, whose running sum is the covered share.
private struct SignedAreas {
    let columns, rows: Range<Int>
    /// `[rows.count, columns.count + 1]`, row-major.
    private var cells: [Double]

    init(columns: Range<Int>, rows: Range<Int>) {
        (self.columns, self.rows) = (columns, rows)
        cells = Array(repeating: 0, count: rows.count * (columns.count + 1))
    }

    /// Adds an edge, row by row.
    mutating func add(from start: Scene.Point, to end: Scene.Point) {
        guard start.y != end.y else { return }
        let direction: Double = start.y < end.y ? 1 : -1
        let (upper, lower) = start.y < end.y ? (start, end) : (end, start)
        let slope = (lower.x - upper.x) / (lower.y - upper.y)
        let first = max(rows.lowerBound, Int(upper.y.rounded(.down)))
        let last = min(rows.upperBound, Int(lower.y.rounded(.up)))
        guard first < last else { return }
        for row in first..<last {
            let (top, bottom) = (max(upper.y, Double(row)), min(lower.y, Double(row + 1)))
            let ends = (upper.x + (top - upper.y) * slope, upper.x + (bottom - upper.y) * slope)
            let origin = Double(columns.lowerBound)
            add(
                min(ends.0, ends.1) - origin, max(ends.0, ends.1) - origin, direction * (bottom - top),
                at: (row - rows.lowerBound) * (columns.count + 1))
        }
    }

    /// Adds the part of an edge inside one row, from `left` to `right`, which is `height` high.
    private mutating func add(_ left: Double, _ right: Double, _ height: Double, at row: Int) {
        let width = Double(columns.count)
        var (left, right, height) = (left, right, height)
        // Left of the rectangle all of the row is covered; right of it nothing is.
        if right <= 0 { return cells[row] += height }
        if left >= width { return }
        if left < 0 {
            let outside = height * (-left / (right - left))
            cells[row] += outside
            (height, left) = (height - outside, 0)
        }
        if right > width {
            height *= (width - left) / (right - left)
            right = width
        }
        let (first, end) = (Int(left), Int(right.rounded(.up)))
        if end <= first + 1 {
            let middle = (left + right) / 2 - Double(first)
            cells[row + first] += height * (1 - middle)
            cells[row + first + 1] += height * middle
            return
        }
        // A pixel is covered by the part of the edge left of it in full, and by the part inside it as far as the area to
        // the right of that reaches; cells hold the differences from pixel to pixel.
        let slope = height / (right - left)
        var (passed, before) = (0.0, 0.0)
        for column in first..<end {
            let (from, to) = (max(left, Double(column)), min(right, Double(column + 1)))
            let share = passed + slope * (to - from) * (Double(column + 1) - (from + to) / 2)
            cells[row + column] += share - before
            (passed, before) = (passed + slope * (to - from), share)
        }
        cells[row + end] += height - before
    }

    /// Calls for every pixel that is covered at all.
    func forEachShare(_ body: (_ column: Int, _ row: Int, _ share: Double) -> Void) {
        for row in rows {
            var sum = 0.0
            let start = (row - rows.lowerBound) * (columns.count + 1)
            for column in 0..<columns.count {
                sum += cells[start + column]
                let share = min(abs(sum), 1)
                // Below this it is rounding of the sum.
                if share > 1e-9 { body(column + columns.lowerBound, row, share) }
            }
        }
    }
}
