/// The verdict of one node.
package struct NodeJudgement: Sendable, Equatable {
    package let verdict: Verdict
    /// A few words, such as `children` or `defeated by D1`.
    package let reason: String
    /// Values that refute a step, or the evidence that it is about; empty where there is none.
    package let detail: String
    /// Who decided a step; empty elsewhere.
    package let solvers: String

    init(_ verdict: Verdict, _ reason: String, detail: String = "", solvers: String = "") {
        (self.verdict, self.reason, self.detail, self.solvers) = (verdict, reason, detail, solvers)
    }

    /// The same with other solvers, which may differ from machine to machine.
    func with(solvers: String) -> NodeJudgement {
        NodeJudgement(verdict, reason, detail: detail, solvers: solvers)
    }
}

/// The verdict of every node of a case.
package struct CaseJudgement: Sendable {
    package let top: String
    /// By id.
    package private(set) var nodes: [String: NodeJudgement]
    package let evidence: [(name: String, state: EvidenceState)]
    /// Ids of assumptions without check that the top goal rests on, in the order of the case.
    package let assumptions: [String]

    /// That of the top goal.
    package var verdict: Verdict { nodes[top]?.verdict ?? .undecided }

    /// The same as if others had decided the steps, by id.
    package func decided(by solvers: [String: String]) -> CaseJudgement {
        var copy = self
        copy.nodes = Dictionary(
            uniqueKeysWithValues: nodes.map { ($0.key, $0.value.with(solvers: solvers[$0.key] ?? "")) })
        return copy
    }

    /// Judges a case, whatever the order of its nodes.
    ///
    /// - Parameters:
    ///   - assuranceCase: whose links are checked.
    ///   - evidence: as it was found.
    ///   - opinion: of another solver on arithmetic steps.
    /// - Throws: `SolverDisagreement`.
    package init(
        _ assuranceCase: AssuranceCase, _ evidence: FoundEvidence, opinion: (any SecondOpinion)? = nil
    ) throws(SolverDisagreement) {
        var judge = CaseJudge(assuranceCase, evidence, opinion)
        for node in assuranceCase.nodes { try judge.judge(node.id) }
        (top, nodes, self.evidence) = (assuranceCase.top, judge.judged, evidence.states)
        assumptions = assuranceCase.nodes.filter { $0.kind == .assumption && $0.check == nil }.map(\.id)
    }
}
