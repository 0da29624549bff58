/// Which tokens of a vocabulary may follow: a set of bits.
public struct TokenMask: Sendable, Equatable {
    /// Tokens of the vocabulary.
    public let size: Int
    private(set) var words: [UInt64]

    /// An empty set.
    ///
    /// - Parameter size: tokens of the vocabulary.
    public init(size: Int) {
        self.size = size
        words = [UInt64](repeating: 0, count: (size + 63) / 64)
    }

    /// Whether a token is in the set; false outside of the vocabulary.
    public subscript(token: Int32) -> Bool {
        get {
            token >= 0 && Int(token) < size && words[Int(token) >> 6] & (1 << UInt64(token & 63)) != 0
        }
        set {
            precondition(token >= 0 && Int(token) < size, "token \(token) of \(size)")
            if newValue {
                words[Int(token) >> 6] |= 1 << UInt64(token & 63)
            } else {
                words[Int(token) >> 6] &= ~(1 << UInt64(token & 63))
            }
        }
    }

    /// Whether no token is in the set.
    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Tokens of the set.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The tokens of the set in rising order.
    public var tokens: [Int32] {
        var found: [Int32] = []
        forEach { found.append($0) }
        return found
    }

    /// Visits the tokens of the set in rising order.
    public func forEach(_ body: (Int32) -> Void) {
        for (place, word) in words.enumerated() {
            var word = word
            while word != 0 {
                body(Int32(place * 64 + word.trailingZeroBitCount))
                word &= word - 1
            }
        }
    }

    /// The only token of the set; nothing where there are several or none.
    public var onlyToken: Int32? {
        var found: Int32?
        for (place, word) in words.enumerated() where word != 0 {
            if found != nil || word & (word - 1) != 0 { return nil }
            found = Int32(place * 64 + word.trailingZeroBitCount)
        }
        return found
    }

    /// Takes all tokens out.
    public mutating func removeAll() {
        for place in words.indices { words[place] = 0 }
    }

    /// Takes tokens out from a number on.
    public mutating func remove(from limit: Int) {
        for place in words.indices where place * 64 + 64 > limit {
            let kept = max(0, limit - place * 64)
            words[place] &= kept == 0 ? 0 : UInt64.max >> UInt64(64 - kept)
        }
    }

    /// Becomes another set of the same vocabulary, without new memory.
    mutating func assign(_ others: ArraySlice<UInt64>) {
        precondition(others.count == words.count, "a mask of another vocabulary")
        others.withUnsafeBufferPointer { others in
            words.withUnsafeMutableBufferPointer { words in
                guard let target = words.baseAddress, let source = others.baseAddress else { return }
                target.update(from: source, count: others.count)
            }
        }
    }
}
