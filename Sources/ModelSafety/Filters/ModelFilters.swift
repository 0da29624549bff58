import Alignment
import LanguageModels
import Storage
import Synchronization

/// A language model as a filter of prompts: how likely `Unsafe` is to follow `Safety: ` behind a prompt, as of a `ModelGuard`.
///
/// What is too long for the model is harmful, and so is an answer that is no number.
public final class PromptedFilter: PromptFilter {
    private let guarding: Mutex<PromptedGuard>
    private let policy: GuardPolicy
    /// Of the probability of what counts as unsafe.
    public let threshold: Double
    /// Names the model by its SHA-256, the words it is asked in, what is controversial, and the threshold.
    public let hash: String

    /// Texts of fewer tokens count as not harmful, as in the published program: what is left of a prompt then says nothing.
    ///
    /// - SeeAlso: Kumar et al. 2023, arXiv:2309.02705, and its program.
    public static let fewestTokens = 5

    /// Opens a model.
    ///
    /// - Parameters:
    ///   - path: as `ModelFile.opening` takes it.
    ///   - policy: what becomes of what is controversial.
    ///   - threshold: in (0, 1].
    /// - Throws: as `PromptedGuard` does.
    public init(_ path: String, policy: GuardPolicy, threshold: Double) throws {
        precondition(threshold > 0 && threshold <= 1, "a threshold of \(threshold)")
        let opened = try PromptedGuard(path)
        let words = opened.isMadeForIt ? "own" : GuardWording.text([ChatMessage(role: "user", content: "")])
        hash = SHA256.hexadecimal(
            of: "prompted filter 1\n\(try opened.file.identity())\n\(policy.rawValue)\n\(threshold)\n\(words)"
                .utf8)
        (self.policy, self.threshold) = (policy, threshold)
        guarding = Mutex(opened)
    }

    /// Not known: a model's file does not say what it was trained on.
    public var trained: [String]? { nil }
    /// Far above what the order of sums in single precision changes.
    public var rounding: Double { 1e-3 }
    /// One behind the other, since the decoder keeps what the next has in common with the one before.
    public var together: Int { 1 }

    /// One pass over each prompt, what it has in common with the one before taken from there.
    public func harm(of prompts: [[String]]) throws -> [Double] {
        try guarding.withLock { model in
            try prompts.map { words in
                let text = ErasureUnit.text(ofWords: words)
                guard model.tokens(of: text) >= Self.fewestTokens else { return 0 }
                return try model.probabilities(of: [ChatMessage(role: "user", content: text)])?
                    .unsafe(policy) ?? 1
            }
        }
    }
}

/// The prompts' tower of a stream head as a filter: what it says at a prompt's last token, as before a reply.
public final class HeadFilter: PromptFilter {
    private struct Parts {
        let model: FrozenModel
        let guarding: HeadGuard
    }

    private let parts: Mutex<Parts>
    /// Of the probability of what counts as unsafe.
    public let threshold: Double
    /// Names head, model, what is controversial, and the threshold.
    public let hash: String

    /// Puts a head and its model together.
    ///
    /// - Parameters:
    ///   - stored: a head of this model.
    ///   - model: whose states it reads.
    ///   - policy: what becomes of what is controversial.
    ///   - threshold: in (0, 1].
    /// - Throws: `StorageError`.
    public init(
        _ stored: StoredHead, of model: sending FrozenModel, policy: GuardPolicy, threshold: Double
    ) throws {
        hash = SHA256.hexadecimal(
            of: "head filter 1\n\(SHA256.hexadecimal(of: stored.bytes))\n\(policy.rawValue)\n\(threshold)"
                .utf8)
        self.threshold = threshold
        parts = Mutex(
            Parts(
                model: model,
                guarding: HeadGuard(stored, source: "", threshold: threshold, policy: policy)))
    }

    /// Not known: a head's file names what it was trained on by hash alone, and the model's file says nothing.
    public var trained: [String]? { nil }
    /// Far above what the order of sums in single precision changes.
    public var rounding: Double { 1e-3 }
    /// As many as the model computes together.
    public var together: Int { 64 }

    /// The states of all prompts in one pass.
    public func harm(of prompts: [[String]]) throws -> [Double] {
        try parts.withLock { parts in
            let context = parts.model.file.description.contextLength
            var harm = [Double](repeating: 0, count: prompts.count)
            var asked: [(place: Int, tokens: [Int32])] = []
            for (place, words) in prompts.enumerated() where !words.isEmpty {
                let tokens = try parts.model.prompt(ErasureUnit.text(ofWords: words))
                if tokens.isEmpty || tokens.count > context {
                    harm[place] = 1
                } else {
                    asked.append((place, tokens))
                }
            }
            let hidden = parts.guarding.hidden
            for (ask, states) in zip(asked, try parts.model.states(asked.map(\.tokens))) {
                let trace = parts.guarding.trace(behind: states[(states.count - hidden)...])
                harm[ask.place] = parts.guarding.look(trace.asked, .prompt).unsafe(parts.guarding.policy)
            }
            return harm
        }
    }
}
