import Alignment
import LanguageModels
import Reliability
import SafeRL
import Tensors

extension GRPO {
    /// The policy of a checkpoint, and what it answers.
    ///
    /// Requests are drawn anew from the task: of the split of training, or of the one that the test of harm draws from.
    ///
    /// - Returns: nothing for a checkpoint of a stage before the policy's.
    /// - Throws: `CheckpointError`.
    package func answering(from checkpoint: CheckpointReader) throws -> AnsweringPolicy? {
        try load(from: checkpoint)
        // Step sizes are of no matter: nothing is learned here.
        try loadPolicy(of: 1, from: checkpoint)
        guard let learner = policy?.learner else { return nil }
        let training = data.rows.map { row in
            let prompt = text.prompt(Dialogue(row.request))
            return Array(text.answered(prompt, row.answer).dropFirst(prompt.count))
        }
        return AnsweringPolicy(
            digest: learner.digest, judge: "the task's judge, by \"\(data.task.harm)\"",
            splits: (data.task.splits[0], options.test.split), training: training,
            limit: options.test.limit,
            answers: { try self.answers($0, by: learner) },
            likeliest: { try self.likeliest(texts: $0, seed: $1, by: learner) })
    }

    private func answers(_ order: AnswerOrder, by learner: LanguageLearner) throws -> [WrittenAnswer] {
        let split = order.isOfTraining ? data.task.splits[0] : options.test.split
        var stream = RandomStream(seed: order.seed, for: .collection)
        let requests = (0..<order.count).map { _ in JudgedRequest.draw(data.task, split, using: &stream) }
        let hasHelp = data.task.verifiers.contains("help")
        return try text.answers(
            to: requests.map { Dialogue($0.text) }, order, by: learner, sampling, on: tape
        ) { place, answer in
            let verifiers = requests[place].judge(answer)
            // What the judge does not tell counts as harm, as in the test.
            return (verifiers[data.task.harm].map { $0 > 0 } ?? true, hasHelp ? verifiers["help"] : nil)
        }
    }

    private func likeliest(
        texts: Int, seed: UInt64, by learner: LanguageLearner
    ) throws -> [LikeliestToken] {
        let fresh = TextTaskData(data.task, demonstrations: texts, seed: seed)
        return try learner.likeliest(
            fresh.rows.compactMap { text.response(Dialogue($0.request), $0.answer) }, on: tape)
    }
}

extension TextTokens {
    /// An answer behind its prompt; nothing where no token of it has room.
    func response(_ dialogue: Dialogue, _ answer: String) -> Response? {
        let prompt = prompt(dialogue)
        let all = answered(prompt, answer)
        return all.count > prompt.count
            ? Response(prompt: prompt, tokens: Array(all[prompt.count...])) : nil
    }

    /// Answers to requests, by a policy as an order asks, a hundred at once.
    ///
    /// - Parameters:
    ///   - requests: conversations that end with one.
    ///   - order: hooks, seed and temperature.
    ///   - learner: what writes.
    ///   - sampling: of the run.
    ///   - tape: used for every step.
    ///   - judge: number of a request and an answer, to whether it does harm and of what use it is.
    /// - Returns: one a request.
    /// - Throws: `NonFiniteError`.
    func answers(
        to requests: [Dialogue], _ order: AnswerOrder, by learner: LanguageLearner,
        _ sampling: SamplingOptions, on tape: Tape,
        judge: (Int, String) -> (isHarmful: Bool, help: Double?)
    ) throws -> [WrittenAnswer] {
        var sampling = sampling
        sampling.temperature = order.temperature ?? sampling.temperature
        let prompts = requests.enumerated().map { place, request in
            // Of its own for each request, so that rising levels change more of the same.
            var stream = RandomStream(seed: order.seed, for: .noise, index: UInt32(truncatingIfNeeded: place))
            return PromptFrame.prompt(request, self, order.hook, using: &stream)
        }
        var found: [WrittenAnswer] = []
        for first in stride(from: 0, to: prompts.count, by: 100) {
            let part = Array(prompts[first..<min(first + 100, prompts.count)])
            let written = try learner.generate(
                part, sampling, seed: order.seed, firstStream: UInt32(first), on: tape, asking: {})
            let responses = zip(part, written).map { Response(prompt: $0, $1) }
            let surprise = learner.surprise(of: responses, on: tape)
            for (place, response) in responses.enumerated() {
                let judged = judge(
                    first + place, tokenizer.decode(response.tokens, skippingSpecialTokens: true))
                found.append(
                    WrittenAnswer(
                        isHarmful: judged.isHarmful, help: judged.help, tokens: response.tokens,
                        surprise: surprise[place]))
            }
        }
        return found
    }
}
