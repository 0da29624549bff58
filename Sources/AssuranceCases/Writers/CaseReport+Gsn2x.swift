import Storage

extension CaseReport {
    /// The tree as YAML for the open tool gsn2x, doubts as counter goals of the dialectic extension.
    ///
    /// The tool tells kinds by how ids begin, so that an id that begins otherwise gets its kind's letters in front. What a doubt that holds
    /// challenges is defeated there; verdicts stand in the texts.
    package var gsn2x: String {
        let lines = CaseOutline(assuranceCase).lines
        var ids: [String: String] = [:]
        let own = Set(
            lines.map(\.node.id).filter { id in
                assuranceCase.byID[id].map { Self.kind(of: id) == $0.kind } ?? false
            })
        for line in lines {
            var id = line.node.id
            if !own.contains(id) { id = Self.prefix(line.node.kind) + "_" + id }
            while ids.values.contains(id) || (id != line.node.id && own.contains(id)) { id += "_" }
            ids[line.node.id] = id
        }
        func list(_ nodes: [String]) -> String { nodes.compactMap { ids[$0] }.joined(separator: ", ") }
        return lines.map { line in
            let node = line.node
            let word = word(node)
            let text = word.isEmpty ? node.text : "\(node.text) (\(word))"
            var entry = "\(ids[node.id] ?? node.id):\n  text: \(JSONValue.text(text).compact)\n"
            if !node.supportedBy.isEmpty { entry += "  supportedBy: [\(list(node.supportedBy))]\n" }
            if !node.inContextOf.isEmpty { entry += "  inContextOf: [\(list(node.inContextOf))]\n" }
            if let challenged = node.challenges { entry += "  challenges: \(list([challenged]))\n" }
            if node.supportedBy.isEmpty, [.goal, .strategy, .defeater].contains(node.kind) {
                entry += "  undeveloped: true\n"
            }
            let doubts = assuranceCase.challengers[node.id] ?? []
            if doubts.contains(where: { judgement.nodes[$0]?.verdict == .proved }) {
                entry += "  defeated: true\n"
            }
            return entry
        }.joined(separator: "\n")
    }

    /// What ids of a kind begin with.
    private static func prefix(_ kind: NodeKind) -> String {
        switch kind {
        case .goal: "G"
        case .strategy: "S"
        case .solution: "Sn"
        case .context: "C"
        case .assumption: "A"
        case .justification: "J"
        case .defeater: "CG"
        }
    }

    /// The kind that the tool takes an id for; nothing for none, and for its counter solutions.
    private static func kind(of id: String) -> NodeKind? {
        if id.hasPrefix("CSn") { return nil }
        let longestFirst = NodeKind.allCases.sorted { prefix($0).count > prefix($1).count }
        return longestFirst.first { id.hasPrefix(prefix($0)) }
    }
}
