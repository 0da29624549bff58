/// At most 256 colours that stand for all colours of a picture.
///
/// Where there are few enough, each is exact. Else the frequent ones are, and the others share cells of eight levels a
/// channel, joined into boxes by median cut (Heckbert 1982).
struct Palette {
    /// Red, green and blue as one number each.
    private(set) var colours: [UInt32] = []
    private var exact: [UInt32: UInt8] = [:]
    /// The entry of each cell of eight levels a channel.
    private var cells: [UInt8] = []

    /// Chooses colours.
    ///
    /// - Parameters:
    ///   - counts: how often each colour occurs.
    ///   - room: entries at most, 2 to 256.
    init(_ counts: [UInt32: Int], room: Int) {
        precondition(2...256 ~= room, "a palette of \(room) colours")
        let total = counts.values.reduce(0, +)
        let kept = counts.filter { counts.count <= room || $0.value * 512 >= total }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (colour, _) in kept.prefix(counts.count <= room ? room : room / 2) {
            exact[colour] = UInt8(colours.count)
            colours.append(colour)
        }
        guard exact.count < counts.count else { return }
        cells = Array(repeating: 0, count: 1 << 15)
        for box in Self.boxes(counts.filter { exact[$0.key] == nil }, room - colours.count) {
            for cell in box { cells[cell.index] = UInt8(colours.count) }
            colours.append(Self.mean(of: box))
        }
    }

    /// The entry that stands for a colour.
    func entry(for colour: UInt32) -> UInt8 { exact[colour] ?? cells[Self.cell(of: colour)] }

    /// The colours of one cell, added up.
    private struct Cell {
        let index: Int
        var count = 0
        var sums = (red: 0, green: 0, blue: 0)

        /// Red, green and blue in 32 levels.
        var levels: [Int] { [index >> 10, index >> 5 & 31, index & 31] }

        mutating func add(_ colour: UInt32, _ count: Int) {
            self.count += count
            sums.red += Int(colour >> 16) * count
            sums.green += Int(colour >> 8 & 0xff) * count
            sums.blue += Int(colour & 0xff) * count
        }
    }

    private static func cell(of colour: UInt32) -> Int {
        Int(colour >> 19 & 31) << 10 | Int(colour >> 11 & 31) << 5 | Int(colour >> 3 & 31)
    }

    /// Divides the box with the most pixels times its longest side, until there are enough or all have one cell.
    private static func boxes(_ counts: [UInt32: Int], _ room: Int) -> [[Cell]] {
        var byIndex: [Int: Cell] = [:]
        for (colour, count) in counts {
            byIndex[cell(of: colour), default: Cell(index: cell(of: colour))].add(colour, count)
        }
        // In an order of their own: that of a dictionary changes from run to run.
        var boxes = [ColourBox(byIndex.values.sorted { $0.index < $1.index })]
        while boxes.count < room {
            guard let widest = boxes.indices.max(by: { boxes[$0].spread < boxes[$1].spread }),
                boxes[widest].spread > 0
            else { break }
            let (low, high) = boxes[widest].halves
            boxes[widest] = low
            boxes.append(high)
        }
        return boxes.map(\.cells)
    }

    private static func mean(of box: [Cell]) -> UInt32 {
        let count = box.reduce(0) { $0 + $1.count }
        func mean(_ sum: KeyPath<Cell, Int>) -> UInt32 {
            UInt32((box.reduce(0) { $0 + $1[keyPath: sum] } + count / 2) / count)
        }
        return mean(\.sums.red) << 16 | mean(\.sums.green) << 8 | mean(\.sums.blue)
    }

    /// Cells that get one colour.
    private struct ColourBox {
        let cells: [Cell]
        /// The channel in which they differ most.
        let channel: Int
        /// Number of pixels times the difference in that channel; 0 for one cell.
        let spread: Int

        init(_ cells: [Cell]) {
            self.cells = cells
            let extents = (0..<3).map { channel in
                let levels = cells.map { $0.levels[channel] }
                return (levels.max() ?? 0) - (levels.min() ?? 0)
            }
            channel = (0..<3).reduce(0) { extents[$1] > extents[$0] ? $1 : $0 }
            spread = extents[channel] * cells.reduce(0) { $0 + $1.count }
        }

        /// Two boxes with about half of the pixels each, neither of them empty.
        var halves: (ColourBox, ColourBox) {
            let channel = channel
            let sorted = cells.sorted { ($0.levels[channel], $0.index) < ($1.levels[channel], $1.index) }
            let half = sorted.reduce(0) { $0 + $1.count } / 2
            var (end, seen) = (0, 0)
            while end < sorted.count - 1 && (end == 0 || seen + sorted[end].count <= half) {
                seen += sorted[end].count
                end += 1
            }
            return (ColourBox(Array(sorted[..<end])), ColourBox(Array(sorted[end...])))
        }
    }
}
