import LanguageModels
import SafeRL
import Tensors

/// What score models say of pairs and answers of prompts that no model was trained on, for an assessment.
package struct HeldOutAnswers: Sendable {
    /// Two answers to one prompt in the order of people.
    package struct Pair: Sendable {
        /// Number of the prompt; pairs of one prompt belong together.
        package let prompt: Int
        /// Score of the answer that people put higher less that of the other.
        package let difference: Double
        /// Tokens of both answers with the prompt.
        package let tokens: Int
    }

    /// One answer.
    package struct Answer: Sendable {
        /// Number of the prompt.
        package let prompt: Int
        package let score: Double
        /// What people said; nil where nobody did.
        package let isUnsafe: Bool?
        /// Tokens of the prompt and the answer.
        package let tokens: Int
    }

    /// Of the reward model: the better answer first.
    package var rewardPairs: [Pair] = []
    /// Of the cost model: the more harmful answer first.
    package var costPairs: [Pair] = []
    /// Scores of both answers of its pairs by each model.
    package var rewards: [Answer] = []
    package var costs: [Answer] = []
    /// Whether a cost above 0 means unsafe.
    package var hasSigns = false
    /// Last hidden states by the cost model, else by the reward model: of training answers, of held-out ones, and of these with the
    /// tokens behind the prompt in a random order.
    package var known: [[Float]] = []
    package var fresh: [[Float]] = []
    package var shuffled: [[Float]] = []
}

extension HCRLHF {
    /// Rows whose hidden states are taken at most, of each kind.
    private static let mostStates = 1000

    /// What the score models of a checkpoint that was loaded say of what was held out.
    ///
    /// - Parameter seed: of the order of shuffled answers.
    /// - Returns: nothing where scores are a task's own, or no model has learned yet.
    package func heldOutAnswers(seed: UInt64) -> HeldOutAnswers? {
        guard let corpus = tokenized.corpus, reward != nil || cost != nil else { return nil }
        var numbers: [Dialogue: Int] = [:]
        func number(_ pair: TokenPair) -> Int {
            let key = options.split.matching.key(of: pair.source.prompt)
            return numbers[key]
                ?? {
                    numbers[key] = numbers.count
                    return numbers.count - 1
                }()
        }
        func scored(_ pairs: [TokenPair], _ model: LanguageLearner) -> (
            [HeldOutAnswers.Pair], [HeldOutAnswers.Answer]
        ) {
            let higher = model.endScores(pairs.map(\.higher), on: tape)
            let lower = model.endScores(pairs.map(\.lower), on: tape)
            var (rows, answers) = ([HeldOutAnswers.Pair](), [HeldOutAnswers.Answer]())
            for (place, pair) in pairs.enumerated() {
                let prompt = number(pair)
                rows.append(
                    .init(
                        prompt: prompt, difference: higher[place] - lower[place],
                        tokens: pair.higher.count + pair.lower.count))
                answers += [
                    .init(
                        prompt: prompt, score: higher[place], isUnsafe: pair.isSafe.map { !$0.higher },
                        tokens: pair.higher.count),
                    .init(
                        prompt: prompt, score: lower[place], isUnsafe: pair.isSafe.map { !$0.lower },
                        tokens: pair.lower.count),
                ]
            }
            return (rows, answers)
        }
        var found = HeldOutAnswers()
        if let reward {
            (found.rewardPairs, found.rewards) = scored(corpus.heldOutHelpful, reward.model)
        }
        if let cost { (found.costPairs, found.costs) = scored(corpus.heldOutHarmless, cost.model) }
        found.hasSigns = cost != nil && hasSigns
        let own =
            cost != nil ? (corpus.harmless, corpus.heldOutHarmless) : (corpus.helpful, corpus.heldOutHelpful)
        if let model = (cost ?? reward)?.model {
            addStates(of: model, own.0, own.1, corpus.text, seed: seed, to: &found)
        }
        return found
    }

    private func addStates(
        of model: LanguageLearner, _ training: [TokenPair], _ heldOut: [TokenPair], _ text: TextTokens,
        seed: UInt64, to found: inout HeldOutAnswers
    ) {
        func some(_ pairs: [TokenPair]) -> ArraySlice<TokenPair> { pairs.prefix(Self.mostStates) }
        var stream = RandomStream(seed: seed, for: .splitting)
        let mixed = some(heldOut).map { pair -> [Int32] in
            let start = min(text.prompt(pair.source.prompt).count, pair.higher.count)
            var tail = Array(pair.higher[start...])
            for place in stride(from: tail.count - 1, to: 0, by: -1) {
                tail.swapAt(place, stream.nextInteger(below: place + 1))
            }
            return pair.higher[..<start] + tail
        }
        found.known = model.endStates(some(training).map(\.higher), on: tape)
        found.fresh = model.endStates(some(heldOut).map(\.higher), on: tape)
        found.shuffled = model.endStates(mixed, on: tape)
    }
}
