import Algorithms
import Foundation
import TestSupport
import Testing

/// Preference losses against `preference_losses.json`.
@Suite struct PreferenceLossTests {
    struct File: Decodable {
        let reward_sequence_wise: [Reward]
        let cost: [Cost]
        let token_wise: [Token]
    }
    struct Reward: Decodable {
        let higher, lower, grad_higher, grad_lower: [Double]
        let regularization, bt_term, loss, accuracy: Double
    }
    struct Cost: Decodable {
        let kind: String
        let safer_cost, unsafer_cost, grad_safer, grad_unsafer: [Double]
        let safer_safety_sign, unsafer_safety_sign: [Int]
        let regularization, pref_term, loss, accuracy, accuracy_sign: Double
    }
    struct Token: Decodable {
        let kind: String
        let ids_a, ids_b, mask_a, mask_b, spans_inclusive: [[Int]]
        let scores_a, scores_b, grad_a, grad_b: [[Double]]
        let safety_sign_a, safety_sign_b: [Int]
        let regularization, loss: Double
    }

    static func file() throws -> File { try Golden.decode(File.self, "HCRLHF", "preference_losses.json") }

    static func agree(_ actual: [Double], _ expected: [Double]) -> Bool {
        actual.count == expected.count
            && zip(actual, expected).allSatisfy { $0.isWithin(1e-12, of: $1, floor: 1e-15) }
    }

    /// The loss of pairs, its Bradley–Terry part, and its slopes.
    private struct Pairs {
        let loss, preference: Double
        let higher, lower: [Double]

        init(
            _ objective: PreferenceObjective, higher: [Double], lower: [Double], weights: [Double],
            signs: (higher: [Bool], lower: [Bool])? = nil
        ) {
            var part = 0.0
            let count = higher.count
            let all = LossOfNumbers(higher + lower) { scores in
                let (loss, preference) = objective(
                    higher: scores.rows(0..<count), lower: scores.rows(count..<2 * count), weights: weights,
                    signs: signs)
                part = preference.scalar
                return loss
            }
            (loss, preference) = (all.value, part)
            (self.higher, self.lower) = (Array(all.gradient[..<count]), Array(all.gradient[count...]))
        }
    }

    private static func even(_ count: Int) -> [Double] {
        PreferenceObjective.weights(
            lengths: [Int](repeating: 1, count: count),
            spans: [ClosedRange<Int>](repeating: 0...0, count: count))
    }

    @Test func rewardLossesAgreeAlsoAtExtremeScores() throws {
        let rows = try Self.file().reward_sequence_wise
        #expect(!rows.isEmpty)
        for row in rows {
            let loss = Pairs(
                PreferenceObjective(regularisation: row.regularization), higher: row.higher, lower: row.lower,
                weights: Self.even(row.higher.count))
            #expect(loss.loss.isWithin(1e-12, of: row.loss, floor: 1e-15))
            #expect(loss.preference.isWithin(1e-12, of: row.bt_term, floor: 1e-15))
            #expect(Self.agree(loss.higher, row.grad_higher) && Self.agree(loss.lower, row.grad_lower))
            let accuracy = PreferenceAccuracy.ofPairs(higher: row.higher, lower: row.lower)
            #expect(accuracy.isWithin(1e-12, of: row.accuracy))
        }
    }

    @Test func costLossesAgreeWithAndWithoutSignTerms() throws {
        let rows = try Self.file().cost
        #expect(Set(rows.map(\.kind)).count == 2)
        for row in rows {
            let labels = SafetyLabels(
                safer: row.safer_safety_sign.map { $0 > 0 }, unsafer: row.unsafer_safety_sign.map { $0 > 0 })
            let loss = Pairs(
                PreferenceObjective(regularisation: row.regularization), higher: row.unsafer_cost,
                lower: row.safer_cost, weights: Self.even(row.safer_cost.count),
                signs: row.kind == "sequence-wise" ? (labels.unsafer, labels.safer) : nil)
            #expect(loss.loss.isWithin(1e-12, of: row.loss, floor: 1e-15))
            #expect(loss.preference.isWithin(1e-12, of: row.pref_term, floor: 1e-15))
            #expect(Self.agree(loss.higher, row.grad_unsafer) && Self.agree(loss.lower, row.grad_safer))
            let accuracy = PreferenceAccuracy.ofPairs(higher: row.unsafer_cost, lower: row.safer_cost)
            let signs = PreferenceAccuracy.ofSigns(
                safer: row.safer_cost, unsafer: row.unsafer_cost, labels: labels)
            #expect(accuracy.isWithin(1e-12, of: row.accuracy))
            #expect(signs.isWithin(1e-12, of: row.accuracy_sign))
        }
    }

    @Test func tokenWiseLossesAgreeOverTheSpansWhereAnswersDiffer() throws {
        let rows = try Self.file().token_wise
        #expect(Set(rows.map(\.kind)) == ["reward-token-wise", "cost-token-wise"])
        for row in rows {
            let spans = try row.ids_a.indices.map { pair in
                try #require(
                    PreferenceAccuracy.span(
                        Self.real(row.ids_a[pair], row.mask_a[pair]),
                        Self.real(row.ids_b[pair], row.mask_b[pair])))
            }
            #expect(spans.map { [$0.lowerBound, $0.upperBound] } == row.spans_inclusive)
            let lengths = row.scores_a.map(\.count)
            func labels(_ signs: [Int]) -> [Bool] {
                zip(signs, lengths).flatMap { [Bool](repeating: $0 > 0, count: $1) }
            }
            let (a, b) = (row.scores_a.flatMap { $0 }, row.scores_b.flatMap { $0 })
            let (safeA, safeB) = (labels(row.safety_sign_a), labels(row.safety_sign_b))
            let isReward = row.kind == "reward-token-wise"
            let loss = Pairs(
                PreferenceObjective(regularisation: row.regularization), higher: isReward ? a : b,
                lower: isReward ? b : a,
                weights: PreferenceObjective.weights(lengths: lengths, spans: spans),
                signs: isReward ? nil : (safeB, safeA))
            #expect(loss.loss.isWithin(1e-12, of: row.loss))
            #expect(Self.agree(isReward ? loss.higher : loss.lower, row.grad_a.flatMap { $0 }))
            #expect(Self.agree(isReward ? loss.lower : loss.higher, row.grad_b.flatMap { $0 }))
        }
    }

    private static func real(_ ids: [Int], _ mask: [Int]) -> [Int] {
        zip(ids, mask).filter { $0.1 == 1 }.map(\.0)
    }

    @Test func equalAnswersHaveNoSpan() {
        #expect(PreferenceAccuracy.span([1, 2, 3], [1, 2, 3]) == nil)
        #expect(PreferenceAccuracy.span([1, 2], [1, 2, 3]) == 2...2)
    }
}
