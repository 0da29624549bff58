import Foundation

/// Quantities over updates, one small plot each, of one or several runs.
public struct LearningCurves: Sendable {
    /// Confidence of the bands over runs.
    public static let confidence = 0.95

    private static let columns = 3
    private static let (panelWidth, panelHeight, margin) = (340.0, 224.0, 16.0)
    private static let buckets = 300

    private let title: String
    private let groups: [CurveGroup]
    private let panels: [Panel]

    /// A plot: curves of one key, one of every group that has it.
    fileprivate struct Panel {
        let stage: String
        let title: Lettering
        let domain: Curve.Domain
        let lines: [[Curve.Point]]
        let limits: [Double]

        /// The plot of a key; nothing where no curve has a finite value.
        init?(_ first: Curve, of groups: [CurveGroup]) {
            let curves = groups.map { group in group.curves.first { $0.key == first.key } }
            lines = curves.map { $0?.points ?? [] }
            guard lines.contains(where: { $0.contains { $0.value.isFinite } }) else { return nil }
            (stage, title, domain) = (first.key.stage, Lettering(first.title), first.domain)
            limits = Set(curves.compactMap { $0?.limits }.joined()).sorted()
        }
    }

    /// Describes the picture.
    ///
    /// - Parameters:
    ///   - title: the line at the top.
    ///   - groups: each a line in every plot; a curve without a finite value is left out.
    public init(title: String, _ groups: [CurveGroup]) {
        (self.title, self.groups) = (title, groups)
        var known = Set<Curve.Key>()
        let firsts = groups.flatMap(\.curves).filter { known.insert($0.key).inserted }
        let stages = firsts.map(\.key.stage).reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        panels = stages.flatMap { stage in
            firsts.filter { $0.key.stage == stage }.compactMap { Panel($0, of: groups) }
        }
    }

    /// The picture as the text of an SVG file.
    public func svg() -> String { drawing().svg() }

    /// The picture as the bytes of a PDF file.
    public func pdf() -> [UInt8] { drawing().pdf() }

    // MARK: Layout

    /// Panels of one stage, under a heading where there are several stages.
    private var sections: [(stage: String, panels: [Panel])] {
        panels.reduce(into: []) { sections, panel in
            if sections.last?.stage == panel.stage {
                sections[sections.count - 1].panels.append(panel)
            } else {
                sections.append((panel.stage, [panel]))
            }
        }
    }

    private func drawing() -> Drawing {
        let sections = sections
        let headed = sections.count > 1
        let columns = min(Self.columns, max(sections.map(\.panels.count).max() ?? 1, 2))
        let width = Double(columns) * Self.panelWidth + 2 * Self.margin
        let legend = legend(width: width)
        var height = 44 + Double(legend.last.map { $0.row + 1 } ?? 0) * 18 + 8
        var places: [(y: Double, section: Int)] = []
        for (index, section) in sections.enumerated() {
            places.append((height, index))
            let rows = (section.panels.count + columns - 1) / columns
            height += Double(rows) * Self.panelHeight + (headed ? 26 : 0)
        }
        let note = note
        var drawing = Drawing(
            width: width, height: height + (note == nil ? 4 : 22) + (panels.isEmpty ? 30 : 0))
        let heading = Lettering(plain: title).fitted(to: width - 2 * Self.margin, size: 16, isBold: true)
        drawing.text(heading, x: Self.margin, y: 28, size: 16, isBold: true)
        if panels.isEmpty { drawing.text("no metrics were recorded", x: Self.margin, y: 60) }
        draw(legend, on: &drawing)
        for (y, index) in places {
            let section = sections[index]
            if headed { drawHeading(section.stage, y: y, on: &drawing) }
            for (number, panel) in section.panels.enumerated() {
                draw(
                    panel, x: Self.margin + Double(number % columns) * Self.panelWidth,
                    y: y + (headed ? 26 : 0) + Double(number / columns) * Self.panelHeight, on: &drawing)
            }
        }
        if let note {
            drawing.text(
                note, x: Self.margin, y: height + 8, size: 11, colour: Drawing.Colour.faint)
        }
        return drawing
    }

    private func drawHeading(_ stage: String, y: Double, on drawing: inout Drawing) {
        let name = Lettering(plain: stage.prefix(1).uppercased() + stage.dropFirst())
        drawing.text(name, x: Self.margin, y: y + 15, size: 14, isBold: true)
        let start = Self.margin + name.room(size: 14, isBold: true) + 8
        drawing.line(start, y + 10, drawing.width - Self.margin, y + 10, stroke: Drawing.Colour.grid)
    }

    /// What the bands and whiskers are.
    private var note: Lettering? {
        let level = String(format: "%g %%", 100 * Self.confidence)
        let isGrouped = groups.contains { $0.runs > 1 }
        let hasIntervals = panels.contains { panel in
            zip(panel.lines, groups).contains { line, group in
                group.runs == 1 && line.contains { $0.interval != nil }
            }
        }
        let notes = [
            isGrouped
                ? "Lines are means over training seeds, bands approximate \(level) intervals of the means."
                : nil,
            hasIntervals ? "Whiskers are the intervals of the evaluation's report." : nil,
        ].compactMap { $0 }
        return notes.isEmpty ? nil : Lettering(plain: notes.joined(separator: " "))
    }

    // MARK: Legend

    private struct Entry {
        let name: Lettering
        let colour: String
        let x: Double
        let row: Int
    }

    /// The groups from left to right, in as many rows as they need; nothing for one run, whose name is in the title.
    private func legend(width: Double) -> [Entry] {
        guard groups.count > 1 || groups.contains(where: { $0.runs > 1 }) else { return [] }
        var (x, row) = (Self.margin, 0)
        return groups.enumerated().map { index, group in
            let seeds = group.runs > 1 ? " (\(group.runs) runs)" : ""
            let name = Lettering(plain: group.name + seeds).fitted(to: width - 60 - 2 * Self.margin, size: 12)
            let room = 28 + name.room(size: 12) + 16
            if x > Self.margin && x + room > width - Self.margin { (x, row) = (Self.margin, row + 1) }
            defer { x += room }
            return Entry(name: name, colour: Self.colour(index), x: x, row: row)
        }
    }

    private func draw(_ legend: [Entry], on drawing: inout Drawing) {
        for entry in legend {
            let y = 48 + 18 * Double(entry.row)
            drawing.line(entry.x, y - 4, entry.x + 22, y - 4, stroke: entry.colour, width: 2.5)
            drawing.text(entry.name, x: entry.x + 28, y: y)
        }
    }

    private static func colour(_ group: Int) -> String {
        Drawing.Colour.series[group % Drawing.Colour.series.count]
    }

    // MARK: One plot

    private func draw(_ panel: Panel, x: Double, y: Double, on drawing: inout Drawing) {
        let finite = panel.lines.flatMap { $0 }.filter(\.value.isFinite)
        let ends = finite.compactMap(\.interval).flatMap { [$0.lowerBound, $0.upperBound] }
        // The interval of a mean may leave the values that are possible; the axis does not.
        let vertical = Axis(
            finite.map(\.value) + panel.possible(ends) + panel.limits, Axis.Kind(panel.domain), ticks: 5)
        let area = PlotArea(
            x: x + 56, y: y + 24, width: Self.panelWidth - 76, height: Self.panelHeight - 72,
            horizontal: Axis(panel.lines.flatMap { $0 }.map { Double($0.step) }, .count), vertical: vertical)
        let last = groups.count == 1 ? panel.lines[0].last { $0.value.isFinite } : nil
        let ending = last.map { Lettering("last \(Axis.short($0.value))") }
        let room = area.width - (ending.map { $0.room(size: 11) + 8 } ?? 0)
        drawing.text(
            panel.title.fitted(to: room, size: 13, isBold: true), x: area.x, y: y + 15, size: 13,
            isBold: true)
        if let ending {
            drawing.text(
                ending, x: area.x + area.width, y: y + 15, size: 11, anchor: .end,
                colour: Drawing.Colour.faint)
        }
        area.drawAxes(on: &drawing)
        area.drawCaption("Updates", on: &drawing)
        drawing.clipped(x: area.x - 3, y: area.y - 3, width: area.width + 6, height: area.height + 6) {
            drawing in
            for (index, line) in panel.lines.enumerated() where groups[index].runs > 1 {
                drawBand(panel.possible(line), in: area, Self.colour(index), on: &drawing)
            }
            for (index, line) in panel.lines.enumerated() {
                if groups[index].runs == 1 {
                    drawWhiskers(line, in: area, Self.colour(index), on: &drawing)
                }
                drawLine(line, in: area, Self.colour(index), on: &drawing)
            }
            for limit in panel.limits { drawLimit(limit, in: area, on: &drawing) }
        }
    }

    /// A dashed line with its value on a white ground.
    private func drawLimit(_ limit: Double, in area: PlotArea, on drawing: inout Drawing) {
        let y = area.pixel(y: limit)
        drawing.line(
            area.x, y, area.x + area.width, y, stroke: Drawing.Colour.ink, width: 1.2, isDashed: true)
        let label = Lettering("limit \(Axis.short(limit))")
        let isHigh = y - area.y < 18
        let (width, base) = (label.room(size: 10), isHigh ? y + 12 : y - 4)
        drawing.rectangle(
            x: area.x + 4, y: base - 9, width: width + 4, height: 11.5, fill: Drawing.Colour.white,
            opacity: 0.75)
        drawing.text(label, x: area.x + 6, y: base, size: 10)
    }

    private func drawLine(
        _ points: [Curve.Point], in area: PlotArea, _ colour: String, on drawing: inout Drawing
    ) {
        var outline = Outline()
        var isDrawing = false
        for point in Self.thinned(points) {
            guard point.value.isFinite else {
                isDrawing = false
                continue
            }
            let (x, y) = (area.pixel(x: Double(point.step)), area.pixel(y: point.value))
            if isDrawing { outline.line(x, y) } else { outline.move(x, y) }
            isDrawing = true
        }
        drawing.path(outline, stroke: .init(colour: colour, width: 1.6))
        // Few points are marked, so that a single one is seen.
        guard points.count <= 40 else { return }
        for point in points where point.value.isFinite {
            drawing.circle(
                x: area.pixel(x: Double(point.step)), y: area.pixel(y: point.value), radius: 2.6, fill: colour
            )
        }
    }

    private func drawBand(
        _ points: [Curve.Point], in area: PlotArea, _ colour: String, on drawing: inout Drawing
    ) {
        let parts = Self.evenly(points).split { $0.interval == nil && !($0.value.isFinite) }
        for part in parts where part.count > 1 {
            // Equal values have no interval: the band is as thin as the line there.
            let ends = part.map { ($0.step, $0.interval ?? $0.value...$0.value) }
            var outline = Outline()
            for (index, (step, interval)) in ends.enumerated() {
                let (x, y) = (area.pixel(x: Double(step)), area.pixel(y: interval.upperBound))
                if index == 0 { outline.move(x, y) } else { outline.line(x, y) }
            }
            for (step, interval) in ends.reversed() {
                outline.line(area.pixel(x: Double(step)), area.pixel(y: interval.lowerBound))
            }
            outline.close()
            drawing.path(outline, fill: colour, opacity: 0.18)
        }
    }

    private func drawWhiskers(
        _ points: [Curve.Point], in area: PlotArea, _ colour: String, on drawing: inout Drawing
    ) {
        for point in points {
            guard let interval = point.interval else { continue }
            let x = area.pixel(x: Double(point.step))
            let (low, high) = (area.pixel(y: interval.lowerBound), area.pixel(y: interval.upperBound))
            drawing.line(x, low, x, high, stroke: colour, width: 1.2)
            for y in [low, high] { drawing.line(x - 3, y, x + 3, y, stroke: colour, width: 1.2) }
        }
    }

    /// At most two points a bucket, its smallest and largest: spikes survive.
    private static func thinned(_ points: [Curve.Point]) -> [Curve.Point] {
        guard points.count > 2 * buckets else { return points }
        let size = (points.count + buckets - 1) / buckets
        return stride(from: 0, to: points.count, by: size).flatMap { start in
            let bucket = points[start..<min(start + size, points.count)]
            if let gap = bucket.first(where: { !$0.value.isFinite }) { return [gap] }
            guard let low = bucket.min(by: { $0.value < $1.value }),
                let high = bucket.max(by: { $0.value < $1.value })
            else { return [] }
            return low.step < high.step ? [low, high] : low.step > high.step ? [high, low] : [low]
        }
    }

    /// Some hundred points of a band, whose ends have no spikes of their own.
    private static func evenly(_ points: [Curve.Point]) -> [Curve.Point] {
        let stride = max(1, points.count / buckets)
        return points.enumerated().filter { $0.offset % stride == 0 || $0.offset == points.count - 1 }.map(
            \.element)
    }
}

extension LearningCurves.Panel {
    /// Ends of intervals, moved to where values are possible.
    fileprivate func possible(_ ends: [Double]) -> [Double] {
        switch domain {
        case .number: ends
        case .nonNegative: ends.map { max($0, 0) }
        case .share: ends.map { min(max($0, 0), 1) }
        }
    }

    /// The same for a line.
    fileprivate func possible(_ line: [Curve.Point]) -> [Curve.Point] {
        line.map { point in
            guard let interval = point.interval else { return point }
            let ends = possible([interval.lowerBound, interval.upperBound])
            return .init(step: point.step, value: point.value, interval: ends[0]...ends[1])
        }
    }
}

extension Axis.Kind {
    /// The axis for a quantity.
    fileprivate init(_ domain: Curve.Domain) {
        switch domain {
        case .number: self = .any
        case .nonNegative: self = .nonNegative
        case .share: self = .share
        }
    }
}
