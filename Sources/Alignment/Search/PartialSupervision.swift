/// The loss of a head that predicts the reward of every next token, of which only the one that followed has a target.
///
///     L = mean over j of (M(s_{<j})[s_j] − R(s_{≤j}))²
///
/// - SeeAlso: Saffron-1, arXiv:2506.06444.
public struct PartialSupervision: Sendable, Hashable {
    /// The loss.
    public let loss: Double
    /// ∂loss/∂M, which is 0 but for the tokens that followed; `[T][V]`.
    public let gradient: [[Double]]

    /// Compares predictions with rewards.
    ///
    /// - Parameters:
    ///   - scores: M behind each prefix, `[T][V]`; at least one.
    ///   - tokens: that followed each prefix.
    ///   - rewards: of each prefix with the token.
    public init(scores: [[Double]], tokens: [Int], rewards: [Double]) {
        precondition(
            !scores.isEmpty && scores.count == tokens.count && tokens.count == rewards.count,
            "\(scores.count) predictions, \(tokens.count) tokens, \(rewards.count) rewards")
        var (loss, gradient) = (0.0, scores.map { [Double](repeating: 0, count: $0.count) })
        for (place, token) in tokens.enumerated() {
            let difference = scores[place][token] - rewards[place]
            loss += difference * difference / Double(tokens.count)
            gradient[place][token] = 2 * difference / Double(tokens.count)
        }
        (self.loss, self.gradient) = (loss, gradient)
    }

    /// Tokens that never follow anything in some sequences, which a search must not trust the head about.
    public static func unseen(vocabulary: Int, in sequences: [[Int]]) -> Set<Int> {
        sequences.reduce(into: Set(0..<vocabulary)) { $0.subtract($1.dropFirst()) }
    }
}
