import Alignment
import LanguageModels

/// How a model is asked the questions of a suite.
public enum QuestionWay: String, Sendable, CaseIterable {
    /// Each option's likelihood behind the question alone, in four measures.
    case likelihood
    /// The likelihood of each letter behind question and options.
    case letters
    /// A letter that the model writes.
    case direct
    /// Likewise, behind an analysis.
    case stepByStep = "step-by-step"

    /// The most tokens of a written reply; 0 where nothing is written.
    public var tokens: Int {
        switch self {
        case .likelihood, .letters: 0
        case .direct: 32
        case .stepByStep: 512
        }
    }
}

/// Asks a model the questions of a suite.
public struct QuestionTrial {
    /// The questions.
    public let file: QuestionFile
    /// The orders of the options; likelihoods of options do not depend on them.
    public let orders: OptionOrders

    /// Describes a trial.
    public init(_ file: QuestionFile, orders: OptionOrders) { (self.file, self.orders) = (file, orders) }

    /// Asks by the likelihood of options.
    ///
    /// - Parameters:
    ///   - model: scores.
    ///   - progress: is told after each question how many are done.
    /// - Returns: four reports, or three where the model has no token for an empty context.
    /// - Throws: what the model throws.
    public func likelihoods(
        _ model: ScoringModel, progress: (Int) throws -> Void = { _ in }
    ) throws -> [QuestionReport] {
        let hasEmpty = model.emptyContext != nil
        var picks: [ChoiceMeasure: [Int?]] = [:]
        for (index, question) in file.questions.enumerated() {
            let context = QuestionPrompt.open.text(question)
            let sums = try model.logLikelihoods(
                question.options.map { OptionTokens(context: context, option: $0, encode: model.tokens) })
            let alone =
                hasEmpty
                ? try model.logLikelihoods(
                    question.options.map { OptionTokens(context: "", option: $0, encode: model.tokens) })
                : nil
            let scores = ChoiceScores(
                options: question.options, logLikelihoods: sums, unconditional: alone)
            for measure in ChoiceMeasure.allCases where hasEmpty || measure != .mutual {
                picks[measure, default: []].append(scores.pick(measure))
            }
            try progress(index + 1)
        }
        return ChoiceMeasure.allCases.compactMap { measure in
            picks[measure].map { QuestionReport(file, answers: [$0], measure: measure.rawValue) }
        }
    }

    /// Asks by the likelihood of letters, in each order of the options.
    ///
    /// - Parameters:
    ///   - model: scores.
    ///   - progress: is told after each question of each order how many are done.
    /// - Returns: the report.
    /// - Throws: what the model throws.
    public func letters(
        _ model: ScoringModel, progress: (Int) throws -> Void = { _ in }
    ) throws -> QuestionReport {
        try report("letters", progress) { question, order in
            let context = QuestionPrompt.letters.text(question, order: order)
            let letters = order.indices.map { String(LetterReader.letter($0)) }
            let sums = try model.logLikelihoods(
                letters.map { OptionTokens(context: context, option: $0, encode: model.tokens) })
            return ChoiceScores(options: letters, logLikelihoods: sums).pick(.sum)
        }
    }

    /// Asks for letters that a model writes, by the likeliest tokens, in each order of the options.
    ///
    /// - Parameters:
    ///   - way: `direct` or `stepByStep`.
    ///   - model: replies.
    ///   - template: how conversations are written; nothing goes on from the prompt itself.
    ///   - progress: is told after each question of each order how many are done.
    /// - Returns: the report.
    /// - Throws: what the model and the template throw.
    public func written(
        _ way: QuestionWay, _ model: ChatModel, template: ChatTemplate?,
        progress: (Int) throws -> Void = { _ in }
    ) throws -> QuestionReport {
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, way.tokens)
        return try report(way.rawValue, progress) { question, order in
            let kind: QuestionPrompt = way == .direct ? .direct : .stepByStep
            let text = kind.text(question, order: order)
            let prompt =
                try template.map {
                    try model.prompt([ChatMessage(role: "user", content: text)], template: $0)
                } ?? model.tokenizer.encode(text, recognisingSpecialTokens: false).ids
            let reply = try model.reply(to: prompt, options: options, seed: 0)
            return LetterReader(options: order.count)(reply.text)
        }
    }

    /// Asks in each order; `place` gives the place of the chosen option in that order.
    private func report(
        _ measure: String, _ progress: (Int) throws -> Void,
        place: (Question, _ order: [Int]) throws -> Int?
    ) throws -> QuestionReport {
        var done = 0
        let answers = try (0..<orders.number).map { number in
            try file.questions.map { question -> Int? in
                let order = orders.options(question.options.count, order: number)
                let chosen = try place(question, order).map { order[$0] }
                done += 1
                try progress(done)
                return chosen
            }
        }
        return QuestionReport(file, answers: answers, measure: measure)
    }
}
