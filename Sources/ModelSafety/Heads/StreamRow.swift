import Alignment
import Storage

/// A prompt and a reply whose tokens have labels: what a stream head learns from, and is tested on.
public struct StreamRow: Sendable, Hashable {
    /// Tokens before the reply, and of the reply, its end among them where there is one; none empty.
    public let prompt, reply: [Int32]
    /// What the prompt is.
    public let promptRisk: GuardLabel
    /// Its category, in `StoredHead.promptCategories`; counts where it is not safe.
    public let promptCategory: Int
    /// The label of each token of the reply.
    public let risk: [GuardLabel]
    /// The category of its tokens that are not safe, in `StoredHead.replyCategories`.
    public let category: Int
    /// The first token that is not safe in truth, where that is known; nothing where all are safe.
    public let boundary: Int?

    /// States a row.
    public init(
        prompt: [Int32], reply: [Int32], promptRisk: GuardLabel, promptCategory: Int, risk: [GuardLabel],
        category: Int, boundary: Int?
    ) {
        precondition(
            !prompt.isEmpty && !reply.isEmpty && risk.count == reply.count,
            "\(prompt.count) and \(reply.count) tokens, \(risk.count) labels")
        (self.prompt, self.reply, self.promptRisk) = (prompt, reply, promptRisk)
        (self.promptCategory, self.risk, self.category) = (promptCategory, risk, category)
        self.boundary = boundary
    }
}

/// Why rows or a stream head cannot be used; it never says what a row says.
public struct HeadError: Fault, Equatable {
    /// What is wrong and what to do.
    public let message: String
    /// What a file says.
    public var kind: FaultKind { .badData }
    /// One line.
    public var description: String { oneLine(message) }

    /// Makes an error.
    public init(_ message: String) { self.message = message }
}

extension HeadError {
    /// A model whose texts nothing ends, which no search can be by.
    static func nothingEnds(_ path: String) -> HeadError {
        HeadError(
            "\(path): names no token that ends a text, and a search needs one. Add eos_token_id to its config.json."
        )
    }
}
