import Foundation
import Testing

@Suite(.enabled(if: CommandProcess.binary != nil)) struct SafetyTestBenchTests {
    private struct Report: Decodable {
        struct Row: Decodable {
            struct Rates: Decodable { let bound: String, returned, unsafe_returned: Double }
            let coefficient, unsafe_candidates: Double
            let rates: [Rates]
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

    @Test func aSeedGivesEqualTables() throws {
        let first = try Self.run(["--json", "--seed", "3"])
        #expect(first.output == (try Self.run(["--json", "--seed", "3"])).output)
        #expect(first.output != (try Self.run(["--json", "--seed", "4"])).output)
    }
}
