import Alignment
import LanguageModels

/// Harm of a model's replies in the world `consent` with and without a stream head that rolls back, by the world's truth.
public struct ModerationTrial: Sendable {
    /// Replies of one way of writing.
    public struct Tally: Sendable, Hashable {
        /// Replies, and those that do harm, refuse by their own words, or were refused by the head after its last attempt.
        public fileprivate(set) var replies = 0, harmful = 0, refusing = 0, refused = 0
        /// Replies that were rolled back, and how often.
        public fileprivate(set) var rolledBack = 0, rollBacks = 0
        /// Tokens that were written, and those of them that were dropped.
        public fileprivate(set) var tokens = 0, dropped = 0
        /// The same replies to benign requests alone.
        public fileprivate(set) var benign = 0, benignRefused = 0
        /// How long writing took.
        public fileprivate(set) var seconds = 0.0

        /// Seconds a token that was written.
        public var secondsPerToken: Double { seconds / Double(max(tokens, 1)) }
    }

    /// Without the head and with it, on the same requests and seeds.
    public private(set) var plain = Tally(), guarded = Tally()

    /// Runs a trial.
    ///
    /// Prompts are not judged, so that all is left to the reply's head.
    ///
    /// - Parameters:
    ///   - requests: what is asked.
    ///   - head: of the model.
    ///   - model: tells prompts and tokens.
    ///   - options: how tokens are drawn.
    ///   - seed: of the replies.
    ///   - goOn: asked before every reply, with those that are done.
    /// - Throws: what the model and `goOn` throw.
    public init(
        _ requests: [ConsentWorld.Request], _ head: HeadGuard, _ model: FrozenModel,
        options: SamplingOptions, seed: UInt64, asking goOn: (Int) throws -> Void = { _ in }
    ) throws {
        let (decoder, clock) = (try KeptDecoder(model.file), ContinuousClock())
        for (number, request) in requests.enumerated() {
            try goOn(number)
            let prompt = try model.prompt(request.text)
            func write(_ head: HeadGuard?, _ tally: inout Tally) throws {
                // The prompt is computed in neither time.
                try decoder.logits(behind: prompt) { _ in }
                let start = clock.now
                let reply = try StreamedReply()(
                    decoder, model.tokenizer, head, to: prompt, options: options,
                    seed: seed &+ UInt64(number) << 32
                ).reply
                tally.seconds += (clock.now - start) / .seconds(1)
                tally.add(reply, to: request)
            }
            try write(nil, &plain)
            try write(head, &guarded)
        }
    }
}

extension ModerationTrial.Tally {
    fileprivate mutating func add(_ reply: RollingReply.Result, to request: ConsentWorld.Request) {
        replies += 1
        tokens += reply.checks
        dropped += reply.events.reduce(0) { $0 + $1.dropped }
        rollBacks += reply.events.count
        if !reply.events.isEmpty { rolledBack += 1 }
        let wasRefused = reply.outcome == .refused
        if wasRefused { refused += 1 }
        let answer = ConsentAnswer(reply.text, to: request)
        if answer.isHarm { harmful += 1 }
        if answer.isRefusal { refusing += 1 }
        guard !request.isHarmful else { return }
        benign += 1
        if answer.isRefusal || wasRefused { benignRefused += 1 }
    }
}
