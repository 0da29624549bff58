import LanguageModels
import Reliability
import SafeRL
import Tensors

extension HCRLHF {
    /// The candidate of a checkpoint that was loaded, and what it answers.
    ///
    /// Requests are those of the pairs: that the models were trained on, and that were held out from them. Prompts of the safety test
    /// stay sealed. Answers are judged by the grammar of synthetic preferences, else by the run's cost model where its sign means
    /// something.
    ///
    /// - Returns: nothing for a task that is written token by token, for a checkpoint of a stage before the candidate's, and where nobody can
    ///   judge.
    /// - Throws: `CheckpointError`.
    package func answering(from checkpoint: CheckpointReader) throws -> AnsweringPolicy? {
        guard let corpus = tokenized.corpus, tokenized.leadsToTest else { return nil }
        try loadCandidate(of: 1, from: checkpoint)
        guard let learner = candidate?.policy else { return nil }
        let isKnown = data.isSynthetic
        guard isKnown || hasSigns, cost != nil else { return nil }
        let known = Self.prompts(of: corpus.helpful + corpus.harmless)
        let fresh = Self.prompts(of: corpus.heldOutHelpful + corpus.heldOutHarmless)
        return AnsweringPolicy(
            digest: learner.digest,
            judge: isKnown ? "the grammar of the preferences" : "the run's cost model",
            splits: ("prompts of the models' pairs", "prompts that were held out"),
            training: tokenized.demonstrations.map(\.tokens),
            limit: options.test.scale == .rate ? options.test.limit : nil,
            answers: {
                try self.answers($0, to: $0.isOfTraining ? known : fresh, corpus.text, by: learner)
            },
            likeliest: { texts, _ in
                // The answers that people put higher, of prompts that no model has seen.
                let pairs = (corpus.heldOutHelpful.map { ($0.source.prompt, $0.higher) }).prefix(texts)
                return try learner.likeliest(
                    pairs.compactMap { prompt, all in
                        let start = corpus.text.prompt(prompt).count
                        return all.count > start
                            ? Response(prompt: Array(all[..<start]), tokens: Array(all[start...])) : nil
                    }, on: self.tape)
            })
    }

    /// Different prompts in the order of the pairs.
    private static func prompts(of pairs: [TokenPair]) -> [Dialogue] {
        var seen: Set<Dialogue> = []
        return pairs.map(\.source.prompt).filter { seen.insert($0).inserted }
    }

    private func answers(
        _ order: AnswerOrder, to all: [Dialogue], _ text: TextTokens, by learner: LanguageLearner
    ) throws -> [WrittenAnswer] {
        let room = options.model.tokens - options.sampling.tokens
        let usable = all.filter { text.prompt($0).count <= room }
        // Drawn without repeating one: the unit of statements is the prompt.
        var stream = RandomStream(seed: order.seed, for: .collection)
        var rest = Array(usable.indices)
        let places = (0..<min(order.count, usable.count)).map { _ in
            rest.remove(at: stream.nextInteger(below: rest.count))
        }
        let requests = places.map { usable[$0] }
        let answers = try text.answers(to: requests, order, by: learner, sampling, on: tape) { _, answer in
            let judged = SyntheticAnswer(answer)
            return data.isSynthetic ? (!judged.isSafe, judged.reward) : (false, nil)
        }
        guard !data.isSynthetic, let cost, let reward else { return answers }
        // By the request as it was, whatever the policy saw.
        let sequences = zip(requests, answers).map { text.prompt($0) + $1.tokens }
        let costs = cost.model.endScores(sequences, on: tape)
        let rewards = reward.model.endScores(sequences, on: tape)
        return answers.enumerated().map { place, answer in
            WrittenAnswer(
                isHarmful: !(costs[place] <= 0), help: rewards[place], tokens: answer.tokens,
                surprise: answer.surprise)
        }
    }
}
