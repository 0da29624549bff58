/// The links of a case, checked: one tree whose every node can be reached.
struct CaseStructure {
    let top: String
    private(set) var byID: [String: CaseNode] = [:]
    private(set) var challengers: [String: [String]] = [:]

    /// - Throws: `CaseError` with the first node that breaks a rule.
    init(_ nodes: [CaseNode]) throws(CaseError) {
        for node in nodes {
            guard byID.updateValue(node, forKey: node.id) == nil else {
                throw CaseError("duplicate id \(node.id). Give each node an id of its own")
            }
            if let target = node.challenges { challengers[target, default: []].append(node.id) }
        }
        for node in nodes { try Self.checkLinks(of: node, byID) }
        try Self.checkCircles(nodes, byID, challengers)
        let supporters = Set(nodes.flatMap(\.supportedBy))
        let tops = nodes.filter { $0.kind == .goal && !supporters.contains($0.id) }.map(\.id)
        guard tops.count == 1 else {
            let names = tops.isEmpty ? "" : " (\(tops.joined(separator: ", ")))"
            throw CaseError("\(tops.count) top goals\(names), where exactly one supports nothing")
        }
        top = tops[0]
        var reached: Set<String> = [top]
        var open = [top]
        while let id = open.popLast() {
            open += Self.neighbours(of: id, byID, challengers).filter { reached.insert($0).inserted }
        }
        if let lost = nodes.first(where: { !reached.contains($0.id) }) {
            throw CaseError("\(lost.id): no way leads there from \(top). Link it or remove it")
        }
    }

    private static func neighbours(
        of id: String, _ nodes: [String: CaseNode], _ challengers: [String: [String]]
    ) -> [String] {
        guard let node = nodes[id] else { return [] }
        return node.supportedBy + node.inContextOf + (challengers[id] ?? [])
    }

    private static func checkLinks(of node: CaseNode, _ nodes: [String: CaseNode]) throws(CaseError) {
        for (link, ids, allowed) in [
            ("supportedBy", node.supportedBy, node.kind.supporters),
            ("inContextOf", node.inContextOf, node.kind.contexts),
        ] {
            for (place, id) in ids.enumerated() {
                guard let other = nodes[id] else {
                    throw CaseError("\(node.id): no node \(id), in \"\(link)\"")
                }
                guard allowed.contains(other.kind) else {
                    throw CaseError(
                        "\(node.id) \(link) \(id): a \(node.kind) cannot have a \(other.kind) there")
                }
                guard !ids[..<place].contains(id) else { throw CaseError("\(node.id) \(link) \(id) twice") }
            }
        }
        guard let target = node.challenges else { return }
        guard let other = nodes[target] else {
            throw CaseError("\(node.id): no node \(target), in \"challenges\"")
        }
        if let third = other.challenges, nodes[third]?.kind == .defeater {
            throw CaseError(
                "\(node.id) challenges \(target), which answers a defeater already: one level is judged")
        }
    }

    /// Depth first, without recursion; a link back to a node on the way is a circle.
    private static func checkCircles(
        _ nodes: [CaseNode], _ byID: [String: CaseNode], _ challengers: [String: [String]]
    ) throws(CaseError) {
        var done: Set<String> = []
        for start in nodes.map(\.id) where !done.contains(start) {
            var way = [(id: start, next: 0)]
            var onWay: Set<String> = [start]
            while let (id, next) = way.last {
                let links = neighbours(of: id, byID, challengers)
                guard next < links.count else {
                    way.removeLast()
                    onWay.remove(id)
                    done.insert(id)
                    continue
                }
                way[way.count - 1].next += 1
                let link = links[next]
                guard !onWay.contains(link) else {
                    throw CaseError("\(link) supports itself, by way of \(id). Remove one of the links")
                }
                guard !done.contains(link) else { continue }
                onWay.insert(link)
                way.append((link, 0))
            }
        }
    }
}
