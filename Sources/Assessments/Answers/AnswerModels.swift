import Foundation
import SafeRL

/// Score models of answers, and what they say of answers that nobody trained them on.
package struct AnswerModels: Sendable {
    /// Two answers to one prompt in the order of people.
    package struct Pair: Sendable {
        /// Number of the prompt, the unit of every statement.
        package let prompt: Int
        /// Score of the answer that people put higher less that of the other.
        package let difference: Double
        /// Tokens of both.
        package let tokens: Int

        package init(prompt: Int, difference: Double, tokens: Int) {
            (self.prompt, self.difference, self.tokens) = (prompt, difference, tokens)
        }
    }

    /// One answer.
    package struct Answer: Sendable {
        package let prompt: Int
        package let score: Double
        /// What people said; nil where nobody did.
        package let isUnsafe: Bool?
        package let tokens: Int

        package init(prompt: Int, score: Double, isUnsafe: Bool?, tokens: Int) {
            (self.prompt, self.score, self.isUnsafe, self.tokens) = (prompt, score, isUnsafe, tokens)
        }
    }

    /// SHA-256 of the state that the models are of.
    package var identity: String
    package var step: Int
    package var algorithm: String
    /// Where the answers are from.
    package var place: String
    package var rewardPairs: [Pair] = []
    package var costPairs: [Pair] = []
    package var rewards: [Answer] = []
    package var costs: [Answer] = []
    /// Whether a cost above 0 means unsafe.
    package var hasSigns = false
    /// Last hidden states: of training answers, of held-out ones, and of these with shuffled tokens.
    package var known: [[Float]] = []
    package var fresh: [[Float]] = []
    package var shuffled: [[Float]] = []

    package init(identity: String, step: Int, algorithm: String, place: String) {
        (self.identity, self.step, self.algorithm, self.place) = (identity, step, algorithm, place)
    }

    /// Prompts of all that was held out.
    var prompts: Int {
        Set((rewardPairs + costPairs).map(\.prompt)).count
    }
}

/// 1/(1 + e^−x), without overflow.
func sigmoid(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}
