import Assurance
import Foundation
import TestSupport
import Testing

/// Every bound against `bounds.json`.
@Suite struct BoundsGoldenTests {
    struct File: Decodable {
        let safety_test_summary: [Summary]
        let pessimistic: [Pessimistic]
        let samples: [Sample]
        let clopper_pearson: [Binomial]
    }
    struct Summary: Decodable {
        let n: Int
        let mean, std, delta, tau, t_quantile, ucb: Double
        let passes: Bool
    }
    struct Pessimistic: Decodable {
        let n_in, n_safety: Int
        let delta, c1, c2, coefficient, mean, std, pessimistic_ucb, seldonian_toolkit_ucb: Double
    }
    struct Sample: Decodable {
        let n: Int
        let delta, mean, std: Double
        let range, x: [Double]
        let student_t, hoeffding, maurer_pontil, betting_final, betting_running_max, anderson_dkw: Double
    }
    struct Binomial: Decodable { let k, n: Int, delta, upper: Double }

    static func file() throws -> File { try Golden.decode(File.self, "HCRLHF", "bounds.json") }

    @Test func studentsBoundAgreesFromTwoToABillionCosts() throws {
        let rows = try Self.file().safety_test_summary
        #expect(!rows.isEmpty)
        for row in rows {
            let sample = SampleMean(count: row.n, mean: row.mean, deviation: row.std)
            let upper = StudentBound().upper(of: sample, delta: row.delta)
            #expect(upper.isWithin(1e-9, of: row.ucb, floor: 1e-15))
            #expect((upper <= row.tau) == row.passes)
        }
    }

    @Test func thePessimisticConstraintAgrees() throws {
        let rows = try Self.file().pessimistic
        #expect(!rows.isEmpty)
        for row in rows {
            let sample = SampleMean(count: row.n_in, mean: row.mean, deviation: row.std)
            let constraint = PessimisticConstraint(
                sampleFactor: row.c1, testFactor: row.c2, testCount: row.n_safety, delta: row.delta)
            let classical = PessimisticConstraint(
                sampleFactor: 0, testFactor: 2, testCount: row.n_safety, delta: row.delta)
            #expect(constraint.coefficient(count: row.n_in).isWithin(1e-9, of: row.coefficient))
            #expect(constraint.value(of: sample).isWithin(1e-9, of: row.pessimistic_ucb))
            #expect(classical.value(of: sample).isWithin(1e-9, of: row.seldonian_toolkit_ucb))
        }
    }

    @Test func boundsOfSamplesAgree() throws {
        let rows = try Self.file().samples
        #expect(!rows.isEmpty)
        for row in rows {
            let range = row.range[0]...row.range[1]
            let sample = SampleMean(row.x)
            #expect(sample.mean.isWithin(1e-12, of: row.mean) && row.n == row.x.count)
            #expect(sample.deviation.isWithin(1e-12, of: row.std))
            func agrees(_ bound: any UpperBound, _ expected: Double, floor: Double = 0) throws {
                let upper = try bound.upper(row.x, delta: row.delta)
                #expect(upper.isWithin(1e-9, of: expected, floor: floor), "\(bound.name), n = \(row.n)")
            }
            try agrees(StudentBound(), row.student_t)
            try agrees(HoeffdingBound(in: range), row.hoeffding)
            try agrees(MaurerPontilBound(in: range), row.maurer_pontil)
            try agrees(AndersonBound(in: range), row.anderson_dkw)
            try agrees(BettingBound(in: range, counting: .final), row.betting_final, floor: 1e-9)
            try agrees(BettingBound(in: range), row.betting_running_max, floor: 1e-9)
        }
    }

    @Test func clopperAndPearsonsBoundAgrees() throws {
        let rows = try Self.file().clopper_pearson
        #expect(!rows.isEmpty)
        for row in rows {
            let costs = (0..<row.n).map { $0 < row.k ? 1.0 : 0 }
            #expect(try ClopperPearsonBound().upper(costs, delta: row.delta).isWithin(1e-9, of: row.upper))
        }
    }
}
