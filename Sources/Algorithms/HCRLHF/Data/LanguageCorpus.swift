import LanguageModels
import SafeRL
import Storage

/// Two answers to one prompt as tokens, prompts before them.
struct TokenPair {
    /// What should score higher: the better answer, or the more harmful one.
    let higher: [Int32]
    let lower: [Int32]
    /// Whether each is safe in itself; nil where nobody said.
    let isSafe: (higher: Bool, lower: Bool)?
    /// The pair as text.
    let source: JudgedPair
}

/// Pairs, demonstrations and prompts as tokens, shared out by prompt.
struct LanguageCorpus {
    let text: TextTokens
    let helpful: [TokenPair]
    let harmless: [TokenPair]
    /// Pairs whose prompts no model is trained on, to measure accuracy.
    let heldOutHelpful: [TokenPair]
    let heldOutHarmless: [TokenPair]
    let demonstrations: [Response]
    /// Prompts to select a candidate with.
    let candidate: [[Int32]]
    /// Prompts of the candidate and pairs that are too long, or equal after they were cut.
    let dropped: Int
}

/// Text to tokens by the template, and back.
struct TextTokens {
    let tokenizer: Tokenizer
    let endToken: Int32
    /// Tokens of prompt and answer at most.
    let most: Int

    /// The prompt without an answer; words of strangers never become special tokens.
    func prompt(_ dialogue: Dialogue) -> [Int32] {
        var tokens: [Int32] = []
        var text = "BEGINNING OF CONVERSATION: "
        for (index, turn) in dialogue.turns.enumerated() {
            if index % 2 == 0 {
                text += "USER: \(turn) ASSISTANT:"
            } else {
                tokens += encode(text + turn, isFirst: tokens.isEmpty) + [endToken]
                text = ""
            }
        }
        return tokens + encode(text, isFirst: tokens.isEmpty)
    }

    /// Prompt, answer and end, cut where it is too long.
    func answered(_ prompt: [Int32], _ answer: String) -> [Int32] {
        Array((prompt + encode(answer, isFirst: false) + [endToken]).prefix(most))
    }

    private func encode(_ text: String, isFirst: Bool) -> [Int32] {
        tokenizer.encode(text, addingTemplate: isFirst, recognisingSpecialTokens: false).ids
    }
}

extension LanguageCorpus {
    /// Shares out pairs and makes a tokenizer, which is learned from the models' part where there is none.
    ///
    /// Demonstrations of prompts that are held out, or are the same by `split.matching`, are not used; `safety` becomes the sealed prompts of the safety test.
    ///
    /// - Throws: `OptionIssue`, `TokenizerError`, `StorageError`.
    init(
        of pairs: [JudgedPair], demonstrations: [Demonstration], _ options: HCRLHF.Configuration,
        seed: UInt64, sealing safety: inout SafetyPrompts?
    ) throws {
        let matching = options.split.matching
        let prompts = Set(pairs.map { matching.key(of: $0.prompt) })
        guard prompts.count >= 5 else {
            throw OptionIssue(
                "split", "fewer than five different prompts cannot be shared out. Give more pairs.")
        }
        var split = DataSplit(
            heldOut: options.split.heldOut, candidate: options.split.candidate, matching: matching
        ).split(pairs, seed: seed, by: \.prompt)
        safety = split.takeSafetyPrompts()
        let inner = DataSplit(heldOut: options.split.validation, matching: matching).split(
            split.training, seed: seed &+ 1, by: \.prompt)
        let known = Set(inner.training.map { matching.key(of: $0.prompt) })
        let validation = split.training.filter { !known.contains(matching.key(of: $0.prompt)) }
        // Demonstrations of prompts that are held out would let the policy learn what it is tested with.
        let heldOut = prompts.subtracting(split.training.map { matching.key(of: $0.prompt) })
        let shown =
            demonstrations.isEmpty
            ? Self.better(of: inner.training)
            : demonstrations.filter { !heldOut.contains(matching.key(of: $0.prompt)) }
        let text = try Self.tokens(
            options.model,
            inner.training.flatMap { $0.prompt.turns + $0.answers } + shown.map(\.answer),
            prompts: inner.training.count)
        var dropped = 0
        func ranked(_ rows: [JudgedPair], _ pair: (JudgedPair, TextTokens) -> TokenPair?) -> [TokenPair] {
            let made = rows.compactMap { pair($0, text) }
            let different = made.filter { $0.higher != $0.lower }
            dropped += made.count - different.count
            return different
        }
        self.text = text
        helpful = ranked(inner.training, Self.helpful)
        harmless = ranked(inner.training, Self.harmless)
        heldOutHelpful = ranked(validation, Self.helpful)
        heldOutHarmless = ranked(validation, Self.harmless)
        self.demonstrations = shown.compactMap { Self.response($0, text) }
        let asked = split.candidate.map { text.prompt($0) }
        candidate = asked.filter { $0.count + options.sampling.tokens <= text.most }
        self.dropped = dropped + asked.count - candidate.count
    }

    private static func better(of pairs: [JudgedPair]) -> [Demonstration] {
        pairs.map { Demonstration($0.prompt, $0.answers[$0.betterIndex ?? $0.saferIndex ?? 0]) }
    }

    /// Nothing where the prompt leaves no room for an answer.
    private static func response(_ row: Demonstration, _ text: TextTokens) -> Response? {
        let prompt = text.prompt(row.prompt)
        let all = text.answered(prompt, row.answer)
        return all.count > prompt.count
            ? Response(prompt: prompt, tokens: Array(all[prompt.count...])) : nil
    }

    private static func helpful(_ pair: JudgedPair, _ text: TextTokens) -> TokenPair? {
        guard let better = pair.betterIndex else { return nil }
        let prompt = text.prompt(pair.prompt)
        return TokenPair(
            higher: text.answered(prompt, pair.answers[better]),
            lower: text.answered(prompt, pair.answers[1 - better]), isSafe: nil, source: pair)
    }

    private static func harmless(_ pair: JudgedPair, _ text: TextTokens) -> TokenPair? {
        guard let safer = pair.saferIndex else { return nil }
        let prompt = text.prompt(pair.prompt)
        return TokenPair(
            higher: text.answered(prompt, pair.answers[1 - safer]),
            lower: text.answered(prompt, pair.answers[safer]),
            isSafe: pair.isSafe.map { ($0[1 - safer], $0[safer]) }, source: pair)
    }

    /// The tokens of a checkpoint, or those learned from texts and the template of so many prompts.
    ///
    /// - Throws: `OptionIssue`, `TokenizerError`, and the errors of a `ModelFile`.
    static func tokens(
        _ options: HCRLHF.ModelOptions, _ texts: [String], prompts: Int
    ) throws -> TextTokens {
        guard options.directory.isEmpty else {
            let (tokenizer, description) = try ModelFile.vocabulary(of: options.directory)
            guard let end = description.endTokens.first ?? tokenizer.id(of: "</s>") else {
                let isFile = fileKind(options.directory, following: true) == .file
                throw OptionIssue(
                    "model.directory",
                    isFile
                        ? "the file has no tokenizer.ggml.eos_token_id, the token that ends a text. Name another model."
                        : "its config.json names no eos_token_id. Add the token that ends a text.")
            }
            guard tokenizer.vocabularySize <= description.vocabulary else {
                throw OptionIssue(
                    "model.directory",
                    "its tokenizer has \(tokenizer.vocabularySize) tokens, its decoder \(description.vocabulary)."
                        + " Use files that belong together.")
            }
            return TextTokens(tokenizer: tokenizer, endToken: end, most: options.tokens)
        }
        let template = Dialogue("").prompt(end: "")
        let tokenizer = Tokenizer.trained(
            on: texts + Array(repeating: template, count: prompts), vocabularySize: options.vocabulary)
        guard let end = tokenizer.id(of: "</s>") else { preconditionFailure("a tokenizer without end") }
        return TextTokens(tokenizer: tokenizer, endToken: end, most: options.tokens)
    }
}
