import Foundation
import Testing

@Suite(.enabled(if: CommandProcess.binary != nil)) struct SafetyTestBenchTests {
    private struct Report: Decodable {
        struct Row: Decodable {
            struct Rates: Decodable { let bound: String, returned, unsafe_returned: Double }
            struct Setting: Decodable { let trials: Int }
            struct Trials: Decodable {
                let excess: [Double]
                let upper_excess: [String: [Double]]
            }
            let coefficient, unsafe_candidates: Double
            let rates: [Rates]
            let trials: Trials?
            let setting: Setting
        }
        struct Harm: Decodable {
            let count: Int
            let share, delta: Double
            let certified: [String: Double]
        }
        let rows: [Row]
        let rare_harm: [Harm]
    }

    private static func run(_ arguments: [String]) throws -> CommandProcess.Result {
        try CommandFolder([:]).run(["bench", "safety-test", "--trials", "2"] + arguments)
    }

    @Test func theTableHasFifteenRowsAndShowsWhereStudentsTestFails() throws {
        let result = try Self.run(["--json"])
        #expect(result.status == 0)
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.rows.count == 15)
        #expect(report.rows.allSatisfy { $0.rates.count == 3 })
        let failures = report.rare_harm.filter { ($0.certified["student-t"] ?? 0) > $0.delta }
        #expect(failures.contains { $0.share == 0.02 && $0.count == 1000 })
        #expect(failures.contains { $0.share == 0.05 && $0.count == 10 })
        for harm in report.rare_harm {
            for name in ["hoeffding", "maurer-pontil", "clopper-pearson"] {
                #expect(try #require(harm.certified[name]) <= harm.delta)
            }
        }
        let text = try Self.run([])
        #expect(text.status == 0)
        #expect(text.output.split(separator: "\n").count { $0.hasPrefix("| ") } == 2 + 15 + 15)
        #expect(text.output.contains("| 0.05 | 10 | 0.599 * |"))
    }

    @Test func theFiguresFollowFromEachTrial() throws {
        let plain = try JSONDecoder().decode(Report.self, from: Data(try Self.run(["--json"]).output.utf8))
        #expect(plain.rows.allSatisfy { $0.trials == nil })
        let result = try Self.run(["--json", "--each-trial"])
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.rows.count == 15)
        for row in report.rows {
            let trials = try #require(row.trials)
            let count = Double(trials.excess.count)
            #expect(count == Double(row.setting.trials))
            #expect(Double(trials.excess.count { $0 > 0 }) / count == row.unsafe_candidates)
            for rates in row.rates {
                let uppers = try #require(trials.upper_excess[rates.bound])
                let returned = zip(uppers, trials.excess).filter { $0.0 <= 0 }
                #expect(Double(returned.count) / count == rates.returned)
                #expect(Double(returned.count { $0.1 > 0 }) / count == rates.unsafe_returned)
            }
        }
        // Hoeffding's bound holds for bounded costs, and is wide: none of these is below the truth.
        let hoeffding = report.rows.flatMap { row in
            zip(row.trials?.excess ?? [], row.trials?.upper_excess["hoeffding"] ?? []).map { $1 - $0 }
        }
        #expect(hoeffding.count == 10 * 2 + 5 && hoeffding.allSatisfy { $0 > 0 })
    }

    @Test func aSeedGivesEqualTables() throws {
        let first = try Self.run(["--json", "--seed", "3"])
        #expect(first.output == (try Self.run(["--json", "--seed", "3"])).output)
        #expect(first.output != (try Self.run(["--json", "--seed", "4"])).output)
    }
}
