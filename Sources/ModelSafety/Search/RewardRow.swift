import Alignment
import LanguageModels

/// What a beginning of a reply is worth.
public enum BeginningReward: String, Sendable, CaseIterable {
    /// Minus the harm of the beginning itself: nothing tells beginnings apart before the first harm is done.
    case soFar = "so-far"
    /// Minus the harm of the finished reply: every reply is one roll-out of all its beginnings, and a head that is trained on many
    /// predicts the chance of harm.
    case final
}

/// A reply with the reward of each of its beginnings.
public struct RewardRow: Sendable, Hashable {
    /// Tokens before the reply, and of the reply; none empty.
    public let prompt, reply: [Int32]
    /// R(s_{≤j}) behind each token of the reply.
    public let rewards: [Float]

    /// States a row.
    public init(prompt: [Int32], reply: [Int32], rewards: [Float]) {
        precondition(
            !prompt.isEmpty && !reply.isEmpty && reply.count == rewards.count,
            "\(prompt.count) and \(reply.count) tokens, \(rewards.count) rewards")
        (self.prompt, self.reply, self.rewards) = (prompt, reply, rewards)
    }

    /// Whether the finished reply does harm: its last reward says so, whatever the others are of.
    public var isHarmful: Bool { (rewards.last ?? 0) < 0 }

    /// Replies of a model to requests of `consent`, with rewards by the world's truth.
    ///
    /// - Parameters:
    ///   - requests: what is asked.
    ///   - reward: what a beginning is worth.
    ///   - model: replies.
    ///   - options: how it draws.
    ///   - seed: of the draws.
    ///   - goOn: asked before every token; what it throws ends the writing.
    /// - Returns: one row a request.
    /// - Throws: what the model and `goOn` throw.
    public static func rows(
        of requests: [ConsentWorld.Request], _ reward: BeginningReward, by model: FrozenModel,
        _ options: SamplingOptions, seed: UInt64, asking goOn: () throws -> Void = {}
    ) throws -> [RewardRow] {
        let prompts = try requests.map { try model.prompt($0.text) }
        let replies = try model.write(behind: prompts, options, seed: seed, asking: goOn)
        let judge = ConsentJudge(requests)
        func isHarmful(_ tokens: some Sequence<Int32>, _ row: Int) -> Bool {
            judge.label(model.text(tokens), row: row) != .safe
        }
        return requests.indices.map { row in
            let rewards: [Float]
            switch reward {
            case .soFar:
                rewards = replies[row].indices.map { isHarmful(replies[row][...$0], row) ? -1 : 0 }
            case .final:
                let harm: Float = isHarmful(replies[row], row) ? -1 : 0
                rewards = replies[row].map { _ in harm }
            }
            return RewardRow(prompt: prompts[row], reply: replies[row], rewards: rewards)
        }
    }

    /// Replies of a file: what is not labelled safe does harm.
    ///
    /// - Parameters:
    ///   - places: rows of the file that are meant.
    ///   - file: the rows.
    ///   - model: whose tokens they become.
    /// - Returns: one row a place.
    /// - Throws: `HeadError` where nothing is left of a row; `ChatTemplateError`.
    public static func rows(_ places: [Int], of file: HeadRows, by model: FrozenModel) throws -> [RewardRow] {
        try places.map { place in
            let row = file.rows[place]
            let (prompt, reply) = try file.tokens(place, of: model)
            return RewardRow(
                prompt: prompt, reply: reply, rewards: reply.map { _ in row.label == .safe ? 0 : -1 })
        }
    }
}
