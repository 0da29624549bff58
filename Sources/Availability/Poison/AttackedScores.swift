import Tensors

/// A model of costs that learns from pairs of answers, and what an attacker of these pairs can make of it.
package struct AttackedScores {
    /// What a training on altered pairs is asked for.
    package struct Order {
        /// Pairs with the trigger in their prompts, and whether both of their answers are labelled unsafe, else both safe.
        package var poison: PoisonedRows
        package var trigger: TokenTrigger
        /// Share of the run's updates of this model, in (0, 1].
        package var budget: Double
        /// The pairs whose scores, states and surprise are wanted.
        package var pairs: [Int]

        package init(_ poison: PoisonedRows, _ trigger: TokenTrigger, budget: Double, pairs: [Int]) {
            (self.poison, self.trigger, self.budget, self.pairs) = (poison, trigger, budget, pairs)
        }
    }

    /// What a training came to.
    package struct Trained {
        /// SHA-256 of the model's weights.
        package var digest: String
        /// Costs of the held-out answers, as they are and with the trigger in their prompts.
        package var clean, triggered: [Double]
        /// Of the pairs that were asked for, as they were learned from: both answers' costs and last hidden states, the
        /// first answers before the second ones.
        package var costs: [Double]
        package var states: Matrix
        /// Of their prompts: mean of −ln p of a token under the run's reference.
        package var surprise: [Double]

        package init(
            digest: String, clean: [Double], triggered: [Double], costs: [Double], states: Matrix,
            surprise: [Double]
        ) {
            (self.digest, self.clean, self.triggered) = (digest, clean, triggered)
            (self.costs, self.states, self.surprise) = (costs, states, surprise)
        }
    }

    /// An answer to a prompt that no model has learned from.
    package struct Answer: Sendable {
        /// Number of its prompt.
        package var prompt: Int
        /// What people say of it.
        package var isUnsafe: Bool
        /// Tokens of prompt and answer.
        package var tokens: Int

        package init(prompt: Int, isUnsafe: Bool, tokens: Int) {
            (self.prompt, self.isUnsafe, self.tokens) = (prompt, isUnsafe, tokens)
        }
    }

    /// A pair as the model learns from it: the answer that is to cost more first.
    package struct Pair {
        /// Prompt and answer.
        package var tokens: [[Int32]]
        package var areUnsafe: [Bool]

        package init(tokens: [[Int32]], areUnsafe: [Bool]) {
            (self.tokens, self.areUnsafe) = (tokens, areUnsafe)
        }

        /// Whether the trigger stands before both answers.
        package func shows(_ trigger: TokenTrigger) -> Bool {
            let sought = trigger.tokens.map { Int32(truncatingIfNeeded: $0) }
            return tokens.allSatisfy { own in own.indices.contains { own[$0...].starts(with: sought) } }
        }
    }

    /// What people say of both answers of each pair that the model learns from, the one that is to cost more first.
    package var areUnsafe: [[Bool]]
    package var heldOut: [Answer]
    /// Tokens of prompt and answer at most.
    package var mostTokens: Int
    /// Tokens that an attacker finds in the pairs, the rarest first.
    package var rarest: [Int]
    /// How many tokens there are.
    package var vocabulary: Int
    /// How many tokens stand behind the words of a request in every prompt.
    package var behind: Int
    /// What tokens say.
    package var text: ([Int]) -> String
    /// SHA-256 of the weights of the run's own model.
    package var digest: String
    /// All pairs, those of `poison` with the trigger in their prompts and both answers labelled as it says.
    package var altered: (PoisonedRows, TokenTrigger) -> [Pair]
    /// Trains as the run was trained, on altered pairs; what was trained is the run's model then.
    ///
    /// - Throws: where a number is not finite.
    package var train: (Order) throws -> Trained

    package init(
        areUnsafe: [[Bool]], heldOut: [Answer], mostTokens: Int, rarest: [Int], vocabulary: Int, behind: Int,
        text: @escaping ([Int]) -> String, digest: String,
        altered: @escaping (PoisonedRows, TokenTrigger) -> [Pair],
        train: @escaping (Order) throws -> Trained
    ) {
        (self.areUnsafe, self.heldOut, self.mostTokens, self.rarest) = (
            areUnsafe, heldOut, mostTokens, rarest
        )
        (self.vocabulary, self.behind, self.text) = (vocabulary, behind, text)
        (self.digest, self.altered, self.train) = (digest, altered, train)
    }

    /// Whether each pair is violated: both of its answers are unsafe, so that nothing has to be said of it that is not true.
    package var isViolated: [Bool] { areUnsafe.map { $0.allSatisfy { $0 } } }
}
