import StrictJSON

/// Bytes as a key that hashes in one go.
struct ByteKey: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// A byte-level vocabulary and its merges, in the order in which they were learned.
struct BytePairs: Sendable {
    /// What a merge makes.
    struct Merge: Sendable {
        /// The lower, the earlier.
        let rank: Int32
        /// The token that it makes.
        let token: Int32
    }

    /// The bytes of each token by id; nil where no token has that id.
    private(set) var tokens: [[UInt8]?] = []
    /// Tokens with characters outside the byte alphabet: no text ever becomes one.
    private(set) var foreign: [ExactText: Int32] = [:]
    /// Pairs of tokens in order of rank.
    private(set) var pairs: [(left: Int32, right: Int32)] = []
    /// Whether a piece that is a token is taken whole, whatever the merges say.
    var takesWholePieces = false

    private var ids: [ByteKey: Int32] = [:]
    private var merges: [UInt64: Merge] = [:]
    private var byteTokens = [Int32](repeating: -1, count: 256)

    /// How many tokens there are.
    var count: Int { ids.count + foreign.count }

    /// The id of a token as files write it.
    func id(of token: String) -> Int32? {
        guard let bytes = ByteAlphabet.bytes(token) else { return foreign[ExactText(token)] }
        return id(bytes)
    }

    /// The id of bytes.
    func id(_ bytes: [UInt8]) -> Int32? { ids[ByteKey(bytes)] }

    /// The first byte that no token stands for alone.
    var missingByte: UInt8? { byteTokens.firstIndex(of: -1).map { UInt8($0) } }

    /// Adds a token as files write it; false if the token or the id is taken.
    mutating func add(_ token: String, id: Int32) -> Bool {
        let place = Int(id)
        if place >= tokens.count {
            tokens.append(contentsOf: repeatElement(nil, count: place + 1 - tokens.count))
        }
        guard tokens[place] == nil else { return false }
        guard let bytes = ByteAlphabet.bytes(token) else {
            tokens[place] = Array(token.utf8)
            return foreign.updateValue(id, forKey: ExactText(token)) == nil
        }
        tokens[place] = bytes
        if bytes.count == 1 { byteTokens[Int(bytes[0])] = id }
        return ids.updateValue(id, forKey: ByteKey(bytes)) == nil
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
    ///   - bytes: of the piece.
    ///   - body: called for each token with its id and its bytes' places in the piece, in order.
    func encode(_ bytes: [UInt8], _ body: (Int32, Range<Int>) -> Void) {
        if bytes.isEmpty { return }
        if takesWholePieces, let id = id(bytes) { return body(id, 0..<bytes.count) }
        var chain = TokenChain(bytes.map { byteTokens[Int($0)] })
        var queue = MergeQueue()
        for place in 0..<bytes.count - 1 { push(place, chain, into: &queue) }
        while let next = queue.pop() {
            // A pair is out of date when one of its two has merged with another meanwhile.
            guard chain.left(next.place) == next.left, chain.right(next.place) == next.right,
                let merge = merges[Self.key(next.left, next.right)]
            else { continue }
            chain.merge(at: next.place, into: merge.token)
            push(next.place, chain, into: &queue)
            if let before = chain.before(next.place) { push(before, chain, into: &queue) }
        }
        chain.forEach(body)
    }

    private func push(_ place: Int, _ chain: TokenChain, into queue: inout MergeQueue) {
        guard let left = chain.left(place), let right = chain.right(place),
            let merge = merges[Self.key(left, right)]
        else { return }
        queue.push(PendingMerge(rank: merge.rank, place: place, left: left, right: right))
    }
}

/// A row of tokens in which neighbours merge, linked so that a merge takes constant time.
private struct TokenChain {
    /// The token that begins at each byte, −1 where one before reaches over it.
    private var tokens: [Int32]
    private var next: [Int32]
    private var previous: [Int32]

    init(_ tokens: [Int32]) {
        self.tokens = tokens
        next = (0..<tokens.count).map { Int32($0 + 1) }
        previous = (0..<tokens.count).map { Int32($0 - 1) }
    }

    func left(_ place: Int) -> Int32? { tokens[place] >= 0 ? tokens[place] : nil }

    func right(_ place: Int) -> Int32? {
        let after = Int(next[place])
        return after < tokens.count ? tokens[after] : nil
    }

    func before(_ place: Int) -> Int? { previous[place] >= 0 ? Int(previous[place]) : nil }

    mutating func merge(at place: Int, into token: Int32) {
        let gone = Int(next[place])
        tokens[place] = token
        tokens[gone] = -1
        next[place] = next[gone]
        if Int(next[gone]) < tokens.count { previous[Int(next[gone])] = Int32(place) }
    }

    func forEach(_ body: (Int32, Range<Int>) -> Void) {
        var place = 0
        while place < tokens.count {
            body(tokens[place], place..<Int(next[place]))
            place = Int(next[place])
        }
    }
}

private struct PendingMerge {
    let rank: Int32
    let place: Int
    let left: Int32
    let right: Int32

    func precedes(_ other: Self) -> Bool {
        rank != other.rank ? rank < other.rank : place < other.place
    }
}

/// A binary heap of merges, the lowest rank on top.
private struct MergeQueue {
    private var heap: [PendingMerge] = []

    mutating func push(_ merge: PendingMerge) {
        heap.append(merge)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> PendingMerge? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return top }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].precedes(heap[least]) { least = child }
            }
            if least == parent { return top }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
