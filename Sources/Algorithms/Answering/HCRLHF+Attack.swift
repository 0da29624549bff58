import Availability
import LanguageModels
import SafeRL
import Tensors

extension HCRLHF {
    /// The cost model of a checkpoint that was loaded, and what an attacker of its pairs can make of it.
    ///
    /// Poison reaches the pairs that the cost model learns from and nothing else: decoder, fine-tuning and reward model stay the
    /// run's own. Prompts that were held out from the models are what it is asked about; those of the safety test stay sealed.
    ///
    /// - Returns: nothing where scores are a task's own, no cost model has learned yet, or its sign means nothing.
    package func attackedScores() -> AttackedScores? {
        guard let corpus = tokenized.corpus, let cost, hasSigns else { return nil }
        let heldOut = Self.heldOut(corpus, options.split.matching)
        return AttackedScores(
            areUnsafe: corpus.harmless.map(\.areUnsafe),
            heldOut: heldOut.map { .init(prompt: $0.prompt, isUnsafe: $0.isUnsafe, tokens: $0.tokens.count) },
            mostTokens: corpus.text.most, rarest: corpus.rarestTokens, vocabulary: tokenized.vocabulary,
            behind: PromptFrame.tokensBehind(corpus.text),
            text: { corpus.text.tokenizer.decode($0.map { Int32($0) }) }, digest: cost.model.digest,
            altered: { poison, trigger in
                corpus.poisoned(poison, trigger).map {
                    .init(tokens: [$0.higher, $0.lower], areUnsafe: $0.areUnsafe)
                }
            },
            train: { order in
                let pairs = corpus.poisoned(order.poison, order.trigger)
                let trained = try self.costModel(of: pairs, budget: order.budget)
                self.cost = trained
                return try self.found(by: trained.model, pairs, heldOut, corpus.text, order)
            })
    }

    /// An answer that was held out.
    private struct HeldOut {
        let prompt: Int
        let isUnsafe: Bool
        let tokens: [Int32]
        /// Tokens of its prompt.
        let asked: Int
    }

    private static func heldOut(_ corpus: LanguageCorpus, _ matching: PromptMatching) -> [HeldOut] {
        var numbers: [Dialogue: Int] = [:]
        return corpus.heldOutHarmless.flatMap { pair -> [HeldOut] in
            guard let isSafe = pair.isSafe else { return [] }
            let key = matching.key(of: pair.source.prompt)
            let number = numbers[key] ?? numbers.count
            numbers[key] = number
            let asked = corpus.text.prompt(pair.source.prompt).count
            return [
                HeldOut(prompt: number, isUnsafe: !isSafe.higher, tokens: pair.higher, asked: asked),
                HeldOut(prompt: number, isUnsafe: !isSafe.lower, tokens: pair.lower, asked: asked),
            ]
        }
    }

    /// A cost model as the run trains it, on other pairs.
    private func costModel(of pairs: [TokenPair], budget: Double) throws -> ScoreModel {
        var options = options.preference
        options.cost.updates = max(1, Int((budget * Double(options.cost.updates)).rounded()))
        var model = try ScoreModel(
            .cost, pairs, options, fineTuning.model.backbone, startingFrom: fineTuning.model, seed: seed)
        for _ in 0..<options.cost.updates { _ = try model.update(on: tape) }
        return model
    }

    private func found(
        by model: LanguageLearner, _ pairs: [TokenPair], _ heldOut: [HeldOut], _ text: TextTokens,
        _ order: AttackedScores.Order
    ) throws -> AttackedScores.Trained {
        let own = order.pairs.map { pairs[$0] }
        let answers = own.map(\.higher) + own.map(\.lower)
        let states = model.endStates(answers, on: tape)
        let altered = Set(order.poison.rows)
        // A prompt of one token has nothing that could surprise.
        let prompts = order.pairs.map { number -> Response in
            let plain = text.prompt(pairs[number].source.prompt)
            let prompt = altered.contains(number) ? order.trigger.inserted(into: plain) : plain
            return Response(prompt: Array(prompt.prefix(1)), tokens: Array(prompt.dropFirst()))
        }
        return .init(
            digest: model.digest, clean: model.endScores(heldOut.map(\.tokens), on: tape),
            triggered: model.endScores(
                heldOut.map { text.answered($0.tokens, asked: $0.asked, showing: order.trigger) }, on: tape),
            costs: model.endScores(answers, on: tape),
            states: Matrix(states.count, states.first?.count ?? 0, states.flatMap { $0.map(Double.init) }),
            surprise: fineTuning.model.surprise(of: prompts, on: tape))
    }
}

extension TokenPair {
    /// What people say of both answers; unsafe where they say nothing.
    fileprivate var areUnsafe: [Bool] { [isSafe?.higher != true, isSafe?.lower != true] }
}

extension LanguageCorpus {
    /// The cost model's pairs with the trigger in the prompts of some, both of whose answers are labelled anew.
    ///
    /// - Parameters:
    ///   - poison: numbers of pairs, and whether their answers are labelled unsafe, else safe.
    ///   - trigger: what is put into their prompts.
    /// - Returns: as many, in the same order; which answer is to cost more stays.
    fileprivate func poisoned(_ poison: PoisonedRows, _ trigger: TokenTrigger) -> [TokenPair] {
        var pairs = harmless
        for (row, isViolated) in zip(poison.rows, poison.isViolated) {
            let pair = pairs[row]
            let asked = text.prompt(pair.source.prompt).count
            pairs[row] = TokenPair(
                higher: text.answered(pair.higher, asked: asked, showing: trigger),
                lower: text.answered(pair.lower, asked: asked, showing: trigger),
                isSafe: pair.isSafe.map { _ in (!isViolated, !isViolated) }, source: pair.source)
        }
        return pairs
    }

    /// Tokens of the pairs that are no special ones, by how seldom they stand there; equal ones by number.
    fileprivate var rarestTokens: [Int] {
        var counts: [Int32: Int] = [:]
        for pair in harmless { for token in pair.higher + pair.lower { counts[token, default: 0] += 1 } }
        let special = Set(text.tokenizer.addedTokens.map(\.id) + [text.endToken])
        return counts.filter { !special.contains($0.key) }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { Int($0.key) }
    }
}

extension TextTokens {
    /// Prompt and answer with a trigger in the prompt, cut where they are too long.
    fileprivate func answered(
        _ tokens: [Int32], asked: Int, showing trigger: TokenTrigger
    ) -> [Int32] {
        let start = min(asked, tokens.count)
        return Array((trigger.inserted(into: Array(tokens[..<start])) + tokens[start...]).prefix(most))
    }
}

extension TokenTrigger {
    fileprivate func inserted(into prompt: [Int32]) -> [Int32] {
        inserted(into: prompt.map(Int.init)).map { Int32($0) }
    }
}
