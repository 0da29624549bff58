/// Nodes of a case from the top down, each once.
struct CaseOutline {
    /// A node, how deep it stands, and how it is linked to the node above.
    struct Line {
        let node: CaseNode
        let level: Int
        let link: Link?
    }
    /// How a node is linked to the one above.
    enum Link: String { case supports, context, challenges }

    private(set) var lines: [Line] = []
    /// Links to nodes that stand elsewhere too, from above to below.
    private(set) var links: [(from: String, to: String, link: Link)] = []

    init(_ tree: AssuranceCase) {
        var seen: Set<String> = []
        var open: [(id: String, level: Int, link: Link?)] = [(tree.top, 0, nil)]
        while let (id, level, link) = open.popLast() {
            guard seen.insert(id).inserted, let node = tree.byID[id] else { continue }
            lines.append(Line(node: node, level: level, link: link))
            let below =
                node.inContextOf.map { ($0, Link.context) }
                + (tree.challengers[id] ?? []).map { ($0, .challenges) }
                + node.supportedBy.map { ($0, .supports) }
            links += below.map { (id, $0.0, $0.1) }
            open += below.reversed().map { ($0.0, level + 1, $0.1) }
        }
    }
}
