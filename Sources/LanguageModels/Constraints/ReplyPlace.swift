/// Where a reply stands: in the grammar, among the calls that are allowed, and among those that were refused.
struct ReplyPlace: Hashable, Sendable {
    /// In the grammar.
    var state: ToolState
    /// In the tree of allowed calls; outside of it where the grammar alone decides.
    var allowed: Int32
    /// In the tree of refused calls; outside of it where none begins like the reply.
    var refused: Int32
}

/// What a reply may say beyond its grammar.
public struct CallRestriction: Sendable {
    /// Whole calls, and beginnings of calls of tools whose arguments are not listed; nothing where all calls may be written.
    private(set) var allowed: TextTrie?
    /// Beginnings behind which only refused calls follow.
    private(set) var refused = TextTrie()

    /// Nothing beyond the grammar.
    public init() {}

    /// Allows a call; without this, or `allowAll(of:)`, all are allowed, and with it only those that were.
    public mutating func allow(_ call: ToolCall) {
        allowed = allowed ?? TextTrie()
        allowed?.insert(call.text.utf8)
    }

    /// Allows a call by its bytes, as `allow` does.
    package mutating func allow(spelled bytes: [UInt8]) {
        allowed = allowed ?? TextTrie()
        allowed?.insert(bytes)
    }

    /// Allows all calls of a tool.
    public mutating func allowAll(of tool: String) {
        allowed = allowed ?? TextTrie()
        allowed?.insert(ToolCall.head(of: tool))
    }

    /// Allows no call but those that are named later.
    public mutating func allowNone() { allowed = allowed ?? TextTrie() }

    /// Whether calls are restricted, and to none.
    public var allowsNothing: Bool { allowed?.isEmpty == true }

    /// Refuses what begins with a text.
    mutating func refuse(_ beginning: some Sequence<UInt8>) { refused.insert(beginning) }

    /// Where a reply begins.
    func start(_ state: ToolState) -> ReplyPlace {
        ReplyPlace(
            state: state, allowed: allowed == nil ? TextTrie.outside : TextTrie.root,
            refused: refused.isEmpty ? TextTrie.outside : TextTrie.root)
    }

    /// All bytes with which a call that was allowed can go on behind a place; nothing where the grammar alone decides.
    func bytes(after place: ReplyPlace) -> [UInt8]? {
        place.allowed == TextTrie.outside ? nil : allowed?.bytes(behind: place.allowed)
    }

    /// Where a byte leads; nothing where it is not allowed.
    func next(_ place: ReplyPlace, _ byte: UInt8, in grammar: ToolGrammar) -> ReplyPlace? {
        guard let state = grammar.next(place.state, byte) else { return nil }
        var next = ReplyPlace(state: state, allowed: TextTrie.outside, refused: TextTrie.outside)
        if let allowed, place.allowed != TextTrie.outside {
            if let child = allowed.child(of: place.allowed, byte) {
                // A beginning that ends before its call does leaves the rest to the grammar.
                next.allowed = allowed.isEnd(child) && !grammar.isCall(state) ? TextTrie.outside : child
            } else if place.allowed == TextTrie.root && byte != UInt8(ascii: "{") {
                next.allowed = TextTrie.outside
            } else {
                return nil
            }
        }
        if let child = refused.child(of: place.refused, byte) {
            if refused.isEnd(child) { return nil }
            next.refused = child
        }
        return next
    }
}
