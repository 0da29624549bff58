import Alignment
import LanguageModels
import Storage

/// The guards of texts around a model: what is asked passes all of them, and so does what is answered those that judge replies.
public struct ReplyGuard {
    /// None but where a stream head guards.
    public let guards: [any TextGuard]
    /// What becomes of what is controversial.
    public let policy: GuardPolicy
    /// Attacks on what is asked that are covered; nothing for none.
    public let erasures: Erasures?

    /// Puts guards together, at least one where words are erased.
    public init(_ guards: [any TextGuard], policy: GuardPolicy, erasures: Erasures? = nil) {
        precondition(!guards.isEmpty || erasures == nil, "no guard of what is left of a prompt")
        (self.guards, self.policy, self.erasures) = (guards, policy, erasures)
    }

    /// Whether any judges replies.
    public var judgesReplies: Bool { guards.contains(where: \.judgesReplies) }

    /// Judges what is asked: guard after guard, then with words erased, until one refuses.
    ///
    /// - Parameter conversation: ends with a turn of the user.
    /// - Returns: the verdicts, of which the last may be unsafe.
    /// - Throws: what a model throws.
    public func judge(prompt conversation: [ChatMessage]) throws -> [GuardJudgement] {
        var verdicts: [GuardJudgement] = []
        for guarding in guards {
            verdicts.append(try guarding.judge(conversation, policy))
            if verdicts.last?.isUnsafe == true { return verdicts }
        }
        guard let erasures else { return verdicts }
        let words = ErasureUnit.words(conversation.last?.content ?? "")
        let budget = guards.contains(where: \.judgesReplies) ? Self.modelChecks : Self.filterChecks
        let versions = erasures.count(units: words.count)
        guard versions <= budget else {
            let many = versions == .max ? "more than can be counted" : "\(versions)"
            return verdicts + [
                erased(
                    "\(words.count) words have \(many) versions, over the budget of \(budget), which counts as unsafe"
                )
            ]
        }
        var (found, seen) = (Int?.none, Set<ExactText>())
        try erasures.visit(words) { version in
            // Nothing at all is no request, and equal bytes have equal verdicts.
            let text = ErasureUnit.text(ofWords: version)
            guard !version.isEmpty, seen.insert(ExactText(text)).inserted else { return false }
            let turn = ChatMessage(role: "user", content: text)
            let isUnsafe = try guards.contains { try $0.judge([turn], policy).isUnsafe }
            if isUnsafe { found = version.count }
            return isUnsafe
        }
        if let found {
            return verdicts + [erased("a version of \(found) of its \(words.count) words is unsafe")]
        }
        return verdicts + [erased("no version is unsafe", isUnsafe: false)]
    }

    /// The most versions that a filter, or a model, is asked about; more count as unsafe.
    public static let filterChecks = 100_000, modelChecks = 1000

    private func erased(_ words: String, isUnsafe: Bool = true) -> GuardJudgement {
        GuardJudgement(
            erasures?.description ?? "", .prompt, .erasing(words), isUnsafe: isUnsafe, probability: nil)
    }

    /// Judges a reply, until one guard refuses.
    ///
    /// - Parameter conversation: ends with a turn of the assistant, which may be a beginning.
    /// - Returns: the verdicts of the guards that judge replies.
    /// - Throws: what a model throws.
    public func judge(reply conversation: [ChatMessage]) throws -> [GuardJudgement] {
        var verdicts: [GuardJudgement] = []
        for guarding in guards where guarding.judgesReplies {
            verdicts.append(try guarding.judge(conversation, policy))
            if verdicts.last?.isUnsafe == true { break }
        }
        return verdicts
    }
}
