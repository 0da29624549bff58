import Alignment
import Testing

/// Shared beginnings: equal answers, fewer tokens.
@Suite struct ColumnTrieTests {
    /// A column is a number that depends on all tokens up to its own, in order.
    struct Digest: ColumnModel {
        var batches: [Int] = []

        mutating func columns(of tokens: [(token: Int, before: [UInt64])]) -> [UInt64] {
            batches.append(tokens.count)
            return tokens.map { token, before in
                var random = SplitMix(
                    seed: before.enumerated().reduce(UInt64(token) &+ 1) {
                        $0 &* 0x1000_0000_01B3 ^ ($1.element &+ UInt64($1.offset))
                    })
                return random.next()
            }
        }
    }

    /// Logits and rewards drawn from the column.
    struct Drawn: SearchModel {
        var trie: ColumnTrie<Digest>

        mutating func looks(behind sequences: [[Int]]) throws -> [SearchLook] {
            try trie.columns(behind: sequences).map { column in
                var random = SplitMix(seed: column)
                let numbers = (0..<24).map { _ in Double.random(in: -2...2, using: &random) }
                return SearchLook(logits: Array(numbers[..<12]), rewards: Array(numbers[12...]))
            }
        }
    }

    @Test func searchesAreTheSameWithThreeTimesFewerTokens() throws {
        var search = GuardedSearch(budget: 8, end: 0)
        (search.steps, search.leastTokens) = (32, 32)
        let prompt = [3, 1, 4, 1, 5]
        var models = [true, false].map { Drawn(trie: ColumnTrie(Digest(), isSharing: $0)) }
        let results = try models.indices.map { try search(prompt, &models[$0]) }
        #expect(results[0] == results[1])
        #expect(results[0].trace.last?.count == 8)
        let (shared, alone) = (models[0].trie.computed, models[1].trie.computed)
        // With sharing: the prompt, and one token for each node that is asked about.
        #expect(shared == prompt.count + results[0].calls.head - 1)
        #expect(
            alone
                == results[0].trace.dropLast().flatMap { $0 }.reduce(prompt.count) {
                    $0 + prompt.count + $1.tokens.count
                })
        #expect(alone >= 3 * shared, "\(alone) and \(shared) tokens")
        // A step behind the first computes all that is new at once.
        #expect(models[0].trie.batches == prompt.count + search.steps - 1)
        #expect(models[0].trie.model.batches.reduce(0, +) == shared)
    }

    /// Every check of a suffix is a beginning of the first, so that all are one pass; of other checks the beginnings are shared.
    @Test func suffixChecksAreOnePass() throws {
        var trie = ColumnTrie(Digest())
        let prompt = Array(0..<30)
        func tokens(_ erasures: Erasures) throws -> Int {
            trie.removeAll()
            let before = trie.computed
            try erasures.visit(prompt) { version in
                _ = try trie.columns(behind: [version])
                return false
            }
            return trie.computed - before
        }
        #expect(try tokens(Erasures(.suffix, size: 20)) == 30)
        let insertion = Erasures(.insertion(blocks: 1), size: 12)
        var alone = 0
        insertion.visit(prompt) {
            alone += $0.count
            return false
        }
        #expect(try 5 * tokens(insertion) < 3 * alone)
    }

    @Test func beginningsAreComputedOnce() throws {
        var trie = ColumnTrie(Digest())
        let first = try trie.columns(behind: [[1, 2, 3], [1, 2, 4], [1, 2, 3]])
        #expect(first[0] == first[2] && first[0] != first[1])
        #expect(trie.computed == 4 && trie.batches == 3 && trie.count == 4)
        #expect(try trie.columns(behind: [[1, 2], [1, 2, 4]])[1] == first[1])
        #expect(trie.computed == 4)
        trie.removeAll()
        #expect(try trie.columns(behind: [[1, 2, 3]]) == [first[0]] && trie.computed == 7)
    }
}
