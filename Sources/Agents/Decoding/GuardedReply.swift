import LanguageModels
import Rules

/// How a guarded reply stands.
public enum ReplyOutcome: Sendable, Equatable {
    /// Not over; where generation is, its tokens ran out.
    case open
    /// A call, allowed unless the mode is `none`.
    case call(ToolCall)
    /// Free text.
    case text(String)
    /// No allowed call was found; the last one that was refused.
    case refused(CallRefusal)
    /// No token was allowed.
    case deadlock
}

/// Keeps one reply to tools and rules while it is drawn.
///
/// At the brace that closes a call it is judged; a call that is refused is drawn anew. As long as nothing that was refused is
/// masked, what is drawn has the model's probabilities under the condition that it is allowed. Masks draw from the product of
/// the conditionals, each renormalised, which is another law.
public struct GuardedReply: TokenConstraint {
    /// How it stands.
    public private(set) var outcome = ReplyOutcome.open
    /// Why calls were refused, in their order.
    public private(set) var refusals: [CallRefusal] = []
    private let guardian: CallGuard
    private let step: TraceStep
    private var monitor: RuleMonitor
    private var draft: GrammarConstraint
    private var draws = 1
    private var refused: [[UInt8]] = []

    init(
        _ guardian: CallGuard, _ monitor: RuleMonitor, in step: TraceStep, masks: TokenMasks, form: ReplyForm,
        values: CallValues
    ) {
        (self.guardian, self.step, self.monitor) = (guardian, step, monitor)
        let restriction =
            guardian.mode == .mask
            ? guardian.allowedCalls(monitor, in: step, values: values) : CallRestriction()
        draft = GrammarConstraint(masks, form: form, restriction: restriction)
    }

    /// Tokens of the vocabulary.
    public var vocabularySize: Int { draft.vocabularySize }

    /// How often the reply was drawn.
    public var tries: Int { draws }

    /// Sets the tokens that may follow.
    public mutating func allowed(into mask: inout TokenMask) { draft.allowed(into: &mask) }

    /// Takes a token; the last one of a call is taken back with all of the call where that is refused.
    public mutating func accept(_ token: Int32) -> Acceptance {
        guard draft.accept(token) == .ended else { return .accepted }
        guard draft.isCall else {
            outcome = .text(String(decoding: draft.bytes, as: UTF8.self))
            return .ended
        }
        let refusal: CallRefusal
        do throws(ToolCallError) {
            let call = try ToolCall(parsing: draft.bytes)
            guard guardian.mode != .none, let found = guardian.judge(call, &monitor, in: step) else {
                outcome = .call(call)
                return .ended
            }
            refusal = found
        } catch {
            refusal = CallRefusal(
                call: nil, rules: [], reason: "the call cannot be read: \(error.description)")
        }
        refusals.append(refusal)
        let mayRedraw = guardian.mode == .resample || guardian.mode == .mask
        guard mayRedraw, draws <= guardian.limits.redraws else {
            outcome = .refused(refusal)
            return .ended
        }
        restart()
        return .rejected(from: 0)
    }

    /// Draws anew where what was refused is all that could follow; a deadlock elsewhere.
    public mutating func meetDeadEnd() -> Int? {
        guard isTaboo, !draft.bytes.isEmpty, draws <= guardian.limits.redraws else {
            outcome = refusals.last.map { .refused($0) } ?? .deadlock
            return nil
        }
        restart()
        return 0
    }

    /// Whether what was refused is masked.
    private var isTaboo: Bool { guardian.limits.tabooFrom.map { draws >= $0 } ?? false }

    private mutating func restart() {
        refused.append(draft.bytes)
        draws += 1
        if isTaboo {
            for text in refused { draft.refuseFromNowOn(text) }
            refused.removeAll()
        }
        draft.restart()
    }
}

extension CallGuard {
    /// Begins a reply in a step.
    ///
    /// - Parameters:
    ///   - monitor: behind the steps that were taken.
    ///   - step: what is known of the step without the call.
    ///   - masks: of this grammar and the model's vocabulary.
    ///   - form: what the reply can be.
    ///   - values: listed values of arguments, for the mode `mask`.
    /// - Returns: the constraint to generate with.
    public func reply(
        _ monitor: RuleMonitor, in step: TraceStep, masks: TokenMasks, form: ReplyForm = .call,
        values: CallValues = CallValues()
    ) -> GuardedReply {
        GuardedReply(self, monitor, in: step, masks: masks, form: form, values: values)
    }
}
