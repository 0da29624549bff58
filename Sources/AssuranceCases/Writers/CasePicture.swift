/// A tree of boxes as SVG.
struct CasePicture {
    /// Where a tree grows.
    enum Direction {
        /// Leaves side by side: as wide as there are leaves, as argument trees are drawn.
        case down
        /// Leaves one below the other, and a node beside the first that hangs from it: as wide as the tree is deep, as a page is read.
        case right
    }

    private static let box = (width: 190, height: 104), pitch = (x: 206, y: 152), margin = 12
    private static let pitchToTheRight = (x: 222, y: 130)

    private let report: CaseReport
    private let outline: CaseOutline
    /// Middle of the upper edge of each node.
    private var places: [String: (x: Int, y: Int)] = [:]

    private let direction: Direction

    init(_ report: CaseReport, growing direction: Direction = .down) {
        (self.report, self.direction) = (report, direction)
        outline = CaseOutline(report.assuranceCase)
        place()
    }

    /// Leaves stand side by side, and a node above the middle of those that hang from it, or beside the first.
    private mutating func place() {
        let lines = outline.lines
        var below = [[Int]](repeating: [], count: lines.count)
        var way: [Int] = []
        for (index, line) in lines.enumerated() {
            way.removeLast(way.count - line.level)
            if let above = way.last { below[above].append(index) }
            way.append(index)
        }
        var columns = [Double](repeating: 0, count: lines.count)
        // What hangs from a node stands behind it: backwards, all that is needed is known.
        var leaves = lines.indices.filter { below[$0].isEmpty }.count
        for index in lines.indices.reversed() {
            if let first = below[index].first, let last = below[index].last {
                columns[index] =
                    direction == .right ? columns[first] : (columns[first] + columns[last]) / 2
            } else {
                leaves -= 1
                columns[index] = Double(leaves)
            }
        }
        for (index, line) in lines.enumerated() {
            let middle = Self.margin + Self.box.width / 2
            switch direction {
            case .down:
                places[line.node.id] = (
                    middle + Int(columns[index] * Double(Self.pitch.x)),
                    Self.margin + line.level * Self.pitch.y
                )
            case .right:
                places[line.node.id] = (
                    middle + line.level * Self.pitchToTheRight.x,
                    Self.margin + Int(columns[index]) * Self.pitchToTheRight.y
                )
            }
        }
    }

    /// The picture; its colours follow the reader's choice of light or dark.
    var svg: String {
        let width = (places.values.map(\.x).max() ?? 0) + Self.box.width / 2 + Self.margin
        let height = (places.values.map(\.y).max() ?? 0) + Self.box.height + 20 + Self.margin
        var text =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"case\" width=\"\(width)\" height=\"\(height)\" "
            + "viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n<title>\(Markup.xml(report.headline))</title>\n"
            + "<style>\(Self.style)</style>\n<defs>"
            + Self.arrow("supports", "M0 0 L8 4 L0 8 z") + Self.arrow("context", "M0 0 L8 4 L0 8")
            + Self.arrow("challenges", "M0 0 L8 4 L0 8 z") + "</defs>\n"
        for (from, to, link) in outline.links {
            guard let above = places[from], let below = places[to] else { continue }
            text +=
                "<path class=\"\(link)\" marker-end=\"url(#\(link))\" d=\"\(way(above, below, isBack: link == .challenges))\"/>\n"
        }
        for line in outline.lines { text += draw(line.node) }
        return text + "</svg>\n"
    }

    /// The line between a node and one that hangs from it, towards the first where it is walked back.
    private func way(_ above: (x: Int, y: Int), _ below: (x: Int, y: Int), isBack: Bool) -> String {
        switch direction {
        case .down:
            let ends = [(above.x, above.y + Self.box.height), (below.x, below.y)]
            let (one, other) = isBack ? (ends[1], ends[0]) : (ends[0], ends[1])
            return "M\(one.0) \(one.1) L\(other.0) \(other.1)"
        case .right:
            let half = (x: Self.box.width / 2, y: Self.box.height / 2)
            let ends = [(above.x + half.x, above.y + half.y), (below.x - half.x, below.y + half.y)]
            let turn = ends[1].0 - (Self.pitchToTheRight.x - Self.box.width) / 2
            let (one, other) = isBack ? (ends[1], ends[0]) : (ends[0], ends[1])
            return "M\(one.0) \(one.1) H\(turn) V\(other.1) H\(other.0)"
        }
    }

    private static func arrow(_ name: String, _ path: String) -> String {
        "<marker id=\"\(name)\" class=\"\(name)-head\" markerWidth=\"9\" markerHeight=\"9\" refX=\"8\" refY=\"4\" orient=\"auto\">"
            + "<path d=\"\(path)\"/></marker>"
    }

    private func draw(_ node: CaseNode) -> String {
        let (x, y) = places[node.id] ?? (0, 0)
        let (left, width, height) = (x - Self.box.width / 2, Self.box.width, Self.box.height)
        let own = report.judgement.nodes[node.id]?.verdict ?? .undecided
        let (shape, columns, rows) =
            switch node.kind {
            case .goal: ("<rect x=\"\(left)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\"/>", 30, 5)
            case .context, .defeater:
                (
                    "<rect x=\"\(left)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"\(node.kind == .context ? 22 : 4)\"/>",
                    28, 5
                )
            case .strategy:
                (
                    "<path d=\"M\(left + 14) \(y) h\(width - 14) l-14 \(height) h\(14 - width) z\"/>", 26, 5
                )
            case .solution, .assumption, .justification:
                (
                    "<ellipse cx=\"\(x)\" cy=\"\(y + height / 2)\" rx=\"\(width / 2)\" ry=\"\(height / 2)\"/>",
                    22, 4
                )
            }
        let letter = node.kind == .assumption ? " A" : node.kind == .justification ? " J" : ""
        let word = report.word(node)
        let head = node.id + (word.isEmpty ? letter : " · " + word)
        let body = Markup.lines(node.text, width: columns, most: rows)
        let first = y + (height - 14 * (body.count + 1)) / 2 + 11
        let isOpen = own == .undeveloped && node.supportedBy.isEmpty
        let diamond = isOpen ? "<path d=\"M\(x) \(y + height) l8 8 l-8 8 l-8 -8 z\"/>" : ""
        var text = "<g class=\"\(node.kind)\"><title>\(Markup.xml(node.text))</title>"
        text += "<g class=\"\(report.colour(node))\">\(shape)\(diamond)</g>"
        text += "<text x=\"\(x)\" y=\"\(first)\" class=\"head\">\(Markup.xml(head))</text>"
        for (index, line) in body.enumerated() {
            text += "<text x=\"\(x)\" y=\"\(first + 14 * (index + 1))\">\(Markup.xml(line))</text>"
        }
        return text + "</g>\n"
    }

    private static let style = """
        .case text{font:11px sans-serif;text-anchor:middle;fill:#1c2126}.case .head{font-weight:bold}\
        .case g>rect,.case g>path,.case g>ellipse{stroke:#4a525b;stroke-width:1.2}\
        .case .proved *{fill:#d7f0dd}.case .undecided *{fill:#fdf0c8}.case .undeveloped *{fill:#e4e7ec}\
        .case .refuted *{fill:#f8d3d0}.case .plain *{fill:#fff}.case .defeater rect{stroke:#c0392b;stroke-dasharray:5 3}\
        .case path.supports,.case path.context{stroke:#6b7480;fill:none}\
        .case path.challenges{stroke:#c0392b;stroke-dasharray:5 3;fill:none}\
        .supports-head path{fill:#6b7480}.context-head path{fill:none;stroke:#6b7480}.challenges-head path{fill:#c0392b}\
        @media(prefers-color-scheme:dark){.case text{fill:#eef1f4}.case .proved *{fill:#1f5130}.case .undecided *{fill:#5c4a12}\
        .case .undeveloped *{fill:#3a4149}.case .refuted *{fill:#6b2721}.case .plain *{fill:#22282e}\
        .case g>rect,.case g>path,.case g>ellipse{stroke:#aab3bd}}
        """
}

extension CaseReport {
    /// The tree as a picture.
    package var svg: String { CasePicture(self).svg }
}
