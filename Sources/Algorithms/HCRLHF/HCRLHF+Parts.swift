import LanguageModels
import SafeRL

extension HCRLHF {
    /// A score model as it is before its first update: the reference with a fresh head.
    func scoreModel(_ kind: ScoreModel.Kind) throws -> ScoreModel {
        guard let corpus = tokenized.corpus else { preconditionFailure("a score model without pairs") }
        return try ScoreModel(
            kind, kind == .reward ? corpus.helpful : corpus.harmless, options.preference,
            fineTuning.model.backbone, startingFrom: fineTuning.model, seed: seed)
    }

    /// What scores responses: models, fresh ones where they have not learned, or the task.
    func scores() throws -> ResponseScores {
        if case .task(let task) = data.source { return .task(task, options.test.scale) }
        if reward == nil { reward = try scoreModel(.reward) }
        if cost == nil { cost = try scoreModel(.cost) }
        guard let reward, let cost else { preconditionFailure("no score models") }
        return .models(reward: reward.model, cost: cost.model, options.test.scale)
    }

    /// A fresh candidate, whose step sizes fall over so many updates: the reference, and critics for `safe-rlhf`.
    func freshCandidate(in updates: Int) throws -> Candidate {
        let inputs = Candidate.Inputs(
            prompts: tokenized.candidatePrompts, demonstrations: tokenized.demonstrations,
            scores: try scores(), reference: fineTuning.model, options: options.candidate,
            sampling: sampling, updates: updates, seed: seed)
        var made = try Candidate(inputs)
        if let own = options.candidate.method.proximal {
            let models = reward.flatMap { reward in cost.map { (reward.model, $0.model) } }
            made.critics = try Critics(own, of: inputs, models: models)
        }
        return made
    }

    /// The test with its prompts, which nobody has seen before.
    func openTest() -> ResponseTest {
        ResponseTest(tokenized.openTestPrompts(), sampling, batch: options.test.batch, seed: seed)
    }

    // MARK: - What cannot be learned or tested is refused at the start

    /// Refuses stages without anything to learn from, and a test that could not be computed at its end.
    func checkStages() throws {
        if tokenized.corpus?.demonstrations.isEmpty == true {
            throw OptionIssue(
                "model.tokens", "no prompt leaves room for a token of an answer. Raise it.")
        }
        if tokenized.leadsToTest && tokenized.candidatePrompts.isEmpty {
            throw OptionIssue(
                "model.tokens", "no prompt of the candidate leaves room for a response. Raise it.")
        }
        if tokenized.demonstrations.isEmpty && options.fineTuning.updates > 0 {
            throw OptionIssue("fineTuning.updates", "there is no answer to learn from. Write 0.")
        }
        guard tokenized.leadsToTest else { return }
        if case .task = data.source, options.test.scale == .squashed {
            throw OptionIssue(
                "test.scale", "costs of an environment are bounded already. Write \"raw\" or \"rate\".")
        }
        guard options.test.bound.bound(in: costRange) != nil else {
            throw OptionIssue(
                "test.bound",
                "needs a largest cost, which scores of a model do not have. Write \"scale\": \"squashed\", or \"student-t\"."
            )
        }
    }

    private var costRange: ClosedRange<Double>? {
        if case .task(let task) = data.source { return options.test.scale.range(of: task.costRange) }
        return options.test.scale.range(of: nil)
    }
}
