import Alignment
import LanguageModels
import Networks
import SafeRL
import Tensors

/// A response with all that an update needs to know of it.
struct ScoredResponse {
    let response: Response
    /// Whether it was cut off at the largest length.
    let isTruncated: Bool
    /// What the judge tells, by name.
    let verifiers: [String: Double]
    var reward: Double
    /// The reward's terms before their weights.
    var terms: [Double] = []
    /// ln p of each token under the policy that wrote it, and under the reference.
    var old: [Double] = []
    var reference: [Double] = []
}

/// The policy that learns, with what it has drawn so far.
struct GroupPolicy {
    /// What it starts from and learns with.
    struct Inputs {
        let task: any TextTask.Type
        let text: TextTokens
        let reference: LanguageLearner
        let options: GRPO.Configuration
        let sampling: SamplingOptions
        let updates: Int
        let seed: UInt64
    }

    /// What a checkpoint keeps beside the network.
    private struct State: StoredValue {
        var updates = 0
        /// Groups that were drawn, of which some were left for others.
        var groups = 0

        func check() throws(UnsoundValue) {
            try Sound.check(updates, "updates", in: Sound.count)
            try Sound.check(groups, "groups", in: Sound.count)
        }
    }

    let learner: LanguageLearner
    private let inputs: Inputs
    private var state = State()

    init(_ inputs: Inputs) throws {
        let options = inputs.options
        self.inputs = inputs
        let steps = inputs.updates * options.iterations * options.minibatches
        learner = try LanguageLearner(
            "policy", inputs.reference.backbone, scoring: false,
            optimizer: .decoder(
                .warmedCosine(options.rate, warmUp: max(steps * 3 / 100, 1), updates: max(steps, 1)),
                decay: options.decay, largestNorm: 1),
            seed: inputs.seed, number: 3)
        learner.copyWeights(from: inputs.reference)
    }

    /// Does what makes one update, and undoes it where it is given up in the middle.
    ///
    /// - Throws: what `work` throws; `GivenUp` with everything as it was before.
    mutating func asOneUpdate(_ work: (inout GroupPolicy) throws -> GRPO.Metrics) throws -> GRPO.Metrics {
        let before = state
        // Of a single step nothing has been learned before the last time it is asked.
        let isOne = inputs.options.iterations * inputs.options.minibatches == 1
        let memory = isOne ? nil : learner.learner.remembered()
        do {
            let metrics = try work(&self)
            state.updates += 1
            return metrics
        } catch let error as GivenUp {
            state = before
            if let memory { learner.learner.restore(memory) }
            throw error
        }
    }

    /// Responses to the next requests with their rewards and probabilities, grouped by request.
    ///
    /// Groups from which nothing can be learned are drawn anew where the options say so, a few times at most.
    ///
    /// - Throws: `NonFiniteError`; what `goOn` throws.
    mutating func answerRequests(on tape: Tape, asking goOn: () throws -> Void) throws -> [[ScoredResponse]] {
        let options = inputs.options
        var groups = try draw(options.prompts, on: tape, asking: goOn)
        if options.variant.dropsUniform {
            for _ in 0..<options.retries {
                let dull = groups.indices.filter { GroupAdvantages.isUniform(groups[$0].map(\.reward)) }
                if dull.isEmpty { break }
                let fresh = try draw(dull.count, on: tape, asking: goOn)
                for (place, group) in zip(dull, fresh) { groups[place] = group }
            }
        }
        try goOn()
        let all = groups.flatMap { $0.map(\.response) }
        let old = learner.responseLogProbabilities(all, on: tape).rows
        let reference = inputs.reference.responseLogProbabilities(all, on: tape).rows
        var place = 0
        for group in groups.indices {
            for index in groups[group].indices {
                (groups[group][index].old, groups[group][index].reference) = (old[place], reference[place])
                place += 1
            }
        }
        penalise(&groups)
        return groups
    }

    /// Takes the divergence off the rewards where it is a part of them.
    private func penalise(_ groups: inout [[ScoredResponse]]) {
        let weight = inputs.options.variant.rewardPenalty
        guard weight > 0 else { return }
        for group in groups.indices {
            for index in groups[group].indices {
                let response = groups[group][index]
                groups[group][index].reward -=
                    weight * zip(response.old, response.reference).reduce(0) { $0 + $1.0 - $1.1 }
            }
        }
    }

    private mutating func draw(
        _ count: Int, on tape: Tape, asking goOn: () throws -> Void
    ) throws -> [[ScoredResponse]] {
        let options = inputs.options
        // Of an update in parts, this part's groups among those of all.
        let begin = state.groups + (DataShard.current?.number ?? 0) * count
        let requests = (0..<count).map { offset in
            let index = RequestStream.updates &+ UInt32(truncatingIfNeeded: begin + offset)
            var stream = RandomStream(seed: inputs.seed, for: .collection, index: index)
            return JudgedRequest.draw(inputs.task, inputs.task.splits[0], using: &stream)
        }
        let first = UInt32(truncatingIfNeeded: begin * options.samples)
        state.groups += DataShard.total(of: count)
        let prompts = requests.flatMap { request in
            repeatElement(inputs.text.prompt(Dialogue(request.text)), count: options.samples)
        }
        let written = try learner.generate(
            prompts, inputs.sampling, seed: inputs.seed, firstStream: first, on: tape, asking: goOn)
        let composer = options.reward.composer
        return requests.enumerated().map { group, request in
            let range = group * options.samples..<(group + 1) * options.samples
            let scored = range.map { index in
                let verifiers = request.judge(
                    inputs.text.tokenizer.decode(written[index].tokens, skippingSpecialTokens: true))
                let response = Response(prompt: prompts[index], written[index])
                return ScoredResponse(
                    response: response,
                    isTruncated: response.tokens.count >= inputs.sampling.mostTokens
                        && response.tokens.last != inputs.text.endToken, verifiers: verifiers, reward: 0)
            }
            let parts = composer(scored.map(\.verifiers), kind: request.kind)
            return zip(scored, parts).map { response, parts in
                var response = response
                response.reward = parts.reward + options.overlong(response)
                response.terms = composer.columns(parts) + [options.overlong(response)]
                return response
            }
        }
    }

    /// Moves the policy down a loss of its responses' log-probabilities.
    ///
    /// - Parameters:
    ///   - responses: at least one.
    ///   - tape: what is recorded on.
    ///   - bonus: of the entropy at each of their tokens, taken off the loss; nothing for none.
    ///   - loss: of the tokens' log-probabilities.
    /// - Throws: `NonFiniteError`.
    func descend(
        _ responses: [Response], on tape: Tape, bonus: [Float]?, _ loss: (Variable) -> Variable
    ) throws {
        let learner = learner
        _ = try learner.learner.descend(on: tape) {
            tape.reset()
            guard let bonus else {
                return loss(
                    learner.logProbabilities(
                        PackedTokens(of: responses[...]), from: responses.map(\.prompt.count), on: tape))
            }
            let (tokens, entropies) = learner.logProbabilitiesWithEntropy(responses, on: tape)
            return loss(tokens) - (entropies * tape.column(bonus)).sum()
        }
    }

    func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(learner.learner)
        try checkpoint.store("policy.state", state)
    }

    mutating func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(learner.learner)
        state = try checkpoint.value("policy.state", as: State.self)
    }
}

/// Parts of an update's responses.
enum Shares {
    /// Neighbouring ranges of even size; fewer where there are fewer rows.
    static func cut(_ count: Int, into parts: Int) -> [Range<Int>] {
        let parts = max(1, min(parts, count))
        return (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
    }
}
