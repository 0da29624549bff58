/// The two towers of a stream head: one judges the prompt at its last token, the other every token of the response.
///
/// - SeeAlso: Qwen3Guard's report, arXiv:2510.14276.
public struct StreamHead: Sendable, Hashable {
    /// A prompt and a response with their labels.
    public struct Sample: Sendable, Hashable {
        /// States of all tokens behind the backbone's last norm, `[T][hidden]`.
        public let states: [[Double]]
        /// How many of them belong to the prompt; at least one, and fewer than all.
        public let promptTokens: Int
        /// The prompt's label.
        public let promptRisk: GuardLabel
        /// The prompt's category, which counts where it is not safe.
        public let promptCategory: Int
        /// The label of each token of the response.
        public let risk: [GuardLabel]
        /// The category of its tokens that are not safe.
        public let category: Int

        /// States a sample.
        public init(
            states: [[Double]], promptTokens: Int, promptRisk: GuardLabel, promptCategory: Int,
            risk: [GuardLabel], category: Int
        ) {
            precondition(
                promptTokens >= 1 && !risk.isEmpty && promptTokens + risk.count == states.count,
                "\(states.count) states of \(promptTokens) and \(risk.count) tokens")
            (self.states, self.promptTokens) = (states, promptTokens)
            (self.promptRisk, self.promptCategory) = (promptRisk, promptCategory)
            (self.risk, self.category) = (risk, category)
        }
    }

    /// Losses of a sample.
    public struct Loss: Sendable, Hashable {
        /// Of the prompt's last token, and the mean of the response's tokens.
        public let prompt, response: Double
    }

    /// For tokens of responses.
    public internal(set) var response: StreamTower
    /// For prompts.
    public internal(set) var prompt: StreamTower
    /// Of the norms, above 0.
    public let epsilon: Double

    /// Takes towers.
    public init(response: StreamTower, prompt: StreamTower, epsilon: Double) {
        precondition(epsilon > 0, "an epsilon of \(epsilon)")
        (self.response, self.prompt, self.epsilon) = (response, prompt, epsilon)
    }

    /// The mean over samples of the prompt's loss plus the response's, and its gradient.
    ///
    /// - Parameter samples: at least one.
    /// - Returns: losses in the order of the samples; the gradient has the shape of the head.
    public func loss(_ samples: [Sample]) -> (loss: Double, samples: [Loss], gradient: StreamHead) {
        precondition(!samples.isEmpty, "no samples")
        var gradient = StreamHead(response: response.zero, prompt: prompt.zero, epsilon: epsilon)
        let share = 1 / Double(samples.count)
        let losses: [Loss] = samples.map { sample in
            let ofPrompt = prompt.loss(
                sample.states[sample.promptTokens - 1], sample.promptRisk, sample.promptCategory,
                weight: share, epsilon: epsilon, into: &gradient.prompt)
            let weight = share / Double(sample.risk.count)
            var ofResponse = 0.0
            for (token, risk) in sample.risk.enumerated() {
                ofResponse += response.loss(
                    sample.states[sample.promptTokens + token], risk, sample.category, weight: weight,
                    epsilon: epsilon, into: &gradient.response)
            }
            return Loss(prompt: ofPrompt, response: ofResponse / Double(sample.risk.count))
        }
        return (losses.reduce(0) { $0 + share * ($1.prompt + $1.response) }, losses, gradient)
    }
}
