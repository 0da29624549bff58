import Foundation

/// Frames the pictures of one episode: where it stands, and what it has cost.
///
/// The frame is red in a step that has a cost. Below the picture stand the number of the episode, the step and the cost so
/// far; below these its course over the whole length of the episode, named and with the height that its top stands for, with a
/// red mark under each step that has a cost.
package struct EpisodePicture {
    private let caption: EpisodeCaption
    private let layout: EpisodeLayout
    /// The cost up to and with each step, the start included.
    private var costs: [Double] = []

    /// Describes the pictures of an episode.
    ///
    /// - Parameters:
    ///   - caption: what is known about it.
    ///   - layout: where things are.
    package init(_ caption: EpisodeCaption, _ layout: EpisodeLayout) {
        (self.caption, self.layout) = (caption, layout)
    }

    /// The next frame; the first shows the start, each further one a step.
    ///
    /// - Parameters:
    ///   - picture: the environment's own, of the size that the layout is for.
    ///   - cost: of the step; 0 at the start.
    /// - Returns: the whole frame.
    package mutating func next(_ picture: Frame, cost: Double) -> Frame {
        costs.append((costs.last ?? 0) + cost)
        var canvas = Canvas(width: layout.width, height: layout.height, .white)
        let box = layout.box
        canvas.fill(x: box.x, y: box.y, cost > 0 ? .red : .pale)
        canvas.place(layout.view.scaled(picture), x: layout.place.x, y: layout.place.y)
        write(on: &canvas, isCosting: cost > 0)
        drawCourse(on: &canvas)
        nameCourse(on: &canvas)
        return canvas.frame
    }

    /// What the strip below shows, and what its marks are where that fits.
    private func nameCourse(on canvas: inout Canvas) {
        let (y, left) = (layout.labelTop, EpisodeText.course(caption))
        canvas.write(left, x: layout.margin, y: y, scale: 1, .faint)
        let right = EpisodeText.marks
        let start = layout.width - layout.margin - BitmapFont.width(of: right, scale: 1)
        guard start > layout.margin + BitmapFont.width(of: left + "  ", scale: 1) else { return }
        canvas.write(right, x: start, y: y, scale: 1, .faint)
    }

    private func write(on canvas: inout Canvas, isCosting: Bool) {
        let (y, scale) = (layout.textTop, layout.textScale(for: caption))
        let step = costs.count - 1
        let middle = EpisodeText.step(step, of: caption)
        let right = EpisodeText.cost(costs[step])
        canvas.write(EpisodeText.episode(caption), x: layout.margin, y: y, scale: scale, .ink)
        canvas.write(
            middle, x: (layout.width - BitmapFont.width(of: middle, scale: scale)) / 2, y: y, scale: scale,
            step == caption.length && caption.ending == .goal ? .green : .ink)
        canvas.write(
            right, x: layout.width - layout.margin - BitmapFont.width(of: right, scale: scale), y: y,
            scale: scale,
            isCosting ? .red : .ink)
    }

    /// The cost so far, column by column; what is yet to come is grey.
    private func drawCourse(on canvas: inout Canvas) {
        let (chart, step) = (layout.chart, costs.count - 1)
        let marks = chart.y.upperBound + 1..<chart.y.upperBound + 1 + layout.markHeight
        canvas.fill(x: chart.x, y: chart.y.lowerBound..<marks.upperBound, .pale)
        for (index, column) in chart.x.enumerated() {
            let steps = steps(in: index)
            guard steps.lowerBound <= step else { break }
            canvas.fill(x: column..<column + 1, y: chart.y.lowerBound..<marks.upperBound, .white)
            let last = min(steps.upperBound, step)
            let before = steps.lowerBound == 0 ? 0 : costs[steps.lowerBound - 1]
            if costs[last] > before { canvas.fill(x: column..<column + 1, y: marks, .red) }
            let top = chart.y.upperBound - height(of: costs[last])
            canvas.fill(x: column..<column + 1, y: top..<chart.y.upperBound, .rose.opacity(0.5))
            // From the height of the column before, so that the line has no gaps.
            let low = chart.y.upperBound - height(of: before)
            canvas.fill(
                x: column..<column + 1, y: top - 1..<max(low, top) + 1, costs[last] > 0 ? .red : .faint)
            if steps.upperBound >= step || index == chart.x.count - 1 {
                canvas.fill(x: column..<column + 2, y: chart.y.lowerBound..<marks.upperBound, .ink)
                break
            }
        }
    }

    /// The steps that a column stands for, at least one.
    private func steps(in column: Int) -> ClosedRange<Int> {
        let (count, columns) = (caption.length + 1, layout.chart.x.count)
        let first = column * count / columns
        return first...max(first, (column + 1) * count / columns - 1)
    }

    private func height(of cost: Double) -> Int {
        guard caption.cost > 0 else { return 0 }
        let share = min(max(cost / caption.cost, 0), 1)
        return Int((share * Double(layout.chart.y.count - 2)).rounded())
    }
}

/// What is known about an episode that is shown.
package struct EpisodeCaption: Equatable, Sendable {
    /// How it ended, in the word that stands below the last picture.
    package enum Ending: String, Sendable {
        /// At its goal.
        case goal = "GOAL"
        /// By itself.
        case terminated = "ENDED"
        /// At the limit of steps.
        case limit = "LIMIT"
    }

    /// The number that it has in `episodes.jsonl`.
    package let index: Int
    /// Steps taken.
    package let length: Int
    /// Sum of the costs of all steps.
    package let cost: Double
    /// How it ended.
    package let ending: Ending

    /// Describes an episode.
    package init(index: Int, length: Int, cost: Double, ending: Ending) {
        (self.index, self.length, self.cost, self.ending) = (index, length, cost, ending)
    }
}

/// What is written below a picture, in the characters of `BitmapFont`.
enum EpisodeText {
    /// The number that the episode has in `episodes.jsonl`.
    static func episode(_ caption: EpisodeCaption) -> String { "EPISODE \(caption.index)" }

    /// The step, and how the episode ended.
    static func step(_ step: Int, of caption: EpisodeCaption) -> String {
        guard step == caption.length else { return "STEP \(step)/\(caption.length)" }
        return "\(caption.ending.rawValue), STEP \(step)"
    }

    /// The cost so far.
    static func cost(_ cost: Double) -> String { "COST " + number(cost) }

    /// What the strip shows, with the cost that its top stands for.
    static func course(_ caption: EpisodeCaption) -> String {
        caption.cost > 0 ? "COST SO FAR, TOP \(number(caption.cost))" : "COST SO FAR"
    }

    /// What the marks below the strip are.
    static let marks = "RED, STEP WITH COST"

    /// Two decimals at most.
    private static func number(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }
}

/// Where the parts of a frame are, in pixels; its width and height are even.
package struct EpisodeLayout: Equatable {
    /// Pixels of the coloured border.
    private static let border = 8
    /// Pixels at least, so that the text has room.
    private static let leastWidth = 236

    /// How the environment's pictures are scaled.
    package let view: ViewScale
    package let width, height: Int

    /// The layout for pictures of the size of a first one.
    package init(for picture: Frame) {
        view = ViewScale(picture)
        let width = max(view.width + 2 * Self.border, Self.leastWidth)
        self.width = width + width % 2
        let height = view.height + 2 * Self.border + 94
        self.height = height + height % 2
    }

    /// From the text and the chart to the edges.
    var margin: Int { Self.border }
    /// Where the picture's upper left corner is.
    var place: (x: Int, y: Int) { ((width - view.width) / 2, Self.border) }
    /// The picture with its border.
    var box: (x: Range<Int>, y: Range<Int>) {
        (place.x - Self.border..<place.x + view.width + Self.border, 0..<view.height + 2 * Self.border)
    }
    /// Upper edge of the text.
    var textTop: Int { box.y.upperBound + 7 }
    /// Upper edge of the line that names the course.
    var labelTop: Int { textTop + 19 }
    /// Where the course of the cost is drawn, without the marks below it.
    var chart: (x: Range<Int>, y: Range<Int>) { (margin..<width - margin, textTop + 30..<textTop + 68) }
    /// Rows of the marks.
    var markHeight: Int { 6 }

    /// Pixels of the screen for each of the font's: two where the longest text of an episode fits.
    func textScale(for caption: EpisodeCaption) -> Int {
        let step = max(
            EpisodeText.step(caption.length, of: caption).count,
            EpisodeText.step(max(caption.length - 1, 0), of: caption).count)
        let letters = EpisodeText.episode(caption).count + step + EpisodeText.cost(caption.cost).count + 4
        return BitmapFont.width(of: String(repeating: "0", count: letters), scale: 2) <= width - 2 * margin
            ? 2 : 1
    }
}

/// Brings pictures of one size to about 480 pixels: small ones by a whole factor, large ones by mean colours.
package struct ViewScale: Equatable {
    private static let side = 480
    /// Up to here pictures stay as they are.
    private static let largest = 640

    private let source: (width: Int, height: Int)
    package let width, height: Int

    /// The scale for pictures of the size of a first one.
    package init(_ picture: Frame) {
        source = (picture.width, picture.height)
        let longest = max(picture.width, picture.height)
        if longest <= Self.largest {
            let factor = max(1, Self.side / longest)
            (width, height) = (picture.width * factor, picture.height * factor)
        } else {
            width = max(1, picture.width * Self.side / longest)
            height = max(1, picture.height * Self.side / longest)
        }
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.source == b.source && (a.width, a.height) == (b.width, b.height)
    }

    /// Whether a picture has the size that the scale is for.
    package func fits(_ picture: Frame) -> Bool { source == (picture.width, picture.height) }

    /// The picture in the scale's size.
    package func scaled(_ picture: Frame) -> Frame {
        precondition(fits(picture), "\(picture.width) x \(picture.height) pixels instead of \(source)")
        if source == (width, height) { return picture }
        let (columns, rows) = (Self.shares(source.width, width), Self.shares(source.height, height))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for row in rows {
            for column in columns {
                for channel in 0..<3 {
                    var sum = 0.0
                    for (y, high) in row {
                        for (x, wide) in column {
                            sum += high * wide * Double(picture.pixels[(y * source.width + x) * 3 + channel])
                        }
                    }
                    pixels.append(UInt8(min(sum.rounded(), 255)))
                }
            }
        }
        return Frame(width: width, height: height, pixels: pixels)
    }

    /// For each of `to` equal parts of a line the pixels of `from` that it covers, and their shares, which sum to 1.
    private static func shares(_ from: Int, _ to: Int) -> [[(Int, Double)]] {
        (0..<to).map { part in
            let (start, end) = (Double(part * from) / Double(to), Double((part + 1) * from) / Double(to))
            return (Int(start)..<min(Int(end.rounded(.up)), from)).map { pixel in
                (pixel, (min(end, Double(pixel + 1)) - max(start, Double(pixel))) / (end - start))
            }
        }
    }
}
