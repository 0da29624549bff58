import Storage

/// What a reply with tools can be, byte by byte: exactly one call of one of the tools, or free text.
///
/// A call is `{"name":"f","arguments":{…}}` without spaces outside of texts, with the arguments in the order of the schema.
/// What is required is there, what is optional may be left out. Texts are any UTF-8 with the escapes of JSON; names, texts of
/// an `enum` and of a `pattern` have one spelling each. Numbers have at most 32 characters. The automaton never leads to
/// where no call can follow.
public struct ToolGrammar: Sendable {
    /// Characters of a number.
    static let longestNumber: UInt8 = 32

    /// The tools.
    public let schema: ToolSchema
    /// Where the edges of each node begin, and behind the last node where they end.
    private let starts: [Int32]
    /// Of one node after the other, in order and apart.
    private let edges: [ToolEdge]
    private let shared: SharedNodes

    /// Reads a file's value.
    ///
    /// - Parameters:
    ///   - schema: a list of tools in the function-calling layout.
    ///   - name: of the file, for messages.
    /// - Throws: `ToolSchemaError` for the first fault.
    public init(_ schema: JSONValue, name: String = "tools") throws(ToolSchemaError) {
        try self.init(try ToolSchema(schema, name: name), name: name)
    }

    /// Reads a file's bytes.
    ///
    /// - Parameters:
    ///   - bytes: JSON.
    ///   - name: of the file, for messages.
    /// - Throws: `ToolSchemaError` for the first fault.
    public init(bytes: [UInt8], name: String) throws(ToolSchemaError) {
        try self.init(try ToolSchema(bytes: bytes, name: name), name: name)
    }

    /// Compiles tools.
    ///
    /// - Throws: `ToolSchemaError` where the automaton would be too large.
    public init(_ schema: ToolSchema, name: String = "tools") throws(ToolSchemaError) {
        var builder = ToolAutomatonBuilder()
        do throws(TextPatternError) { try builder.add(schema.tools) } catch {
            throw ToolSchemaError(name, nil, "$", error.message)
        }
        self.schema = schema
        shared = builder.shared
        (starts, edges) = builder.flattened()
    }

    /// Where a reply begins.
    public func start(_ form: ReplyForm = .callOrText) -> ToolState {
        ToolState(node: form == .call ? shared.call : shared.reply)
    }

    /// Whether a reply may end: behind a whole call, or in free text behind a whole character.
    public func mayEnd(_ state: ToolState) -> Bool { state.node == shared.done || state.node == shared.free }

    /// Whether a whole call was written.
    public func isCall(_ state: ToolState) -> Bool { state.node == shared.done }

    /// Where a byte leads; nothing where no reply goes on so.
    public func next(_ state: ToolState, _ byte: UInt8) -> ToolState? {
        var state = state
        if let edge = edge(state.node, byte) { return follow(edge, &state) ? state : nil }
        // A number ends by what follows it.
        guard state.length > 0, shared.endsNumber(state.node) else { return nil }
        (state.node, state.back, state.length) = (state.back, 0, 0)
        guard let edge = edge(state.node, byte) else { return nil }
        return follow(edge, &state) ? state : nil
    }

    /// Where bytes lead; nothing where no reply goes on so.
    public func next(_ state: ToolState, _ bytes: some Sequence<UInt8>) -> ToolState? {
        var state = state
        for byte in bytes {
            guard let next = next(state, byte) else { return nil }
            state = next
        }
        return state
    }

    /// The only byte that may follow, where the reply may not end; nothing where there are several or none.
    public func onlyByte(after state: ToolState) -> UInt8? {
        if mayEnd(state) { return nil }
        var found: UInt8?
        for byte in UInt8.min...UInt8.max where next(state, byte) != nil {
            if found != nil { return nil }
            found = byte
        }
        return found
    }

    private func edge(_ node: Int32, _ byte: UInt8) -> ToolEdge? {
        var (low, high) = (Int(starts[Int(node)]), Int(starts[Int(node) + 1]))
        while low < high {
            let middle = (low + high) / 2
            if edges[middle].high < byte { low = middle + 1 } else { high = middle }
        }
        guard low < Int(starts[Int(node) + 1]), edges[low].low <= byte else { return nil }
        return edges[low]
    }

    /// Takes an edge; false where a bound of the grammar forbids it.
    private func follow(_ edge: ToolEdge, _ state: inout ToolState) -> Bool {
        state.node = edge.target
        switch edge.action {
        case .step: break
        case .text: state.back = edge.operand
        case .number: (state.back, state.length) = (edge.operand, 1)
        case .leave: (state.node, state.back) = (state.back, 0)
        case .digit:
            state.length += 1
            // A number that needs one more character keeps room for it.
            return state.length < Self.longestNumber
                || (state.length == Self.longestNumber && shared.endsNumber(state.node))
        case .close: state.counts[Int(edge.level)] = 0
        case .comma:
            state.counts[Int(edge.level)] += 1
            return Int32(state.counts[Int(edge.level)]) < edge.operand
        }
        return true
    }
}

/// Nodes that every grammar has.
struct SharedNodes: Sendable {
    /// Before a call, and before a call or text.
    let call, reply: Int32
    /// Behind a call, and in free text.
    let done, free: Int32
    /// In a text of JSON, behind its quotation mark.
    let text: Int32
    /// In a number: behind the minus, behind a first 0, in the digits before the point, behind the point, in the digits behind
    /// it, behind the e, behind its sign, in its digits.
    let number: Range<Int32>
    /// In a whole number: behind the minus, behind a first 0, in the digits.
    let integer: Range<Int32>

    /// Whether a number may end at a node.
    func endsNumber(_ node: Int32) -> Bool {
        if number.contains(node) { return [1, 2, 4, 7].contains(node - number.lowerBound) }
        return node == integer.lowerBound + 1 || node == integer.lowerBound + 2
    }
}
