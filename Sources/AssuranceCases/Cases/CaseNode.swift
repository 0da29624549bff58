/// What a node of a case is, in the words of the Goal Structuring Notation.
package enum NodeKind: String, Sendable, CaseIterable {
    case goal, strategy, solution, context, assumption, justification, defeater

    /// Kinds that may support it.
    var supporters: Set<NodeKind> {
        switch self {
        case .goal, .defeater: [.goal, .strategy, .solution]
        case .strategy: [.goal, .solution]
        default: []
        }
    }

    /// Kinds in whose context it may stand.
    var contexts: Set<NodeKind> {
        switch self {
        case .goal, .strategy, .defeater: [.context, .assumption, .justification]
        default: []
        }
    }

    /// Whether it is what others are to be seen with.
    var isContext: Bool { NodeKind.goal.contexts.contains(self) }

    /// Members that a node of this kind may have, besides `id`, `kind`, `text`, `supportedBy` and `inContextOf`.
    var members: [String] {
        switch self {
        case .goal, .strategy: ["establishes", "step"]
        case .solution: ["check", "establishes", "evidence"]
        case .assumption: ["check"]
        case .defeater: ["challenges", "check"]
        case .context, .justification: []
        }
    }
}

/// If all of some atoms are established, one more is.
package struct HornRule: Sendable {
    let conditions: [String], conclusion: String
}

/// How children give their parent.
package struct CaseStep: Sendable {
    /// Rules and the atom that they must reach; nothing where the step has none.
    package let horn: (rules: [HornRule], goal: String)?
    /// Premises and conclusion; nothing where the step has none.
    package let arithmetic: ArithmeticStep?
}

/// A claim, an argument, evidence, or what they are to be seen with.
package struct CaseNode: Sendable {
    package let id: String, kind: NodeKind, text: String
    /// Ids of what supports it.
    package let supportedBy: [String]
    /// Ids of contexts, assumptions and justifications.
    package let inContextOf: [String]
    /// Atoms that count as established once it is proved.
    package let establishes: [String]
    package let step: CaseStep?
    /// Of a solution: the evidence by name.
    package let evidence: String?
    package let check: EvidencePredicate?
    /// Of a defeater: what it doubts.
    package let challenges: String?

    /// Names of evidence that its own judgement needs.
    package var mentions: [String] {
        let all = (evidence.map { [$0] } ?? []) + (check?.evidence ?? []) + (step?.arithmetic?.evidence ?? [])
        return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// A file that a case rests on.
package struct EvidenceEntry: Sendable, Equatable {
    package let name: String
    /// Relative to the folder of the run, without `..`.
    package let file: String
    package let sha256: String
    package let validUntil: CaseTime
}
