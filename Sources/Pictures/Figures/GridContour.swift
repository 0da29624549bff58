/// A square grid of values over an area, row after row from below, as pictures of regions need it.
struct GridContour {
    let size: Int
    let values: [Float]

    /// All cells that `isInside` accepts, each a square around its grid point, merged along rows.
    func cells(where isInside: (Int) -> Bool, in area: PlotArea) -> Outline {
        let (cellWidth, cellHeight) = (area.width / Double(size - 1), area.height / Double(size - 1))
        var outline = Outline()
        for row in 0..<size {
            var column = 0
            while column < size {
                guard isInside(row * size + column) else {
                    column += 1
                    continue
                }
                let start = column
                while column < size && isInside(row * size + column) { column += 1 }
                let x = area.x + (Double(start) - 0.5) * cellWidth
                let y = area.y + area.height - (Double(row) + 0.5) * cellHeight
                let width = Double(column - start) * cellWidth
                outline.rectangle(x: x, y: y, width: width, height: cellHeight)
            }
        }
        return outline
    }

    /// The curve where the values cross 0: marching squares, one segment a crossed square.
    func zeroLine(in area: PlotArea) -> Outline {
        let (cellWidth, cellHeight) = (area.width / Double(size - 1), area.height / Double(size - 1))
        var outline = Outline()
        for row in 0..<size - 1 {
            for column in 0..<size - 1 {
                let crossings = crossings(row, column).map { point in
                    (x: area.x + point.x * cellWidth, y: area.y + area.height - point.y * cellHeight)
                }
                for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                    outline.move(crossings[pair].x, crossings[pair].y)
                    outline.line(crossings[pair + 1].x, crossings[pair + 1].y)
                }
            }
        }
        return outline
    }

    /// Where the zero line crosses the edges of a square, in grid units: none, two or four points.
    private func crossings(_ row: Int, _ column: Int) -> [(x: Double, y: Double)] {
        let corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        return (0..<4).compactMap { edge in
            let (a, b) = (corners[edge], corners[(edge + 1) % 4])
            let (from, to) = (Double(values[a.0 * size + a.1]), Double(values[b.0 * size + b.1]))
            guard from.isFinite && to.isFinite && (from > 0) != (to > 0) else { return nil }
            let part = from / (from - to)
            return (
                Double(a.1) + part * Double(b.1 - a.1), Double(a.0) + part * Double(b.0 - a.0)
            )
        }
    }
}
