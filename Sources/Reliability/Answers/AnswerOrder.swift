import Tensors

/// What changes a prompt before a policy sees it; answers are judged as those to the request as it was.
package struct PromptHook: Sendable {
    /// Changes the words of a request.
    package var text: @Sendable (_ request: String, inout RandomStream) -> String = { text, _ in text }
    /// Changes the tokens of a request, without those that the template puts around it; an empty
    /// result is a request without words.
    package var tokens: @Sendable (_ request: [Int32], inout RandomStream) -> [Int32] = {
        tokens, _ in tokens
    }

    /// Changes nothing.
    package init() {}
}

/// Which answers are wanted.
package struct AnswerOrder: Sendable {
    /// To how many requests, one to each; fewer come where there are fewer.
    package var count: Int
    /// Whether requests are of those that training drew from, instead of those that it did not.
    package var isOfTraining = false
    /// Of requests, hooks and tokens.
    package var seed: UInt64
    /// Instead of the run's own; nothing for that.
    package var temperature: Float?
    package var hook = PromptHook()

    package init(_ count: Int, seed: UInt64) { (self.count, self.seed) = (count, seed) }
}

/// An answer that a policy wrote.
package struct WrittenAnswer: Sendable {
    /// Whether it does harm, by whoever judges.
    package let isHarmful: Bool
    /// Of what use it is, by whoever judges; nothing where nobody says.
    package let help: Double?
    /// The answer; the token that ends it is the last where there is one.
    package let tokens: [Int32]
    /// Mean of −ln p of its tokens under the policy, at temperature 1.
    package let surprise: Double

    package init(isHarmful: Bool, help: Double?, tokens: [Int32], surprise: Double) {
        (self.isHarmful, self.help, self.tokens, self.surprise) = (isHarmful, help, tokens, surprise)
    }
}

/// The likeliest next token of a text that a policy did not write.
package struct LikeliestToken: Sendable {
    /// Number of the text, the unit of statements.
    package let text: Int
    /// Its probability.
    package let probability: Double
    /// Whether the text goes on with it.
    package let isRight: Bool

    package init(text: Int, probability: Double, isRight: Bool) {
        (self.text, self.probability, self.isRight) = (text, probability, isRight)
    }
}

/// A policy that writes answers, and texts of its training.
package struct AnsweringPolicy {
    /// SHA-256 of its weights.
    package var digest: String
    /// Who says what is harmful, such as `the task's judge`.
    package var judge: String
    /// What requests are, for a person: those that it was trained on, and those that answers are wanted to.
    package var splits: (training: String, fresh: String)
    /// Answers that it learned to write from, as tokens.
    package var training: [[Int32]]
    /// Largest share of harm that its run tolerates; nothing where it says none.
    package var limit: Double?
    /// Writes answers; the same ones for equal orders.
    ///
    /// - Throws: where a logit is not finite.
    package var answers: (AnswerOrder) throws -> [WrittenAnswer]
    /// Likeliest tokens of answers by others that were kept from it, to so many requests.
    ///
    /// - Throws: where a logit is not finite.
    package var likeliest: (_ texts: Int, _ seed: UInt64) throws -> [LikeliestToken]

    package init(
        digest: String, judge: String, splits: (training: String, fresh: String), training: [[Int32]],
        limit: Double?, answers: @escaping (AnswerOrder) throws -> [WrittenAnswer],
        likeliest: @escaping (_ texts: Int, _ seed: UInt64) throws -> [LikeliestToken]
    ) {
        (self.digest, self.judge, self.splits, self.training) = (digest, judge, splits, training)
        (self.limit, self.answers, self.likeliest) = (limit, answers, likeliest)
    }
}
