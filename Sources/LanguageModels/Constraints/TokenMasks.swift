/// Which tokens may follow a place of a reply; sets are made on first use, and the 4,096 used last are kept.
///
/// One object serves all replies of a thread.
public final class TokenMasks {
    /// Sets that are kept.
    public static let capacity = 4096

    /// What replies are kept to.
    public let grammar: ToolGrammar
    /// Their tokens.
    public let vocabulary: TokenVocabulary
    /// Sets that were made, and such that were found.
    public private(set) var made = 0, found = 0
    private let words: Int
    private var slots: [ToolState: Int32] = [:]
    private var states: [ToolState] = []
    /// Of one slot after the other.
    private var bits: [UInt64] = []
    /// The slots in the order of their use, the latest first, as a ring through an anchor behind the last slot.
    private var before: [Int32] = [0], behind: [Int32] = [0]

    /// Keeps no set yet.
    public init(_ grammar: ToolGrammar, _ vocabulary: TokenVocabulary) {
        (self.grammar, self.vocabulary) = (grammar, vocabulary)
        words = (vocabulary.size + 63) / 64
    }

    /// Sets the tokens that may follow in the grammar; those that end a reply where it may end.
    ///
    /// - Parameters:
    ///   - mask: of the vocabulary.
    ///   - state: where the reply stands.
    public func allowed(into mask: inout TokenMask, after state: ToolState) {
        let slot = slots[state].map { Int($0) } ?? make(state)
        touch(Int32(slot + 1))
        mask.assign(bits[slot * words..<(slot + 1) * words])
    }

    /// Sets the tokens that may follow a place.
    func allowed(into mask: inout TokenMask, after place: ReplyPlace, _ restriction: CallRestriction) {
        if place.allowed == TextTrie.outside {
            allowed(into: &mask, after: place.state)
            if place.refused != TextTrie.outside {
                vocabulary.remove(from: &mask, endsOf: restriction.refused, behind: place.refused)
            }
            return
        }
        // In front of the first byte restrictions are about calls alone: free text is the grammar's.
        if place.allowed == TextTrie.root {
            allowed(into: &mask, after: place.state)
            vocabulary.remove(from: &mask, beginningWith: UInt8(ascii: "{"))
            if place.refused != TextTrie.outside {
                vocabulary.remove(from: &mask, endsOf: restriction.refused, behind: place.refused)
            }
        } else {
            mask.removeAll()
            insertEnd(into: &mask, place.state)
        }
        let grammar = grammar
        vocabulary.insert(into: &mask, from: place, among: { restriction.bytes(after: $0) }) {
            restriction.next($0, $1, in: grammar)
        }
    }

    private func insertEnd(into mask: inout TokenMask, _ state: ToolState) {
        if grammar.mayEnd(state) { for token in vocabulary.endTokens { mask[token] = true } }
    }

    /// Makes the set of a state, in a new slot or in that of the state used longest ago.
    private func make(_ state: ToolState) -> Int {
        made += 1
        found -= 1
        var mask = TokenMask(size: vocabulary.size)
        let grammar = grammar
        vocabulary.insert(into: &mask, from: state) { grammar.next($0, $1) }
        insertEnd(into: &mask, state)
        let slot: Int
        if states.count < Self.capacity {
            slot = states.count
            states.append(state)
            bits += mask.words
            before.append(Int32(slot + 1))
            behind.append(Int32(slot + 1))
        } else {
            slot = Int(before[0]) - 1
            slots[states[slot]] = nil
            states[slot] = state
            bits.replaceSubrange(slot * words..<(slot + 1) * words, with: mask.words)
        }
        slots[state] = Int32(slot)
        return slot
    }

    /// Moves a slot to the front; numbers are those of slots and one, and 0 is the anchor.
    private func touch(_ slot: Int32) {
        found += 1
        let number = Int(slot)
        behind[Int(before[number])] = behind[number]
        before[Int(behind[number])] = before[number]
        (before[number], behind[number]) = (0, behind[0])
        before[Int(behind[0])] = slot
        behind[0] = slot
    }
}
