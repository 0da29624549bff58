import Storage

/// Bytes as a key that hashes in one go.
struct ByteKey: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// A vocabulary and its merges, in the order in which they were learned.
struct BytePairs: Sendable {
    /// What text is before the first merge.
    enum Alphabet: Sendable, Equatable {
        /// Bytes, each of which has a token; the characters of a token stand for bytes.
        case bytes
        /// Characters, as SentencePiece has them; tokens are text.
        case characters(Unknown)
    }

    /// What characters without a token become.
    struct Unknown: Sendable, Equatable {
        /// The token for them as files write it; nil only where they become bytes.
        var token: String?
        /// Whether unknown neighbours become one token.
        var fuses = false
        /// Whether they become their bytes, each of which has a token, instead.
        var areBytes = false
    }

    /// What a merge makes.
    struct Merge: Sendable {
        /// The lower, the earlier.
        let rank: Int32
        /// The token that it makes.
        let token: Int32
    }

    /// What text is before the first merge.
    let alphabet: Alphabet
    /// The bytes of each token by id, those of its text where the alphabet is characters; nil where no token has that id.
    private(set) var tokens: [[UInt8]?] = []
    /// Tokens with characters outside the byte alphabet: no text ever becomes one.
    private(set) var foreign: [ExactText: Int32] = [:]
    /// Pairs of tokens in order of rank.
    private(set) var pairs: [(left: Int32, right: Int32)] = []
    /// Whether a piece that is a token is taken whole, whatever the merges say.
    var takesWholePieces = false

    private var ids: [ByteKey: Int32] = [:]
    private var merges: [UInt64: Merge] = [:]
    /// The token of each byte alone, −1 where there is none.
    private var byteTokens = [Int32](repeating: -1, count: 256)
    /// The token of each character alone.
    private var scalarTokens: [Unicode.Scalar: Int32] = [:]

    init(_ alphabet: Alphabet = .bytes) { self.alphabet = alphabet }

    /// How many tokens there are.
    var count: Int { ids.count + foreign.count }

    /// The id of a token as files write it.
    func id(of token: String) -> Int32? {
        guard let bytes = spelled(token) else { return foreign[ExactText(token)] }
        return id(bytes)
    }

    /// The token with an id as files write it; nil where there is none.
    func token(_ id: Int32) -> String? {
        guard id >= 0, id < tokens.count, let bytes = tokens[Int(id)] else { return nil }
        let name = alphabet == .bytes ? ByteAlphabet.token(bytes) : String(decoding: bytes, as: UTF8.self)
        return self.id(of: name) == id ? name : String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that a token is known by; nil where it has a character that stands for none.
    private func spelled(_ token: String) -> [UInt8]? {
        alphabet == .bytes ? ByteAlphabet.bytes(token) : Array(token.utf8)
    }

    /// The id of bytes.
    func id(_ bytes: [UInt8]) -> Int32? { ids[ByteKey(bytes)] }

    /// Bytes without which a vocabulary is no byte-level one.
    ///
    /// They are ASCII that is printed, breaks of lines, and what other characters of the first four planes need: published
    /// vocabularies lack a few control characters and bytes that UTF-8 never has.
    static let neededBytes =
        [9, 10, 13] + Array(0x20...0x7E as ClosedRange<UInt8>) + Array(0x80...0xBF as ClosedRange<UInt8>)
        + Array(0xC2...0xF0 as ClosedRange<UInt8>)

    /// The first of some bytes that no token stands for alone.
    func missingByte(among bytes: [UInt8]) -> UInt8? { bytes.first { byteTokens[Int($0)] < 0 } }

    /// Adds a token as files write it; false if the token or the id is taken.
    mutating func add(_ token: String, id: Int32) -> Bool {
        let place = Int(id)
        if place >= tokens.count {
            tokens.append(contentsOf: repeatElement(nil, count: place + 1 - tokens.count))
        }
        guard tokens[place] == nil else { return false }
        guard let bytes = spelled(token) else {
            tokens[place] = Array(token.utf8)
            return foreign.updateValue(id, forKey: ExactText(token)) == nil
        }
        tokens[place] = bytes
        noteSmallest(token, bytes, id)
        return ids.updateValue(id, forKey: ByteKey(bytes)) == nil
    }

    private mutating func noteSmallest(_ token: String, _ bytes: [UInt8], _ id: Int32) {
        if alphabet == .bytes {
            if bytes.count == 1 { byteTokens[Int(bytes[0])] = id }
            return
        }
        let scalars = Array(token.unicodeScalars.prefix(7))
        if scalars.count == 1 { scalarTokens[scalars[0]] = id }
        if let byte = ByteToken.byte(scalars), token == ByteToken.name(byte) { byteTokens[Int(byte)] = id }
    }

    /// Adds a merge behind those that are there; of two equal ones the later counts, as in the reference.
    ///
    /// - Returns: false if the two together are no token.
    mutating func merge(_ left: Int32, _ right: Int32) -> Bool {
        guard let a = tokens[Int(left)], let b = tokens[Int(right)], let token = id(a + b) else {
            return false
        }
        merges[Self.key(left, right)] = Merge(rank: Int32(pairs.count), token: token)
        pairs.append((left, right))
        return true
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Cuts one piece into tokens, the lowest rank first and of equal ones the leftmost, in time n log n.
    ///
    /// - Parameters:
    ///   - scalars: of the piece.
    ///   - body: called for each token with its id and its scalars' places in the piece, in order.
    func encode(_ scalars: [Unicode.Scalar], _ body: (Int32, Range<Int>) -> Void) {
        if scalars.isEmpty { return }
        if takesWholePieces, let id = id(scalars.flatMap { Array(UTF8.encode($0) ?? .init()) }) {
            return body(id, scalars.indices)
        }
        let (symbols, owners) = smallest(scalars)
        if symbols.isEmpty { return }
        var chain = TokenChain(symbols)
        var queue = MergeQueue()
        for place in 0..<symbols.count - 1 { push(place, chain, into: &queue) }
        while let next = queue.pop() {
            // A pair is out of date when one of its two has merged with another meanwhile.
            guard chain.left(next.place) == next.left, chain.right(next.place) == next.right,
                let merge = merges[Self.key(next.left, next.right)]
            else { continue }
            chain.merge(at: next.place, into: merge.token)
            push(next.place, chain, into: &queue)
            if let before = chain.before(next.place) { push(before, chain, into: &queue) }
        }
        chain.forEach { id, places in
            body(id, owners[places.lowerBound].lowerBound..<owners[places.upperBound - 1].upperBound)
        }
    }

    /// The tokens before any merge, each with the scalars that it stands for.
    private func smallest(_ scalars: [Unicode.Scalar]) -> (tokens: [Int32], owners: [Range<Int>]) {
        var tokens: [Int32] = []
        var owners: [Range<Int>] = []
        tokens.reserveCapacity(scalars.count)
        owners.reserveCapacity(scalars.count)
        var (unknown, fuses, spells) = (Int32(-1), false, true)
        if case .characters(let rule) = alphabet {
            (unknown, fuses, spells) = (rule.token.flatMap { id(of: $0) } ?? -1, rule.fuses, rule.areBytes)
        }
        var lastIsUnknown = false
        for (index, scalar) in scalars.enumerated() {
            if let token = scalarTokens[scalar] {
                tokens.append(token)
                owners.append(index..<index + 1)
                lastIsUnknown = false
            } else if spells {
                for byte in UTF8.encode(scalar) ?? UTF8.EncodedScalar() where byteTokens[Int(byte)] >= 0 {
                    tokens.append(byteTokens[Int(byte)])
                    owners.append(index..<index + 1)
                }
            } else if lastIsUnknown && fuses {
                owners[owners.count - 1] = owners[owners.count - 1].lowerBound..<index + 1
            } else {
                tokens.append(unknown)
                owners.append(index..<index + 1)
                lastIsUnknown = true
            }
        }
        return (tokens, owners)
    }

    private func push(_ place: Int, _ chain: TokenChain, into queue: inout MergeQueue) {
        guard let left = chain.left(place), let right = chain.right(place),
            let merge = merges[Self.key(left, right)]
        else { return }
        queue.push(PendingMerge(rank: merge.rank, place: place, left: left, right: right))
    }
}
