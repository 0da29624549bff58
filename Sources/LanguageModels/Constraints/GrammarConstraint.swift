/// Keeps a reply to a grammar, and to what was said beyond it.
///
/// A reply with a call is over at the brace that closes it; free text is over at an end token.
public struct GrammarConstraint: TokenConstraint {
    /// The sets of tokens.
    public let masks: TokenMasks
    /// What the reply may say beyond the grammar.
    public private(set) var restriction: CallRestriction
    /// What the reply says so far.
    public private(set) var bytes: [UInt8] = []
    private let form: ReplyForm
    private var place: ReplyPlace

    /// Begins a reply.
    ///
    /// - Parameters:
    ///   - masks: of the grammar.
    ///   - form: what the reply can be.
    ///   - restriction: which calls it may be; by default all of the grammar.
    public init(
        _ masks: TokenMasks, form: ReplyForm = .callOrText, restriction: CallRestriction = CallRestriction()
    ) {
        (self.masks, self.form, self.restriction) = (masks, form, restriction)
        place = restriction.start(masks.grammar.start(form))
    }

    /// Tokens of the vocabulary.
    public var vocabularySize: Int { masks.vocabulary.size }

    /// Whether the reply is a whole call.
    public var isCall: Bool { masks.grammar.isCall(place.state) }

    /// Whether calls that begin like this reply were refused.
    public var isNearRefused: Bool { place.refused != TextTrie.outside }

    /// Sets the tokens that may follow.
    public mutating func allowed(into mask: inout TokenMask) {
        masks.allowed(into: &mask, after: place, restriction)
    }

    /// Takes a token, which was allowed; another one traps.
    public mutating func accept(_ token: Int32) -> Acceptance {
        if masks.vocabulary.endTokens.contains(token) { return .ended }
        for byte in masks.vocabulary.bytes[Int(token)] {
            guard let next = restriction.next(place, byte, in: masks.grammar) else {
                preconditionFailure("accept: token \(token) was not allowed")
            }
            place = next
            bytes.append(byte)
        }
        return isCall ? .ended : .accepted
    }

    /// Goes back to the beginning.
    public mutating func restart() {
        bytes.removeAll(keepingCapacity: true)
        place = restriction.start(masks.grammar.start(form))
    }

    /// Masks what was written so far from the next beginning on, and all that can only become the same.
    public mutating func refuseFromNowOn(_ text: [UInt8]) {
        let grammar = masks.grammar
        var states = [grammar.start(form)]
        for byte in text {
            guard let last = states.last, let next = grammar.next(last, byte) else { break }
            states.append(next)
        }
        var length = states.count - 1
        while length > 1, grammar.onlyByte(after: states[length - 1]) == text[length - 1] { length -= 1 }
        restriction.refuse(text[..<length])
    }
}
