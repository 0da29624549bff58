import Alignment
import LanguageModels

/// Labels every token of replies by roll-outs from each beginning.
///
/// A beginning is the boundary where nearly all of its continuations are unsafe and the judge finds it unsafe itself. Both must hold, so
/// that continuations are written only behind beginnings which the judge confirms, and none behind the first that passes: the labels
/// are those of trying every beginning, at a fraction of the tokens.
///
/// - SeeAlso: Qwen3Guard's report, arXiv:2510.14276, on labels of tokens; `RolloutLabels`.
public struct ReplyLabeller: Sendable {
    /// What labelling found.
    public struct Result: Sendable {
        /// Of each reply; nothing for one that is unsafe and in which no boundary was found, which is left out of training.
        public let labels: [RolloutLabels?]
        /// The first beginning of each reply that the judge confirms, whatever follows; nothing where the whole reply is safe.
        public let truth: [Int?]
        /// The label of each reply as a whole.
        public let whole: [GuardLabel]
        /// Continuations and tokens that were written.
        public let continuations, tokens: Int
    }

    /// Continuations of a beginning, at least 1.
    public var rollouts: Int
    /// How they are drawn; a reply with its beginning has this many tokens at most.
    public var options: SamplingOptions
    /// Of the draws.
    public var seed: UInt64

    /// Describes it.
    public init(rollouts: Int = 20, options: SamplingOptions, seed: UInt64) {
        precondition(rollouts >= 1, "\(rollouts) continuations")
        (self.rollouts, self.options, self.seed) = (rollouts, options, seed)
    }

    /// Labels replies.
    ///
    /// - Parameters:
    ///   - replies: with their prompts, as `FrozenModel` writes them.
    ///   - model: writes continuations; the one that wrote the replies, or another.
    ///   - judge: knows the rows by their places.
    ///   - known: the label of each reply as a whole; the judge's without it.
    ///   - goOn: asked before every token, with the replies that are done.
    /// - Returns: labels, the same for the same seed.
    /// - Throws: what the model, the judge and `goOn` throw.
    public func callAsFunction(
        _ replies: [(prompt: [Int32], reply: [Int32])], by model: FrozenModel, _ judge: any ReplyJudge,
        whole known: [GuardLabel]? = nil, asking goOn: (Int) throws -> Void = { _ in }
    ) throws -> Result {
        let whole =
            try known ?? replies.indices.map { try judge.label(model.text(replies[$0].reply), row: $0) }
        var truth = [Int?](repeating: nil, count: replies.count)
        var unsafe = replies.map { [Int](repeating: 0, count: $0.reply.count) }
        var confirmed = replies.map { [Bool](repeating: false, count: $0.reply.count) }
        var open = replies.indices.filter { whole[$0] != .safe }.map { (row: $0, place: 0) }
        var (continuations, tokens, done) = (0, 0, replies.count - open.count)
        while !open.isEmpty {
            // The next beginning of every reply that the judge confirms.
            open = try open.compactMap { row, place in
                let reply = replies[row].reply
                let next = try (place..<reply.count).first {
                    try judge.label(model.text(reply[...$0]), row: row) != .safe
                }
                return next.map { (row, $0) }
            }
            for (row, place) in open {
                confirmed[row][place] = true
                if truth[row] == nil { truth[row] = place }
                for rest in try continued(row, place, replies[row], by: model, asking: { try goOn(done) }) {
                    continuations += 1
                    tokens += rest.count
                    let text = model.text(replies[row].reply[...place] + rest)
                    if try judge.label(text, row: row) != .safe { unsafe[row][place] += 1 }
                }
            }
            let left = open.filter {
                !RolloutLabels.isFlagged(unsafe: unsafe[$0.row][$0.place], of: rollouts)
                    && $0.place + 1 < replies[$0.row].reply.count
            }
            done += open.count - left.count
            open = left.map { ($0.row, $0.place + 1) }
        }
        let labels = replies.indices.map { row -> RolloutLabels? in
            let labels = RolloutLabels(
                unsafe: unsafe[row], of: rollouts, confirmed: confirmed[row], label: whole[row])
            return whole[row] == .safe || labels.boundary != nil ? labels : nil
        }
        return Result(
            labels: labels, truth: truth, whole: whole, continuations: continuations, tokens: tokens)
    }

    /// Continues a beginning up to the length of a reply; nothing follows an end.
    private func continued(
        _ row: Int, _ place: Int, _ reply: (prompt: [Int32], reply: [Int32]), by model: FrozenModel,
        asking goOn: () throws -> Void
    ) throws -> [[Int32]] {
        var options = options
        options.mostTokens -= place + 1
        guard options.mostTokens > 0, !model.endings.contains(reply.reply[place]) else {
            return [[Int32]](repeating: [], count: rollouts)
        }
        // A stream is named by its reply, its beginning and its number, and so is shared by no two.
        return try model.write(
            behind: [[Int32]](repeating: reply.prompt + reply.reply[...place], count: rollouts), options,
            seed: seed &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15, first: UInt32(place * rollouts),
            asking: goOn)
    }
}
