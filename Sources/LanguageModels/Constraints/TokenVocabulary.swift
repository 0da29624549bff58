/// The bytes of a tokenizer's tokens, as a tree, and the tokens that end a reply.
public struct TokenVocabulary: Sendable {
    /// Tokens, ids without one included.
    public let size: Int
    /// Tokens that end a reply.
    public let endTokens: [Int32]
    /// The bytes of each token; empty for one that no reply contains.
    public let bytes: [[UInt8]]
    private let tree: ByteTree

    /// Reads a tokenizer's tokens.
    ///
    /// Special tokens, and added ones, belong to no reply.
    ///
    /// - Parameters:
    ///   - tokenizer: one in which every byte has a token of its own.
    ///   - endTokens: what ends a reply.
    /// - Throws: `TokenizerError` for another tokenizer.
    public init(_ tokenizer: Tokenizer, endTokens: [Int32]) throws(TokenizerError) {
        var bytes = try tokenizer.tokenBytes()
        for token in endTokens {
            guard bytes.indices.contains(Int(token)) else {
                throw TokenizerError(
                    "tokenizer in memory", "no token has the id \(token). Name end tokens of this tokenizer.")
            }
            bytes[Int(token)] = []
        }
        let alone = Set(bytes.lazy.filter { $0.count == 1 }.map { $0[0] })
        for byte in UInt8.min...UInt8.max where !alone.contains(byte) {
            throw TokenizerError(
                "tokenizer in memory",
                "no token for the byte \(byte) alone, so that calls could not be spelled. Use a tokenizer of bytes, "
                    + "or one that falls back on them.")
        }
        self.init(bytes: bytes, endTokens: endTokens)
    }

    /// Takes tokens as they are, such as those of a table.
    ///
    /// - Parameters:
    ///   - bytes: of each token by id; empty for one that no reply contains.
    ///   - endTokens: what ends a reply, none of them with bytes.
    public init(bytes: [[UInt8]], endTokens: [Int32]) {
        precondition(
            endTokens.allSatisfy { bytes.indices.contains(Int($0)) && bytes[Int($0)].isEmpty },
            "an end token that is none, or has bytes")
        (size, self.bytes, self.endTokens) = (bytes.count, bytes, endTokens)
        tree = ByteTree(bytes)
    }

    /// Adds the tokens whose bytes can all be walked from a place.
    ///
    /// - Parameters:
    ///   - mask: of this vocabulary.
    ///   - place: where the first byte follows.
    ///   - bytes: all that can be allowed behind a place, where they are few; nothing where all are tried.
    ///   - next: where a byte leads; nothing where it is not allowed.
    func insert<Place>(
        into mask: inout TokenMask, from place: Place, among bytes: (Place) -> [UInt8]? = { _ in nil },
        _ next: (Place, UInt8) -> Place?
    ) {
        var open: [(node: Int32, place: Place)] = [(0, place)]
        func visit(_ child: Int32, from place: Place) {
            guard let behind = next(place, tree.byte[Int(child)]) else { return }
            for token in tree.tokens(at: child) { mask[token] = true }
            if tree.first[Int(child)] >= 0 { open.append((child, behind)) }
        }
        while let (node, place) = open.popLast() {
            if let bytes = bytes(place) {
                for byte in bytes {
                    if let child = tree.child(of: node, byte) { visit(child, from: place) }
                }
                continue
            }
            var child = tree.first[Int(node)]
            while child >= 0 {
                visit(child, from: place)
                child = tree.sibling[Int(child)]
            }
        }
    }

    /// Takes out the tokens whose first byte is this one.
    func remove(from mask: inout TokenMask, beginningWith byte: UInt8) {
        var open = tree.child(of: 0, byte).map { [$0] } ?? []
        while let node = open.popLast() {
            for token in tree.tokens(at: node) { mask[token] = false }
            var child = tree.first[Int(node)]
            while child >= 0 {
                open.append(child)
                child = tree.sibling[Int(child)]
            }
        }
    }

    /// Takes out the tokens whose bytes lead into an end of a tree of texts.
    ///
    /// - Parameters:
    ///   - mask: of this vocabulary.
    ///   - texts: the tree.
    ///   - place: a node of it, behind which the first byte follows.
    func remove(from mask: inout TokenMask, endsOf texts: TextTrie, behind place: Int32) {
        var open: [(node: Int32, place: Int32)] = [(0, place)]
        while let (node, place) = open.popLast() {
            var child = tree.first[Int(node)]
            while child >= 0 {
                if place == TextTrie.outside {
                    for token in tree.tokens(at: child) { mask[token] = false }
                    open.append((child, place))
                } else if let behind = texts.child(of: place, tree.byte[Int(child)]) {
                    let isEnd = texts.isEnd(behind)
                    if isEnd { for token in tree.tokens(at: child) { mask[token] = false } }
                    open.append((child, isEnd ? TextTrie.outside : behind))
                }
                child = tree.sibling[Int(child)]
            }
        }
    }
}

/// Tokens by their bytes: each node has one byte, its first child, its next sibling and the tokens that end there.
private struct ByteTree: Sendable {
    private(set) var byte: [UInt8] = [0]
    private(set) var first: [Int32] = [-1]
    private(set) var sibling: [Int32] = [-1]
    /// The child of the root for each byte.
    private var roots = [Int32](repeating: -1, count: 256)
    private var starts: [Int32] = [0, 0]
    private var ending: [Int32] = []

    init(_ tokens: [[UInt8]]) {
        let order = tokens.indices.filter { !tokens[$0].isEmpty }
            .sorted { tokens[$0].lexicographicallyPrecedes(tokens[$1]) }
        // Texts in order: what a text shares with the one before it is a path that is still open.
        var (path, last, before): ([Int32], [Int32], [UInt8]) = ([0], [-1], [])
        for token in order {
            let bytes = tokens[token]
            let shared = zip(bytes, before).prefix { $0 == $1 }.count
            path.removeLast(path.count - 1 - shared)
            last.removeLast(last.count - 1 - shared)
            for next in bytes[shared...] {
                let node = Int32(byte.count)
                byte.append(next)
                first.append(-1)
                sibling.append(-1)
                starts.append(Int32(ending.count))
                let depth = path.count - 1
                if last[depth] < 0 {
                    first[Int(path[depth])] = node
                } else {
                    sibling[Int(last[depth])] = node
                }
                last[depth] = node
                if depth == 0 { roots[Int(next)] = node }
                path.append(node)
                last.append(-1)
            }
            ending.append(Int32(token))
            starts[starts.count - 1] = Int32(ending.count)
            before = bytes
        }
    }

    /// The child of a node for a byte.
    func child(of node: Int32, _ next: UInt8) -> Int32? {
        var child = node == 0 ? roots[Int(next)] : first[Int(node)]
        while child >= 0 {
            if byte[Int(child)] == next { return child }
            child = sibling[Int(child)]
        }
        return nil
    }

    /// The tokens whose last byte is that of a node.
    func tokens(at node: Int32) -> ArraySlice<Int32> {
        ending[Int(starts[Int(node)])..<Int(starts[Int(node) + 1])]
    }
}
