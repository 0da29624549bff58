import Reliability
import Tensors
import Testing

/// Runs of tokens, and faults of prompts.
@Suite struct TokenRunsTests {
    /// By trying all pairs of places.
    private static func slow(_ text: [Int32], _ others: [[Int32]]) -> Int {
        var best = 0
        for other in others {
            for first in text.indices {
                for second in other.indices {
                    var length = 0
                    while first + length < text.count, second + length < other.count,
                        text[first + length] == other[second + length]
                    { length += 1 }
                    best = max(best, length)
                }
            }
        }
        return best
    }

    @Test func theLongestRunIsThatOfAllPairs() {
        var stream = RandomStream(seed: 4, for: .testing)
        func text(_ length: Int) -> [Int32] { (0..<length).map { _ in Int32(stream.nextInteger(below: 3)) } }
        for _ in 0..<60 {
            let others = (0..<5).map { _ in text(1 + stream.nextInteger(below: 30)) }
            let asked = text(1 + stream.nextInteger(below: 25))
            #expect(TokenRuns(others).longest(in: asked) == Self.slow(asked, others))
        }
    }

    @Test func runsDoNotCrossTextsAndEndAtTheMost() {
        let runs = TokenRuns([[1, 2, 3], [4, 5, 6]])
        #expect(runs.longest(in: [2, 3, 4, 5]) == 2)
        #expect(runs.longest(in: [9]) == 0 && runs.longest(in: []) == 0)
        #expect(TokenRuns([]).longest(in: [1]) == 0)
        let long = [Int32](repeating: 7, count: 300)
        #expect(TokenRuns([long]).longest(in: long) == TokenRuns.most)
    }

    private static func changed(_ fault: PromptFault, _ seed: UInt64) -> (String, [Int32]) {
        var stream = RandomStream(seed: seed, for: .testing)
        let text = fault.hook.text("a b c d e", &stream)
        return (text, fault.hook.tokens(Array(0..<100), &stream))
    }

    @Test func faultsOfPromptsChangeWhatTheySay() {
        #expect(Self.changed(.dropout(probability: 0), 1) == ("a b c d e", Array(0..<100)))
        #expect(Self.changed(.doubledSpaces(probability: 1), 1) == ("a  b  c  d  e", Array(0..<100)))
        #expect(Self.changed(.trigger([7, 8]), 1) == ("a b c d e", Array(0..<100) + [7, 8]))
        let (few, many) = (
            Self.changed(.dropout(probability: 0.1), 3).1, Self.changed(.dropout(probability: 0.4), 3).1
        )
        #expect(few.count > 80 && few.count < 98 && many.count > 45 && many.count < 75)
        // Larger chances lose the same tokens, and more.
        #expect(Set(many).isSubset(of: few))
    }
}
