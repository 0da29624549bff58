/// Labels of a response's tokens out of its label as a whole, by roll-outs from each prefix.
///
/// The first prefix from which nearly all continuations are unsafe, and which a judge of the prefix alone confirms, is the
/// boundary. Every prefix is tried: the share is not monotone, so that a binary search would not do.
///
/// - SeeAlso: Qwen3Guard's report, arXiv:2510.14276, on labels of tokens.
public struct RolloutLabels: Sendable, Hashable {
    /// The first unsafe token, if there is one.
    ///
    /// A response without one is left out of training, and counted.
    public let boundary: Int?
    /// Safe before the boundary, the response's label from it on.
    public let labels: [GuardLabel]

    /// Whether so many of some continuations flag a prefix: at least 85 %.
    public static func isFlagged(unsafe: Int, of rollouts: Int) -> Bool {
        precondition(rollouts >= 1 && 0...rollouts ~= unsafe, "\(unsafe) of \(rollouts) continuations")
        return 100 * unsafe >= 85 * rollouts
    }

    /// Labels tokens.
    ///
    /// - Parameters:
    ///   - unsafe: continuations of each prefix that were judged unsafe or controversial.
    ///   - rollouts: continuations of each prefix, at least 1.
    ///   - confirmed: whether the judge finds each prefix itself unsafe.
    ///   - label: of the whole response.
    public init(unsafe: [Int], of rollouts: Int, confirmed: [Bool], label: GuardLabel) {
        precondition(unsafe.count == confirmed.count, "\(unsafe.count) and \(confirmed.count) prefixes")
        let boundary = unsafe.indices.first {
            Self.isFlagged(unsafe: unsafe[$0], of: rollouts) && confirmed[$0]
        }
        self.boundary = boundary
        labels = unsafe.indices.map { $0 < boundary ?? unsafe.count ? .safe : label }
    }
}
