/// The majority of models that learned from disjoint parts of the data, and how many altered rows cannot change it.
///
/// A row lies in one part, so that r altered rows change r votes at most.
///
/// - SeeAlso: Levine and Feizi 2021, "Deep partition aggregation", arXiv:2006.14768.
public struct PartitionVote: Sendable, Hashable {
    /// The label with most votes, the lowest of several.
    public let label: Int
    /// Rows that may be altered, added or removed without another majority: ⌊(n₁ − max over other labels j of (nⱼ + [j < label]))/2⌋.
    public let tolerated: Int

    /// Counts.
    ///
    /// - Parameter votes: for each label, at least two of them.
    public init(_ votes: [Int]) {
        precondition(votes.count >= 2, "a vote between \(votes.count) labels")
        var label = 0
        for other in votes.indices where votes[other] > votes[label] { label = other }
        let rival = votes.indices.filter { $0 != label }.map { votes[$0] + ($0 < label ? 1 : 0) }.max() ?? 0
        (self.label, tolerated) = (label, max(0, (votes[label] - rival) / 2))
    }
}
