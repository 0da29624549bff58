import Alignment
import LanguageModels
import Storage

/// Whoever judges what is asked, and perhaps what is answered.
public protocol TextGuard {
    /// Whether it judges replies too.
    var judgesReplies: Bool { get }

    /// Judges the last turn of a conversation; what cannot be judged is unsafe.
    ///
    /// - Parameters:
    ///   - conversation: turns of `user` and `assistant`, not empty.
    ///   - policy: what becomes of what is controversial.
    /// - Returns: a verdict that depends on these alone, up to rounding.
    /// - Throws: what keeps the guard from judging at all.
    func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) throws -> GuardJudgement
}

/// A filter of prompts, which judges the words of what is asked.
public struct FilterGuard: TextGuard {
    /// The filter.
    public let filter: any PromptFilter
    /// Its file, as it is named in verdicts.
    public let source: String

    /// Makes a guard of a filter.
    public init(_ filter: any PromptFilter, source: String) { (self.filter, self.source) = (filter, source) }

    /// No: it was trained on prompts.
    public var judgesReplies: Bool { false }

    /// Judges the last turn by itself; a filter knows no policy.
    public func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) throws -> GuardJudgement {
        let harm = try filter.harm(of: [ErasureUnit.words(conversation.last?.content ?? "")])[0]
        // A probability that is no number is none of being safe.
        return GuardJudgement(
            source, .prompt, .filter(harm), isUnsafe: !(harm < filter.threshold), probability: harm)
    }
}

/// A language model that is asked for a verdict.
public struct ModelGuard: TextGuard {
    /// The model.
    public let model: PromptedGuard
    /// Its file, as it is named in verdicts.
    public let source: String
    /// The probability of what counts as unsafe from which on a text is refused.
    public let threshold: Double

    /// Makes a guard of a model.
    ///
    /// - Parameters:
    ///   - model: is asked.
    ///   - source: its file.
    ///   - threshold: in (0, 1]; calibrated, or ½.
    public init(_ model: PromptedGuard, source: String, threshold: Double = 0.5) {
        precondition(threshold > 0 && threshold <= 1, "a threshold of \(threshold)")
        (self.model, self.source, self.threshold) = (model, source, threshold)
    }

    /// Yes.
    public var judgesReplies: Bool { true }

    /// Judges the last turn, with those before it in sight.
    public func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) throws -> GuardJudgement {
        let subject: GuardVerdict.Subject = conversation.last?.role == "assistant" ? .response : .prompt
        guard let values = try model.probabilities(of: conversation) else {
            return GuardJudgement(source, subject, .tooLong, isUnsafe: true, probability: nil)
        }
        return GuardJudgement(
            source, subject, .labels(values), isUnsafe: values.isUnsafe(policy, threshold: threshold),
            probability: values.unsafe(policy))
    }
}

/// A guard's file or directory.
public enum GuardFile {
    /// Opens it: a file that begins with `{`, and a decoder filter, are filters, all else is a model.
    ///
    /// A guard that cannot be opened guards nothing: whoever opens one stops here.
    ///
    /// - Parameters:
    ///   - path: of the file or directory.
    ///   - threshold: of a model, in (0, 1]; a filter was trained for ½.
    /// - Returns: the guard.
    /// - Throws: `FilterError`, `StorageError`, and what `PromptedGuard` throws.
    public static func open(_ path: String, threshold: Double = 0.5) throws -> any TextGuard {
        let isWords =
            try fileKind(path, following: true) == .file
            && beginningOfFile(path, limit: 1) == [UInt8(ascii: "{")]
        if isWords || DecoderFilter.isFilter(path) {
            return FilterGuard(try FilterFile.open(path), source: path)
        }
        return ModelGuard(try PromptedGuard(path), source: path, threshold: threshold)
    }
}
