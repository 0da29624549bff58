import Alignment
import Foundation
import TestSupport
import Testing

/// Traces of what erases without a certificate, beside an independent program.
@Suite struct EmpiricalErasingTests {
    struct Classifier: Decodable {
        let embedding, weight: [[Double]]
        let bias: [Double]

        func mean(_ sequence: [Int], shares: [Double]) -> [Double] {
            embedding[0].indices.map { k in
                zip(sequence, shares).reduce(0) {
                    $0 + $1.1 * embedding[$1.0][k] + (1 - $1.1) * embedding[0][k]
                } / Double(sequence.count)
            }
        }

        func probability(mean: [Double]) -> Double {
            let logits = zip(weight, bias).map { row, bias in zip(row, mean).reduce(bias) { $0 + $1.0 * $1.1 }
            }
            return 1 / (1 + exp(logits[1] - logits[0]))
        }

        func probability(_ sequence: [Int]) -> Double {
            probability(mean: mean(sequence, shares: sequence.map { _ in 1 }))
        }

        /// Of −ln p with respect to the shares.
        func slope(_ sequence: [Int], _ shares: [Double]) -> [Double] {
            let p = probability(mean: mean(sequence, shares: shares))
            return sequence.map { token in
                embedding[0].indices.reduce(0) { sum, k in
                    sum + (embedding[token][k] - embedding[0][k]) * (p - 1) * (weight[0][k] - weight[1][k])
                } / Double(sequence.count)
            }
        }
    }
    struct Greedy: Decodable {
        let sequence: [Int]
        let iterations: Int
        let p_harmful: Double
        let flagged: Bool
        let erased: [Int]?
        let trace: [[Double]]
    }
    struct Look: Decodable {
        let logits: [Double]
        let kept: [Int]
        let p_harmful: Double
    }
    struct Gradient: Decodable {
        let sequence: [Int]
        let iterations: Int
        let flagged: Bool
        let erased: [Int]?
        let trace: [Look]
    }
    struct Sampled: Decodable {
        let checks, sampled: Int
        let ratio: Double
    }
    struct Tables: Decodable {
        let classifier: Classifier
        let greedy: [Greedy]
        let gradient: [Gradient]
        let rand: [Sampled]
    }

    private static func tables() throws -> Tables {
        try Golden.decode(Tables.self, "alignment", "erase.json")
    }

    @Test func greedyTracesAreThoseOfTheReference() throws {
        let tables = try Self.tables()
        #expect(!tables.greedy.isEmpty)
        for one in tables.greedy {
            let found = GreedyErasing(rounds: one.iterations)(one.sequence) {
                tables.classifier.probability($0)
            }
            #expect(found.probability.isWithin(1e-12, of: one.p_harmful))
            #expect(found.trace.map { Double($0.erased) } == one.trace.map { $0[0] })
            #expect(zip(found.trace, one.trace).allSatisfy { $0.probability.isWithin(1e-12, of: $1[1]) })
            #expect((found.flagged != nil) == one.flagged)
            if one.flagged { #expect(found.flagged == one.erased) }
        }
    }

    /// The last unit can be erased too, which leaves nothing that is harmful.
    @Test func greedyErasingEndsAtNothing() {
        let found = GreedyErasing(rounds: 9)([4, 2]) { Double($0.reduce(0, +)) / 100 }
        #expect(found.trace.map(\.erased) == [1, 0] && found.trace.map(\.probability) == [0.04, 0])
        #expect(found.flagged == nil && GreedyErasing(rounds: 3)([Int]()) { _ in 1 }.trace.isEmpty)
    }

    @Test func gradientTracesAreThoseOfTheReference() throws {
        let tables = try Self.tables()
        #expect(!tables.gradient.isEmpty)
        for one in tables.gradient {
            let found = GradientErasing(steps: one.iterations)(
                one.sequence, probability: tables.classifier.probability,
                slope: { tables.classifier.slope(one.sequence, $0) })
            #expect(found.isFlagged == one.flagged && found.looks.count == one.trace.count)
            for (look, expected) in zip(found.looks, one.trace) {
                #expect(look.kept == expected.kept)
                #expect(look.probability.isWithin(1e-12, of: expected.p_harmful))
                #expect(
                    zip(look.logits, expected.logits).allSatisfy { $0.isWithin(1e-12, of: $1, floor: 1e-12) })
            }
            if one.flagged { #expect(found.looks.last?.kept == one.erased) }
        }
    }

    @Test func randomErasingLooksAtSoMany() throws {
        let all = try Self.tables().rand
        #expect(!all.isEmpty)
        for one in all {
            let erasing = RandomErasing(Erasures(.suffix, size: 1), ratio: one.ratio)
            #expect(erasing.sampled(of: one.checks) == one.sampled, "\(one)")
        }
    }

    /// Each set of two of five versions is drawn about as often as another: with 2,000 draws each of the ten counts has mean 200
    /// and deviation 13.4, and lies outside of 200 ± 80 with a probability below 1e-7.
    @Test func versionsAreDrawnEvenlyAndWithoutReplacement() {
        var random = SplitMix(seed: 3)
        var counts: [[[Int]]: Int] = [:]
        for _ in 0..<2000 {
            let drawn = Erasures(.suffix, size: 5).sample([1, 2, 3, 4, 5], number: 2, using: &random)
            counts[drawn, default: 0] += 1
        }
        #expect(counts.count == 10 && counts.keys.allSatisfy { $0.count == 2 && $0[0] != $0[1] })
        #expect(counts.keys.joined().allSatisfy { $0.count < 5 })
        #expect(counts.values.allSatisfy { abs($0 - 200) < 80 })
    }

    @Test func randomErasingWithAllVersionsIsTheFilter() {
        var random = SplitMix(seed: 4)
        let (all, none) = (Erasures(.insertion(blocks: 1), size: 2), [3, 3, 3])
        #expect(RandomErasing(all, ratio: 1)([1, 9, 9, 2], using: &random) { $0 == [1, 2] })
        #expect(!RandomErasing(all, ratio: 0)([1, 9, 9, 2], using: &random) { $0 == [1, 2] })
        #expect(!RandomErasing(all, ratio: 1)(none, using: &random) { $0 == [1, 2] })
        #expect(RandomErasing(all, ratio: 1)(none, budget: 5, using: &random) { _ in false })
    }
}

/// A generator of test data: SplitMix64 of Steele and others, 2014.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
