extension Tokenizer {
    /// The special tokens of the template of HC-RLHF: padding, end, beginning, unknown.
    public static let specialTokens = ["<pad>", "</s>", "<s>", "<unk>"]

    /// Learns a byte-level vocabulary from texts: again and again the most frequent pair becomes a token.
    ///
    /// Of equally frequent pairs the one with the lower ids is taken, so that equal texts give equal tokenizers, in
    /// any order. Learning ends early where no pair occurs twice.
    ///
    /// - Parameters:
    ///   - texts: what to learn from; special tokens in it are text like any other.
    ///   - vocabularySize: the most tokens, special ones included; room for the 256 bytes and them at least.
    ///   - pattern: how text is cut into pieces.
    ///   - specialTokens: added behind the learned ones, in this order.
    /// - Returns: the tokenizer; it puts nothing around a text.
    public static func trained(
        on texts: some Sequence<String>, vocabularySize: Int, pattern: SplitPattern = .qwen2,
        specialTokens: [String] = Tokenizer.specialTokens
    ) -> Tokenizer {
        precondition(
            vocabularySize >= 256 + specialTokens.count && vocabularySize <= idLimit,
            "a vocabulary of \(vocabularySize) has no room for 256 bytes and \(specialTokens.count) special tokens"
        )
        var counts: [ByteKey: Int] = [:]
        for text in texts {
            let scalars = Array(text.unicodeScalars)
            for range in pattern.pieces(scalars[...]) {
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: scalars[range])
                counts[ByteKey(Array(String(piece).utf8)), default: 0] += 1
            }
        }
        var model = BytePairs()
        for byte in UInt8.min...UInt8.max {
            let isNew = model.add(ByteAlphabet.token([byte]), id: Int32(byte))
            precondition(isNew, "the byte \(byte) has a token")
        }
        var training = PairCounts(counts)
        while model.count + specialTokens.count < vocabularySize, let (left, right) = training.mostFrequent()
        {
            let bytes = (model.tokens[Int(left)] ?? []) + (model.tokens[Int(right)] ?? [])
            // Two ways to make the same bytes are one token.
            let id = model.id(bytes) ?? Int32(model.count)
            if Int(id) == model.count { _ = model.add(ByteAlphabet.token(bytes), id: id) }
            _ = model.merge(left, right)
            training.merge(left, right, into: id)
        }
        return Tokenizer(model, added: [], steps: [.split(pattern)]).adding(specialTokens: specialTokens)
    }
}

private struct Pair: Hashable {
    let left, right: Int32

    func precedes(_ other: Pair) -> Bool { left != other.left ? left < other.left : right < other.right }
}

/// How often each pair of neighbours occurs in the pieces, while pairs become tokens.
private struct PairCounts {
    private var words: [(tokens: [Int32], count: Int)]
    private var counts: [Pair: Int] = [:]
    /// Words that had the pair at some time.
    private var places: [Pair: Set<Int>] = [:]

    init(_ pieces: [ByteKey: Int]) {
        words = pieces.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
            .map { (tokens: $0.key.bytes.map { Int32($0) }, count: $0.value) }
        for word in words.indices { count(word, 1) }
    }

    /// The pair that occurs most often, twice at least.
    func mostFrequent() -> (Int32, Int32)? {
        var best: (pair: Pair, count: Int)?
        for (pair, count) in counts where count >= 2 {
            guard let (bestPair, bestCount) = best else {
                best = (pair, count)
                continue
            }
            if count > bestCount || (count == bestCount && pair.precedes(bestPair)) { best = (pair, count) }
        }
        return best.map { ($0.pair.left, $0.pair.right) }
    }

    mutating func merge(_ left: Int32, _ right: Int32, into token: Int32) {
        for word in places.removeValue(forKey: Pair(left: left, right: right)) ?? [] {
            count(word, -1)
            var merged: [Int32] = []
            let old = words[word].tokens
            var place = 0
            while place < old.count {
                if place + 1 < old.count, old[place] == left, old[place + 1] == right {
                    merged.append(token)
                    place += 2
                } else {
                    merged.append(old[place])
                    place += 1
                }
            }
            words[word].tokens = merged
            count(word, 1)
        }
    }

    private mutating func count(_ word: Int, _ sign: Int) {
        let (tokens, number) = words[word]
        for (left, right) in zip(tokens, tokens.dropFirst()) {
            let pair = Pair(left: left, right: right)
            let total = (counts[pair] ?? 0) + sign * number
            counts[pair] = total == 0 ? nil : total
            if sign > 0 { places[pair, default: []].insert(word) }
        }
    }
}
