import Storage

/// Judges nodes from the leaves up, each once.
struct CaseJudge {
    private let tree: AssuranceCase
    private let evidence: FoundEvidence
    private let opinion: (any SecondOpinion)?
    private(set) var judged: [String: NodeJudgement] = [:]

    init(_ tree: AssuranceCase, _ evidence: FoundEvidence, _ opinion: (any SecondOpinion)?) {
        (self.tree, self.evidence, self.opinion) = (tree, evidence, opinion)
    }

    /// Judges a node and all that it rests on; a stack of our own, because a tree may be a long chain.
    mutating func judge(_ id: String) throws(SolverDisagreement) {
        var open = [id]
        while let id = open.last {
            guard judged[id] == nil, let node = tree.byID[id] else {
                open.removeLast()
                continue
            }
            let needed = node.supportedBy + node.inContextOf + (tree.challengers[id] ?? [])
            let missing = needed.filter { judged[$0] == nil }
            if missing.isEmpty { judged[id] = try judgement(of: node) }
            open += missing
        }
    }

    private func judgement(of node: CaseNode) throws(SolverDisagreement) -> NodeJudgement {
        if node.kind == .defeater { return doubt(node) }
        return challenged(node, try ownJudgement(of: node))
    }

    private func ownJudgement(of node: CaseNode) throws(SolverDisagreement) -> NodeJudgement {
        switch node.kind {
        case .goal, .strategy: return try supported(node)
        case .solution: return checked(node)
        case .assumption: return node.check == nil ? NodeJudgement(.proved, "assumed") : checked(node)
        case .context, .justification, .defeater: return NodeJudgement(.proved, "")
        }
    }

    private func checked(_ node: CaseNode) -> NodeJudgement {
        if let state = evidence.worst(node.mentions), let verdict = state.verdict {
            let names = node.mentions.filter { evidence.state($0) == state }
            return NodeJudgement(verdict, state.rawValue, detail: names.joined(separator: ", "))
        }
        let truth = node.check?.truth(evidence.document) ?? .unknown
        let shortfall = truth == .yes ? nil : node.check?.shortfall(evidence.document)
        return NodeJudgement(Verdict(truth), "check", detail: shortfall ?? "")
    }

    private func supported(_ node: CaseNode) throws(SolverDisagreement) -> NodeJudgement {
        guard !node.supportedBy.isEmpty else { return NodeJudgement(.undeveloped, "no support") }
        let worst =
            (node.supportedBy + node.inContextOf).compactMap { judged[$0]?.verdict }.max() ?? .undecided
        guard worst == .proved, let step = node.step else { return NodeJudgement(worst, "children") }
        if let horn = step.horn, !follows(horn.goal, from: horn.rules, below: node) {
            return NodeJudgement(.refuted, "step: goal does not follow")
        }
        guard let arithmetic = step.arithmetic else { return NodeJudgement(.proved, "step") }
        switch try arithmetic.decide(evidence.document, opinion: opinion) {
        case .proved(let solvers): return NodeJudgement(.proved, "step", solvers: solvers)
        case .refuted(let model, let solvers):
            let values = model.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
            return NodeJudgement(.refuted, "step", detail: values.joined(separator: ", "), solvers: solvers)
        case .contradiction(let solvers):
            return NodeJudgement(.refuted, "step: premises contradict each other", solvers: solvers)
        case .undecided(let reason): return NodeJudgement(.undecided, "step: " + reason)
        }
    }

    /// Whether an atom is among those that the proved nodes below establish, closed under rules.
    private func follows(_ goal: String, from rules: [HornRule], below node: CaseNode) -> Bool {
        var atoms: Set<ExactText> = []
        var (open, seen) = (node.supportedBy, Set(node.supportedBy))
        while let id = open.popLast() {
            guard let below = tree.byID[id], judged[id]?.verdict == .proved else { continue }
            atoms.formUnion(below.establishes.map(ExactText.init))
            open += below.supportedBy.filter { seen.insert($0).inserted }
        }
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for rule in rules where rule.conditions.allSatisfy({ atoms.contains(ExactText($0)) }) {
                hasGrown = atoms.insert(ExactText(rule.conclusion)).inserted || hasGrown
            }
        }
        return atoms.contains(ExactText(goal))
    }

    /// A doubt holds (proved), is open (undecided), or has no effect (refuted).
    private func doubt(_ node: CaseNode) -> NodeJudgement {
        var truth: Truth? = node.check.map { $0.truth(evidence.document) }
        if !node.supportedBy.isEmpty {
            let worst = node.supportedBy.compactMap { judged[$0]?.verdict }.max() ?? .undecided
            let support: Truth = worst == .proved ? .yes : worst == .refuted ? .no : .unknown
            truth = truth.map { $0 && support } ?? support
        }
        var verdict = Verdict(truth ?? .unknown)
        // An answer to a doubt counts as far as what it stands on does; a doubt itself counts all the same.
        let isAnswer = node.challenges.flatMap { tree.byID[$0]?.kind } == .defeater
        if isAnswer, verdict == .proved {
            verdict = node.inContextOf.compactMap { judged[$0]?.verdict }.max() ?? .proved
        }
        let isAnswered = (tree.challengers[node.id] ?? []).contains { judged[$0]?.verdict == .proved }
        return NodeJudgement(isAnswered ? .refuted : verdict, "defeater")
    }

    /// What doubts leave of a node.
    private func challenged(_ node: CaseNode, _ own: NodeJudgement) -> NodeJudgement {
        let doubts = tree.challengers[node.id] ?? []
        if let holding = doubts.first(where: { judged[$0]?.verdict == .proved }) {
            return NodeJudgement(.refuted, "defeated by \(holding)")
        }
        if own.verdict == .proved,
            let open = doubts.first(where: { judged[$0]?.verdict != .refuted })
        {
            return NodeJudgement(.undecided, "open defeater \(open)")
        }
        return own
    }
}
