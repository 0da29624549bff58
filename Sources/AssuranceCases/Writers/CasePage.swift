extension CaseReport {
    /// One page that opens offline and asks nobody for anything: no script, no request, all text escaped.
    package var html: String {
        let verdict = judgement.verdict
        var page = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(Markup.xml("\(verdict): \(assuranceCase.name)"))</title>
            <style>\(Self.pageStyle)</style></head><body>
            <h1><span class="badge \(verdict)">\(verdict)</span> \(Markup.xml(assuranceCase.name))</h1>
            <p class="claim">\(Markup.xml(headline))</p>
            <p>\(Markup.xml(foundation)).</p>

            """
        page += signature
        page += section("Not proved", rows: troubles.map { [$0.id, $0.verdict, $0.reason] })
        page += section(
            "Assumptions, which nothing checks",
            rows: judgement.assumptions.map { [$0, assuranceCase.byID[$0]?.text ?? ""] })
        page += section(
            "Doubts",
            rows: assuranceCase.nodes.filter { $0.kind == .defeater }.map { [$0.id, word($0), $0.text] })
        page += "<h2>Tree</h2>\n<div class=\"wide\">\(svg)</div>\n<h2>Argument</h2>\n"
        page += argument
        page += section(
            "Evidence", head: ["Name", "File", "State", "Valid until", "SHA-256"],
            rows: assuranceCase.evidence.map { entry in
                let state = judgement.evidence.first { $0.name == entry.name }?.state ?? .missing
                return [entry.name, entry.file, state.rawValue, "\(entry.validUntil)", entry.sha256]
            })
        page += section(
            "Parameters",
            rows: assuranceCase.parameters.map { [$0.key, $0.value.string ?? $0.value.compact] })
        page += "<h2>Check</h2>\n<p>\(Markup.xml(instructions))</p>\n"
        let template =
            assuranceCase.template.map { "template \($0.name), SHA-256 \($0.sha256); " }
            ?? "no template: an argument of somebody's own; "
        return page
            + "<footer>\(Markup.xml("\(template)judged \(judged) by saferl \(version)"))</footer>\n</body></html>\n"
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

    /// A table under a heading; nothing for no rows.
    private func section(_ title: String, head: [String] = [], rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(Markup.xml($0))</\(tag)>" }.joined() + "</tr>\n"
        }
        let top = head.isEmpty ? "" : row(head, "th")
        return
            "<h2>\(title)</h2>\n<div class=\"wide\"><table>\n\(top)\(rows.map { row($0, "td") }.joined())</table></div>\n"
    }

    private static let pageStyle = """
        :root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;\
        background:#fff;color:#1c2126}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.6em}.claim{font-size:1.1em}\
        .wide{overflow-x:auto}table{border-collapse:collapse}td,th{border:1px solid #c4cad1;padding:.3em .6em;text-align:left;\
        vertical-align:top;overflow-wrap:anywhere}td:first-child{white-space:nowrap}dl{margin:.3em 0 .6em 1.5em}dt{font-weight:bold}dd{margin:0 0 .3em;\
        font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}summary{cursor:pointer}\
        footer{margin-top:2em;font-size:.85em;color:#5a636d;overflow-wrap:anywhere}\
        .badge{border-radius:.6em;padding:0 .5em}.badge:empty{display:none}.badge.proved{background:#d7f0dd}\
        .badge.undecided{background:#fdf0c8}.badge.undeveloped{background:#e4e7ec}.badge.refuted{background:#f8d3d0}\
        @media(prefers-color-scheme:dark){body{background:#14181c;color:#e6eaee}td,th{border-color:#48515b}footer{color:#9aa4ae}\
        .badge.proved{background:#1f5130}.badge.undecided{background:#5c4a12}.badge.undeveloped{background:#3a4149}\
        .badge.refuted{background:#6b2721}}@media print{.wide{overflow:visible}.wide>.case{max-width:100%;height:auto}}
        """
}
