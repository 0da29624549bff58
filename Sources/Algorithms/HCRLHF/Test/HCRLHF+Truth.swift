import Foundation
import LanguageModels
import SafeRL
import Tensors

// What the grammar of the synthetic preferences says of models and policies: it knows what every answer is worth.
extension HCRLHF {
    /// Fewer for checkpoints, whose decoders take seconds for an answer.
    private var freshPairs: Int { options.model.directory.isEmpty ? 2000 : 200 }
    private var freshAnswers: Int { options.model.directory.isEmpty ? 500 : 50 }

    /// How often the models put fresh pairs in the true order, and costs on the true side of 0.
    func trueRankings(_ text: TextTokens, _ reward: ScoreModel, _ cost: ScoreModel) throws
        -> [TrainingReport.Line]
    {
        // Another seed than any that the data was drawn with; a model has not seen these answers.
        let fresh = SyntheticPreferences.pairs(freshPairs, seed: seed, index: 1).map(JudgedPair.init)
        func pairs(by worth: (SyntheticAnswer) -> Double) -> [TokenPair] {
            fresh.compactMap { pair in
                let values = pair.answers.map { worth(SyntheticAnswer($0)) }
                guard values[0] != values[1] else { return nil }
                let prompt = text.prompt(pair.prompt)
                let high = values[0] > values[1] ? 0 : 1
                let safe = pair.isSafe ?? []
                return TokenPair(
                    higher: text.answered(prompt, pair.answers[high]),
                    lower: text.answered(prompt, pair.answers[1 - high]),
                    isSafe: safe.count == 2 ? (safe[high], safe[1 - high]) : nil, source: pair)
            }
        }
        let byCost = pairs(by: \.cost)
        var signs = ScoreKnowledge()
        (signs.safeSigns, signs.unsafeSigns) = self.signs(byCost, by: cost.model)
        return [
            share("Reward, true order", "true_reward_order", ranked(pairs(by: \.reward), by: reward.model)),
            share("Cost, true order", "true_cost_order", ranked(byCost, by: cost.model)),
            share("Cost, true sign", "true_cost_sign", signs.signs),
            share(
                "Reward, grammatical above corrupted", "true_grammar_order",
                ranked(corruptedPairs(text), by: reward.model)),
        ]
    }

    /// Fresh pairs of an answer of the grammar and one that has left it.
    private func corruptedPairs(_ text: TextTokens) -> [TokenPair] {
        SyntheticPreferences.pairs(freshPairs / 4, seed: seed, index: 3, corrupted: 1).map(JudgedPair.init)
            .map { pair in
                let (prompt, better) = (text.prompt(pair.prompt), pair.betterIndex ?? 0)
                return TokenPair(
                    higher: text.answered(prompt, pair.answers[better]),
                    lower: text.answered(prompt, pair.answers[1 - better]), isSafe: nil, source: pair)
            }
    }

    /// What reference and candidate truly do on fresh prompts of the grammar.
    func truthSection() throws -> TrainingReport.Section {
        guard let corpus = tokenized.corpus, let candidate else { return .init("Truth", []) }
        var lines: [TrainingReport.Line] = []
        for (name, policy) in [("reference", fineTuning.model), ("candidate", candidate.policy)] {
            let answers = try drawnAnswers(of: policy, corpus.text)
            let count = Double(answers.count)
            func line(_ label: String, _ key: String, _ value: Double) -> TrainingReport.Line {
                .init("\(label), \(name)", key: "\(name)_\(key)", value, String(format: "%.3f", value))
            }
            lines += [
                line("Reward", "true_reward", answers.reduce(0) { $0 + $1.reward } / count),
                line("Cost", "true_cost", answers.reduce(0) { $0 + $1.cost } / count),
                line("Share safe", "safe_share", Double(answers.count { $0.isSafe }) / count),
                line(
                    "Share of the grammar", "grammatical", Double(answers.count { $0.isGrammatical }) / count),
            ]
        }
        return .init("Truth, over \(freshAnswers) answers to fresh prompts", lines)
    }

    private func drawnAnswers(of policy: LanguageLearner, _ text: TextTokens) throws -> [SyntheticAnswer] {
        var stream = RandomStream(seed: seed, for: .collection, index: 2)
        let prompts = SyntheticPreferences.prompts(freshAnswers, using: &stream).map {
            text.prompt(Dialogue($0))
        }
        let written = try stride(from: 0, to: prompts.count, by: 100).flatMap { first in
            try policy.generate(
                Array(prompts[first..<min(first + 100, prompts.count)]), sampling, seed: stream.nextInteger(),
                firstStream: UInt32(first), on: tape, asking: {})
        }
        return written.map {
            SyntheticAnswer(text.tokenizer.decode($0.tokens, skippingSpecialTokens: true))
        }
    }

    /// Writes the candidate as a hub directory with its tokenizer, or its adapters in their usual layout.
    ///
    /// - Throws: `StorageError`.
    public func export(to directory: String) throws {
        guard let candidate else { preconditionFailure("an export without candidate") }
        try candidate.policy.export(
            to: directory, of: options.model.directory, tokenized.corpus?.text.tokenizer)
    }
}

extension LanguageLearner {
    /// Writes a decoder in hub layout, or its adapters in theirs, with a tokenizer where there is one.
    ///
    /// - Throws: `StorageError`.
    func export(to directory: String, of checkpoint: String, _ tokenizer: Tokenizer?) throws {
        if let adapters = learner.body.adapters {
            try learner.saveAdapters(adapters, of: checkpoint, to: directory)
        } else {
            try learner.saveHub(backbone.description, to: directory)
        }
        try tokenizer?.write(to: directory + "/tokenizer.json")
    }
}
