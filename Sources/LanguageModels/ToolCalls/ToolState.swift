/// What a reply can be.
public enum ReplyForm: Sendable, Hashable {
    /// Exactly one call.
    case call
    /// Exactly one call where the first byte is `{`, free text of at least one character where it is another byte.
    case callOrText
}

/// Where a reply stands in the grammar: a value, in which the next byte is looked up in constant time.
public struct ToolState: Hashable, Sendable {
    /// The node of the automaton.
    var node: Int32
    /// The node behind the text or number that is being written.
    var back: Int32 = 0
    /// Characters of the number that is being written.
    var length: UInt8 = 0
    /// Commas of the lists with a bound that are open.
    var counts: SIMD4<UInt16> = .zero
}

/// An edge of the automaton: for bytes of a range, what is done and where it leads.
struct ToolEdge: Sendable, Equatable {
    enum Action: UInt8, Sendable {
        /// Nothing but the step.
        case step
        /// A text begins, behind which `operand` comes.
        case text
        /// A number begins, behind which `operand` comes.
        case number
        /// A text ends.
        case leave
        /// One more character of a number.
        case digit
        /// A list ends: its counter, `level`, is cleared.
        case close
        /// One more element of a list, whose counter is `level` and which has at most `operand`.
        case comma
    }

    let low, high: UInt8
    var action = Action.step
    var level: UInt8 = 0
    var operand: Int32 = 0
    let target: Int32
}
