import Assurance

/// How the score of an option is made of log-likelihoods; the option with the highest score is the answer.
public enum ChoiceMeasure: String, Codable, Sendable, CaseIterable {
    /// The log-likelihood itself.
    case sum = "acc"
    /// For each character, a Unicode scalar.
    case perCharacter = "acc_norm"
    /// For each byte of UTF-8.
    case perByte = "acc_bytes"
    /// Less the log-likelihood behind an empty context.
    case mutual = "acc_mutual"
}

/// The log-likelihoods of a question's options.
///
/// - SeeAlso: lm-evaluation-harness, whose four accuracies these are.
public struct ChoiceScores: Sendable, Hashable {
    /// The options' texts, without what stands in front of them; none is empty.
    public let options: [String]
    /// Σ ln p of each option's tokens behind the question.
    public let logLikelihoods: [Double]
    /// Σ ln p behind an empty context, for `mutual`.
    public let unconditional: [Double]?

    /// States log-likelihoods, at least one.
    public init(options: [String], logLikelihoods: [Double], unconditional: [Double]? = nil) {
        precondition(
            !options.isEmpty && options.count == logLikelihoods.count
                && unconditional.map { $0.count == options.count } ?? true
                && options.allSatisfy { !$0.isEmpty }, "\(options.count) options with other scores")
        (self.options, self.logLikelihoods) = (options, logLikelihoods)
        self.unconditional = unconditional
    }

    /// The option that a measure picks; the first of equals.
    ///
    /// A score that is no number counts as the lowest.
    ///
    /// - Parameter measure: `mutual` only where log-likelihoods behind an empty context were stated.
    /// - Returns: its index.
    public func pick(_ measure: ChoiceMeasure) -> Int {
        let scores = options.indices.map { index in
            let score = score(index, measure)
            return score.isNaN ? -Double.infinity : score
        }
        return scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    }

    private func score(_ index: Int, _ measure: ChoiceMeasure) -> Double {
        let sum = logLikelihoods[index]
        switch measure {
        case .sum: return sum
        case .perCharacter: return sum / Double(options[index].unicodeScalars.count)
        case .perByte: return sum / Double(options[index].utf8.count)
        case .mutual:
            guard let unconditional else { preconditionFailure("no log-likelihoods behind an empty context") }
            return sum - unconditional[index]
        }
    }
}

extension BinomialCount {
    /// The standard error that lm-evaluation-harness prints beside a share; 0 for a single trial.
    public var harnessStandardError: Double {
        trials > 1 ? (share * (1 - share) / Double(trials - 1)).squareRoot() : 0
    }
}
