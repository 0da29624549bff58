extension OutcomeScatter {
    /// The picture in characters, for a terminal: dots of Braille, two by four in a character.
    ///
    /// - Parameters:
    ///   - columns: of characters between the axes, at least 8.
    ///   - rows: likewise, at least 3.
    /// - Returns: lines without line breaks, the axes with the numbers of their ends among them.
    public func text(columns: Int = 60, rows: Int = 14) -> [String] {
        precondition(columns >= 8 && rows >= 3, "\(columns) × \(rows) characters are no picture")
        let (cost, total) = axes
        var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: columns), count: rows)
        for point in points {
            let across = Self.place(point.cost, in: cost.range, of: 2 * columns)
            let down = 4 * rows - 1 - Self.place(point.total, in: total.range, of: 4 * rows)
            cells[down / 4][across / 2] |= Self.dot(across % 2, down % 4)
        }
        let (top, bottom) = (Self.number(total.range.upperBound), Self.number(total.range.lowerBound))
        let margin = max(top.count, bottom.count)
        func padded(_ text: String) -> String { String(repeating: " ", count: margin - text.count) + text }
        var lines = [padded("") + " Return of an episode"]
        for (row, dots) in cells.enumerated() {
            let label = row == 0 ? top : row == rows - 1 ? bottom : ""
            let body = dots.map { Character(Unicode.Scalar(0x2800 + $0) ?? " ") }
            lines.append(padded(label) + " " + (label.isEmpty ? "│" : "┤") + String(body))
        }
        lines.append(padded("") + " └" + String(repeating: "─", count: columns))
        let (left, right) = (Self.number(cost.range.lowerBound), Self.number(cost.range.upperBound))
        let caption = " Cost of an episode "
        let room = max(0, columns - left.count - right.count - caption.count)
        lines.append(
            padded("") + "  " + left + String(repeating: " ", count: room / 2) + caption
                + String(repeating: " ", count: room - room / 2) + right)
        return lines
    }

    private static func number(_ value: Double) -> String {
        let text = "\((value * 1000).rounded() / 1000)"
        let isPlain = abs(value) < 1e9 && (value == 0 || abs(value) >= 1e-3)
        return isPlain ? (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) : "\(Float(value))"
    }

    private static func place(_ value: Double, in range: ClosedRange<Double>, of count: Int) -> Int {
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        return min(max(Int(share * Double(count)), 0), count - 1)
    }

    /// The bit of a dot within its character: Braille counts the first three rows column by column, then the fourth.
    private static func dot(_ across: Int, _ down: Int) -> UInt32 {
        down == 3 ? 0x40 << UInt32(across) : 1 << UInt32(3 * across + down)
    }
}
