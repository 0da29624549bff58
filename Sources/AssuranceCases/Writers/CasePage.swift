extension CaseReport {
    /// One page that opens offline and asks nobody for anything: no script, no request, all text escaped.
    package var html: String {
        let verdict = judgement.verdict
        var page = HTMLPage(title: "\(verdict): \(assuranceCase.name)")
        page.add(
            """
            <h1><span class="badge \(verdict)">\(verdict)</span> \(Markup.xml(assuranceCase.name))</h1>
            <p class="claim">\(Markup.xml(headline))</p>
            <p>\(Markup.xml(foundation)).</p>

            """)
        page.add(signature)
        page.add("Not proved", rows: troubles.map { [$0.id, $0.verdict, $0.reason] })
        page.add(
            "Assumptions, which nothing checks",
            rows: judgement.assumptions.map { [$0, assuranceCase.byID[$0]?.text ?? ""] })
        page.add(
            "Doubts",
            rows: assuranceCase.nodes.filter { $0.kind == .defeater }.map { [$0.id, word($0), $0.text] })
        page.add(
            "<h2>Tree</h2>\n<div class=\"wide\">\(CasePicture(self, growing: .right).svg)</div>\n<h2>Argument</h2>\n\(argument)"
        )
        page.add(
            "Evidence", head: ["Name", "File", "State", "Valid until", "SHA-256"],
            rows: assuranceCase.evidence.map { entry in
                let state = judgement.evidence.first { $0.name == entry.name }?.state ?? .missing
                return [entry.name, entry.file, state.rawValue, "\(entry.validUntil)", entry.sha256]
            })
        page.add(
            "Parameters",
            rows: assuranceCase.parameters.map { [$0.key, $0.value.string ?? $0.value.compact] })
        page.add("<h2>Check</h2>\n<p>\(Markup.xml(instructions))</p>\n")
        let template =
            assuranceCase.template.map { "template \($0.name), SHA-256 \($0.sha256); " }
            ?? "no template: an argument of somebody's own; "
        page.add("<footer>\(Markup.xml("\(template)judged \(judged) by saferl \(version)"))</footer>\n")
        return page.text
    }

    private var instructions: String {
        "\"saferl report --check\" with the folder of this page derives every verdict anew from the files and compares. "
            + "Hashes show that a file has changed since the case was made; who can rewrite all files at once is caught by a "
            + "signature alone (--key PUBLIC)."
    }

    private var signature: String {
        let text = signedBy.map { "Signed by the Ed25519 key \($0)." } ?? "Unsigned."
        return "<p>\(Markup.xml(text))</p>\n"
    }

    /// Every node with its check or step, folded.
    private var argument: String {
        var text = ""
        for line in CaseOutline(assuranceCase).lines {
            let node = line.node
            let own = judgement.nodes[node.id]
            text += "<details class=\"level\" style=\"margin-left:\(min(line.level, 12))em\"><summary>"
            text +=
                "<b>\(node.id)</b> <span class=\"badge \(colour(node))\">\(Markup.xml(word(node)))</span> "
            text += "\(Markup.xml(node.text))</summary>\n<dl>"
            for (name, value) in facts(node, own) { text += "<dt>\(name)</dt><dd>\(Markup.xml(value))</dd>" }
            text += "</dl></details>\n"
        }
        return text
    }

    private func facts(_ node: CaseNode, _ own: NodeJudgement?) -> [(String, String)] {
        var facts = [("Kind", node.kind.rawValue)]
        if let own, !own.reason.isEmpty { facts.append(("Reason", Self.reason(own))) }
        if let own, !own.solvers.isEmpty { facts.append(("Decided by", own.solvers)) }
        if let check = node.check { facts.append(("Check", check.text)) }
        if let target = node.challenges { facts.append(("Challenges", target)) }
        if let horn = node.step?.horn {
            let rules = horn.rules.map { "\($0.conditions.joined(separator: ", ")) → \($0.conclusion)" }
            facts.append(("Rules", (rules + ["goal: \(horn.goal)"]).joined(separator: "; ")))
        }
        if let step = node.step?.arithmetic {
            facts.append(("Premises", step.premises.joined(separator: "; ")))
            facts.append(("Conclusion", step.conclusion))
        }
        if !node.establishes.isEmpty {
            facts.append(("Establishes", node.establishes.joined(separator: ", ")))
        }
        return facts
    }
}
