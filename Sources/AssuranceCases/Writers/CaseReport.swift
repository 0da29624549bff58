import Storage

/// A case with its judgement, ready to be written.
package struct CaseReport: Sendable {
    package let assuranceCase: AssuranceCase
    package let judgement: CaseJudgement
    /// When it was judged.
    package let judged: CaseTime
    /// The version that judged it.
    package let version: String
    /// Digits of the public key that signed it; nothing where nobody did.
    package let signedBy: String?

    package init(
        _ assuranceCase: AssuranceCase, _ judgement: CaseJudgement, judged: CaseTime, version: String,
        signedBy: String?
    ) {
        (self.assuranceCase, self.judgement, self.judged) = (assuranceCase, judgement, judged)
        (self.version, self.signedBy) = (version, signedBy)
    }

    /// The bytes of `case.json`: what is hashed and signed.
    package var canonical: String { AssuranceCase.canonical(assuranceCase.document) }

    /// Verdict, assumptions and claim in one line.
    package var headline: String {
        let assumed = judgement.verdict == .proved ? judgement.assumptions : []
        let under =
            assumed.isEmpty
            ? "" : " under assumption\(assumed.count > 1 ? "s" : "") \(assumed.joined(separator: ", "))"
        return "\(judgement.verdict)\(under): \(assuranceCase.byID[judgement.top]?.text ?? "")"
    }

    /// What the verdict rests on, in one line.
    package var foundation: String {
        let solutions = assuranceCase.nodes.filter { $0.kind == .solution }
        let proved = solutions.count { judgement.nodes[$0.id]?.verdict == .proved }
        let steps = assuranceCase.nodes.filter { $0.step != nil }
        let decided = steps.count { judgement.nodes[$0.id]?.verdict == .proved }
        let sound = judgement.evidence.count { $0.state == .ok }
        return "\(proved) of \(solutions.count) checks and \(decided) of \(steps.count) steps proved, over "
            + "\(sound) of \(judgement.evidence.count) files as they were when the case was made"
    }

    /// Nodes with a reason of their own for not being proved, in the order of the case, as rows of words.
    package var troubles: [(id: String, verdict: String, reason: String)] {
        assuranceCase.nodes.compactMap { node in
            guard let own = judgement.nodes[node.id], own.verdict != .proved, own.reason != "children",
                node.kind != .defeater
            else { return nil }
            return (node.id, own.verdict.rawValue, Self.reason(own))
        }
    }

    /// A reason with its detail.
    static func reason(_ own: NodeJudgement) -> String {
        own.reason + (own.detail.isEmpty ? "" : ": " + own.detail)
    }

    /// How far a node is shown, in words: a doubt holds, is open, or has no effect.
    func word(_ node: CaseNode) -> String {
        let verdict = judgement.nodes[node.id]?.verdict ?? .undecided
        guard node.kind == .defeater else {
            guard verdict == .proved, node.kind.isContext, node.check == nil else { return verdict.rawValue }
            return node.kind == .assumption ? "assumed" : ""
        }
        return verdict == .proved ? "holds" : verdict == .refuted ? "no effect" : "open"
    }

    /// `assurance.json`: every verdict with its reason, and the hashes that it depends on.
    package var document: JSONValue {
        var nodes: [(String, JSONValue)] = []
        var solvers: [(String, JSONValue)] = []
        for (id, own) in judgement.nodes {
            var members: [(String, JSONValue)] = [
                ("reason", .text(own.reason)), ("verdict", .text(own.verdict.rawValue)),
            ]
            if !own.detail.isEmpty { members.append(("detail", .text(own.detail))) }
            nodes.append((id, .object(members)))
            if !own.solvers.isEmpty { solvers.append((id, .text(own.solvers))) }
        }
        let evidence = assuranceCase.evidence.map { entry in
            let state = judgement.evidence.first { $0.name == entry.name }?.state ?? .missing
            return (
                entry.name,
                JSONValue.object([
                    ("file", .text(entry.file)), ("sha256", .text(entry.sha256)),
                    ("state", .text(state.rawValue)), ("validUntil", .text("\(entry.validUntil)")),
                ])
            )
        }
        return JSONValue.object([
            ("format", .integer(1)), ("case", .text(assuranceCase.name)),
            ("caseSHA256", .text(SHA256.hexadecimal(of: Array(canonical.utf8)))),
            ("template", assuranceCase.template.map { .text($0.name) } ?? .null),
            ("templateSHA256", assuranceCase.template.map { .text($0.sha256) } ?? .null),
            ("saferl", .text(version)), ("judged", .text("\(judged)")), ("top", .text(judgement.top)),
            ("verdict", .text(judgement.verdict.rawValue)),
            ("assumptions", .list(judgement.assumptions.map(JSONValue.text))),
            ("nodes", .object(nodes)), ("evidence", .object(evidence)), ("solvers", .object(solvers)),
        ]).sortingKeys()
    }
}
