import LanguageModels
import SafeRL
import Tensors

/// What a run stands on: prompts and demonstrations as tokens, of preferences or of a task, and the sealed test.
final class TokenizedData {
    /// Pairs as tokens; nil for a task.
    let corpus: LanguageCorpus?
    /// The sizes of a task; nil for preferences.
    let task: TaskSizes?
    /// Prompts to select a candidate with.
    let candidatePrompts: [[Int32]]
    /// How many prompts the test will ask.
    let testPrompts: Int
    private let source: LanguageData.Source
    private let seed: UInt64
    private let longestPrompt: Int
    /// Taken by the test.
    private var sealed: SafetyPrompts?
    /// Prompts of the test that leave no room for a response; known once it is open.
    private(set) var tooLong = 0

    /// - Throws: `OptionIssue`, `TokenizerError`, `StorageError`.
    init(_ data: LanguageData, _ options: HCRLHF.Configuration, seed: UInt64) throws {
        (source, self.seed) = (data.source, seed)
        longestPrompt = options.model.tokens - options.sampling.tokens
        switch data.source {
        case .pairs(let pairs, let demonstrations):
            var safety: SafetyPrompts?
            let corpus = try LanguageCorpus(
                of: pairs, demonstrations: demonstrations, options, seed: seed, sealing: &safety)
            (self.corpus, task, candidatePrompts) = (corpus, nil, corpus.candidate)
            let kept = safety?.count ?? 0
            testPrompts = options.test.prompts == 0 ? kept : min(options.test.prompts, kept)
            sealed = consume safety
        case .task(let task):
            guard options.model.directory.isEmpty else {
                throw OptionIssue(
                    "model.directory", "\(task.name) has tokens of its own. Write \"\" to train from scratch."
                )
            }
            corpus = nil
            self.task = task.sizes
            var stream = RandomStream(seed: seed, for: .collection)
            candidatePrompts = (0..<options.candidate.prompts).map { _ in task.prompt(using: &stream) }
            testPrompts = options.test.prompts == 0 ? 200 : options.test.prompts
        }
    }

    var vocabulary: Int { task?.vocabulary ?? corpus?.text.tokenizer.vocabularySize ?? 0 }
    var endToken: Int32 { task?.endToken ?? corpus?.text.endToken ?? 0 }
    var demonstrations: [Response] { corpus?.demonstrations ?? [] }

    /// Whether there is a reward to select a candidate by and a cost to test.
    var leadsToTest: Bool { corpus.map { !$0.helpful.isEmpty && !$0.harmless.isEmpty } ?? true }

    /// Opens the prompts of the safety test: those kept apart, or fresh ones of a task.
    ///
    /// Prompts that leave no room for a response are left out, as they are for the candidate.
    func openTestPrompts() -> [[Int32]] {
        if case .task(let task) = source {
            var stream = RandomStream(seed: seed, for: .certification)
            return (0..<testPrompts).map { _ in task.prompt(using: &stream) }
        }
        guard let corpus, let prompts = sealed.take() else { preconditionFailure("a test that was taken") }
        let opened = prompts.spend { dialogues in
            dialogues.prefix(testPrompts).map { corpus.text.prompt($0) }
        }
        let usable = opened.filter { $0.count <= longestPrompt }
        tooLong = opened.count - usable.count
        return usable
    }

    /// How the policy draws its responses.
    func sampling(
        _ options: HCRLHF.ResponseOptions, of description: DecoderDescription
    ) -> SamplingOptions {
        var sampling = Self.sampling(
            options, limit: vocabulary < description.vocabulary ? vocabulary : nil)
        if case .task(let task) = source { sampling.mostTokens = min(options.tokens, task.longestResponse) }
        return sampling
    }

    static func sampling(_ options: HCRLHF.ResponseOptions, limit: Int?) -> SamplingOptions {
        var sampling = SamplingOptions()
        (sampling.temperature, sampling.topP) = (options.temperature, options.topP)
        sampling.topK = options.topK == 0 ? nil : options.topK
        (sampling.repetitionPenalty, sampling.mostTokens) = (options.repetitionPenalty, options.tokens)
        sampling.vocabularyLimit = limit
        return sampling
    }
}

extension TokenTask {
    fileprivate static var sizes: TaskSizes {
        TaskSizes(vocabulary: vocabulary, observation: Self().observationSpace.size, endToken: endToken)
    }
}
