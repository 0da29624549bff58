extension CaseReport {
    private static let colours = [
        "proved": "#d7f0dd", "undecided": "#fdf0c8", "undeveloped": "#e4e7ec", "refuted": "#f8d3d0",
    ]

    /// The tree for Graphviz.
    package var dot: String {
        let outline = CaseOutline(assuranceCase)
        var text = "digraph case {\n  node [fontname=\"sans-serif\", fontsize=10, style=filled];\n"
        for line in outline.lines {
            let node = line.node
            let shape =
                switch node.kind {
                case .goal: "shape=box"
                case .strategy: "shape=parallelogram"
                case .solution: "shape=circle"
                case .context: "shape=box, style=\"filled,rounded\""
                case .assumption, .justification: "shape=ellipse"
                case .defeater: "shape=octagon, color=red"
                }
            let letter = node.kind == .assumption ? " A" : node.kind == .justification ? " J" : ""
            let word = word(node)
            let head = node.id + letter + (word.isEmpty ? "" : ": " + word)
            let body = Markup.lines(node.text, width: 32, most: 6).map(Markup.dot)
            text += "  \"\(node.id)\" [\(shape), fillcolor=\"\(Self.colours[colour(node)] ?? "white")\", "
            text += "label=\"\(([Markup.dot(head)] + body).joined(separator: "\\n"))\"];\n"
        }
        for (from, to, link) in outline.links {
            let arrow =
                switch link {
                case .supports: "\"\(from)\" -> \"\(to)\" [arrowhead=normal];"
                case .context: "\"\(from)\" -> \"\(to)\" [arrowhead=empty];"
                case .challenges: "\"\(to)\" -> \"\(from)\" [style=dashed, color=red, label=\"challenges\"];"
                }
            text += "  \(arrow)\n"
        }
        return text + "}\n"
    }

    /// The name of a node's colour: that of its verdict, but a doubt that holds is bad news, and what nothing checks is plain.
    func colour(_ node: CaseNode) -> String {
        let verdict = judgement.nodes[node.id]?.verdict ?? .undecided
        if node.kind.isContext, node.check == nil, verdict == .proved { return "plain" }
        guard node.kind == .defeater else { return verdict.rawValue }
        return (verdict == .proved ? Verdict.refuted : verdict == .refuted ? .proved : .undecided).rawValue
    }

    /// The case as an outline.
    package var markdown: String {
        var text = "# \(Markup.markdown(headline))\n\n\(foundation).\n\n"
        text += signedBy.map { "Signed by the Ed25519 key `\($0)`.\n\n" } ?? "Unsigned.\n\n"
        for line in CaseOutline(assuranceCase).lines {
            let (node, word) = (line.node, word(line.node))
            text += String(repeating: "  ", count: line.level)
            text += "- **\(node.id)** \(node.kind.rawValue)\(word.isEmpty ? "" : ", **\(word)**")"
            text += "\(Self.suffix(judgement.nodes[node.id])): \(Markup.markdown(node.text))\n"
        }
        text += "\n| Evidence | File | State | Valid until | SHA-256 |\n|---|---|---|---|---|\n"
        for entry in assuranceCase.evidence {
            let state = judgement.evidence.first { $0.name == entry.name }?.state ?? .missing
            text += "| \(entry.name) | \(Markup.markdown(entry.file)) | \(state) | \(entry.validUntil) | "
            text += "`\(entry.sha256)` |\n"
        }
        return text + "\nJudged \(judged) by saferl \(Markup.markdown(version)).\n"
    }

    /// A reason in brackets, where it says more than the verdict.
    private static func suffix(_ own: NodeJudgement?) -> String {
        guard let own, !["", "assumed", "children", "check", "defeater"].contains(own.reason) else {
            return ""
        }
        let who = own.solvers.isEmpty ? "" : ", by \(own.solvers)"
        return " (\(Markup.markdown(reason(own) + who)))"
    }
}
