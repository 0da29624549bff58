/// The verdict of one node.
package struct NodeJudgement: Sendable, Equatable {
    package let verdict: Verdict
    /// A few words, such as `children` or `defeated by D1`.
    package let reason: String
    /// Values that refute a step, or who proved it; empty where there are none.
    package let detail: String

    init(_ verdict: Verdict, _ reason: String, detail: String = "") {
        (self.verdict, self.reason, self.detail) = (verdict, reason, detail)
    }
}

/// The verdict of every node of a case.
package struct CaseJudgement: Sendable {
    package let top: String
    /// By id.
    package let nodes: [String: NodeJudgement]
    package let evidence: [(name: String, state: EvidenceState)]
    /// Ids of assumptions without check that the top goal rests on, in the order of the case.
    package let assumptions: [String]

    /// That of the top goal.
    package var verdict: Verdict { nodes[top]?.verdict ?? .undecided }

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
