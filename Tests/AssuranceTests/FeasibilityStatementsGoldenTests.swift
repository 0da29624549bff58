import Assurance
import Foundation
import TestSupport
import Testing

/// Both statements about V_h against `conformal.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct FeasibilityStatementsGoldenTests {
    struct File: Decodable {
        let feasibility_level: Feasibility
        let learn_then_test: Tests
    }
    struct Feasibility: Decodable {
        let value: [Double]
        let violated: [Int]
        let levels: [Level]
        let false_safe: [FalseSafe]
        let fixed_sequence_accepts: [Double]
        let fixed_sequence_from_first_level_with_29_rows: [Double]
        let smallest_rows_that_can_pass: Int

        var starts: [(value: Double, isViolated: Bool)] { zip(value, violated).map { ($0, $1 != 0) } }
    }
    struct Level: Decodable {
        let level: Double
        let kept, violations: Int
        let upper_bound_95, p_value_at_0_1: Double
    }
    struct FalseSafe: Decodable {
        let alpha: Double
        let violating, rank: Int
        let level: Double?

        private enum CodingKeys: CodingKey { case alpha, violating, rank, level }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            alpha = try values.decode(Double.self, forKey: .alpha)
            violating = try values.decode(Int.self, forKey: .violating)
            rank = try values.decode(Int.self, forKey: .rank)
            // "-inf" where there is none.
            level = try? values.decode(Double.self, forKey: .level)
        }
    }
    struct Tests: Decodable {
        let n: Int
        let failures: [Int]
        let alpha, delta: Double
        let exact_binomial_p: [Double]
    }

    static func file() throws -> File { try Golden.decode(File.self, "assess", "conformal.json") }

    @Test func falseSafeLevelsAgree() throws {
        let golden = try Self.file().feasibility_level
        let violating = golden.starts.filter(\.isViolated).map(\.value)
        #expect(!golden.false_safe.isEmpty)
        for row in golden.false_safe {
            let level = FalseSafeLevel(violating: violating, alpha: row.alpha)
            #expect(level.violating == row.violating && level.rank == row.rank)
            #expect(level.level == row.level)
        }
    }

    @Test func risksOfAllLevelsAgree() throws {
        let golden = try Self.file().feasibility_level
        let risk = CalledSafeRisk(golden.starts, levels: golden.levels.map(\.level), alpha: 0.1, delta: 0.05)
        #expect(risk.levels.count == golden.levels.count)
        for (level, row) in zip(risk.levels, golden.levels) {
            #expect(level.level == row.level && level.kept == row.kept && level.violations == row.violations)
            #expect(try #require(level.upperBound).isWithin(1e-9, of: row.upper_bound_95))
            #expect(level.pValue.isWithin(1e-9, of: row.p_value_at_0_1))
        }
    }

    @Test func theSequenceBeginsWhereALevelCanPassAndAcceptsTheSame() throws {
        let golden = try Self.file().feasibility_level
        let risk = CalledSafeRisk(golden.starts, levels: golden.levels.map(\.level), alpha: 0.1, delta: 0.05)
        #expect(risk.needed == golden.smallest_rows_that_can_pass)
        let accepted = risk.levels.filter(\.isAccepted).map(\.level)
        #expect(accepted == golden.fixed_sequence_from_first_level_with_29_rows)
        #expect(risk.accepted?.level == accepted.last)
    }

    @Test func exactBinomialTailsAgree() throws {
        let golden = try Self.file().learn_then_test
        #expect(golden.failures.count == golden.exact_binomial_p.count && !golden.failures.isEmpty)
        for (failures, expected) in zip(golden.failures, golden.exact_binomial_p) {
            let starts = (0..<golden.n).map { (value: -1.0, isViolated: $0 < failures) }
            let risk = CalledSafeRisk(starts, levels: [0], alpha: golden.alpha, delta: golden.delta)
            #expect(risk.levels[0].pValue.isWithin(1e-9, of: expected))
        }
    }
}
