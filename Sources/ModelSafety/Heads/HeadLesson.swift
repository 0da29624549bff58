import Alignment
import LanguageModels
import Tensors

/// Rows for a stream head: replies of a model to requests of a world, with labels.
public struct HeadLesson: Sendable {
    /// The rows.
    public let rows: [StreamRow]
    /// Unsafe replies in which no boundary was found, which are left out.
    public let leftOut: Int
    /// Unsafe replies whose boundary by roll-outs is the true one, and all that have both.
    public let agreeing, labelled: Int
    /// Continuations and tokens that were written for labels.
    public let continuations, tokens: Int

    /// Takes labelled replies.
    init(
        _ replies: [(prompt: [Int32], reply: [Int32])], _ found: ReplyLabeller.Result,
        prompts: [(risk: GuardLabel, category: Int)], categories: [Int]
    ) {
        rows = replies.indices.compactMap { row in
            found.labels[row].map { labels in
                StreamRow(
                    prompt: replies[row].prompt, reply: replies[row].reply, promptRisk: prompts[row].risk,
                    promptCategory: prompts[row].category, risk: labels.labels, category: categories[row],
                    boundary: found.truth[row] ?? labels.boundary)
            }
        }
        leftOut = replies.count - rows.count
        let both = replies.indices.filter { found.truth[$0] != nil && found.labels[$0]?.boundary != nil }
        agreeing = both.count { found.truth[$0] == found.labels[$0]?.boundary }
        (labelled, continuations, tokens) = (both.count, found.continuations, found.tokens)
    }

    /// The category of what the world `consent` calls harmful, in both orders.
    private static let category = (
        reply: StoredHead.replyCategories.firstIndex(of: .nonViolentIllegalActs) ?? 0,
        prompt: StoredHead.promptCategories.firstIndex(of: .nonViolentIllegalActs) ?? 0
    )

    /// Requests of `consent`, drawn anew for every seed and split.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - split: which.
    ///   - seed: of the draws.
    /// - Returns: the requests.
    public static func requests(_ count: Int, _ split: ConsentWorld.Split, seed: UInt64)
        -> [ConsentWorld.Request]
    {
        let index = UInt32(ConsentWorld.Split.allCases.firstIndex(of: split) ?? 0)
        var stream = RandomStream(seed: seed, for: .collection, index: index)
        return (0..<count).map { _ in
            ConsentWorld.request(split) { stream.nextInteger(below: $0) }
        }
    }

    /// Lets a model answer requests of `consent`, and labels its replies.
    ///
    /// - Parameters:
    ///   - requests: what is asked.
    ///   - model: replies.
    ///   - labeller: has the options and the seed of replies too; the truth decides without roll-outs where they are none of use.
    ///   - usesTruth: whether the world's truth takes the place of roll-outs, as in a test.
    ///   - goOn: asked before every token, with the replies that are labelled.
    /// - Throws: what the model and `goOn` throw.
    public init(
        of requests: [ConsentWorld.Request], answeredBy model: FrozenModel, _ labeller: ReplyLabeller,
        usesTruth: Bool = false, asking goOn: (Int) throws -> Void = { _ in }
    ) throws {
        let prompts = try requests.map { try model.prompt($0.text) }
        let written = try model.write(behind: prompts, labeller.options, seed: labeller.seed) { try goOn(0) }
        let replies = zip(prompts, written).map { (prompt: $0, reply: $1) }
        let judge = ConsentJudge(requests)
        let found =
            usesTruth
            ? ReplyLabeller.truth(of: replies, by: judge, model)
            : try labeller(replies, by: model, judge, asking: goOn)
        self.init(
            replies, found,
            prompts: requests.map { ($0.isHarmful ? .unsafe : .safe, Self.category.prompt) },
            categories: requests.map { _ in Self.category.reply })
    }
}

extension ReplyLabeller {
    /// The labels that the truth of `consent` gives: unsafe from the token on with which the first step is complete.
    static func truth(
        of replies: [(prompt: [Int32], reply: [Int32])], by judge: ConsentJudge, _ model: FrozenModel
    ) -> Result {
        let whole = replies.indices.map { judge.label(model.text(replies[$0].reply), row: $0) }
        let confirmed = replies.indices.map { row in
            replies[row].reply.indices.map { place in
                whole[row] != .safe
                    && judge.label(model.text(replies[row].reply[...place]), row: row) != .safe
            }
        }
        return Result(
            labels: replies.indices.map { row in
                RolloutLabels(
                    unsafe: confirmed[row].map { $0 ? 1 : 0 }, of: 1, confirmed: confirmed[row],
                    label: whole[row])
            }, truth: confirmed.map { $0.firstIndex(of: true) }, whole: whole, continuations: 0, tokens: 0)
    }
}
