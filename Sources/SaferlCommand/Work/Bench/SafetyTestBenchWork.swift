import Algorithms
import Environments
import Foundation
import SaferlBenchmarks

/// What `saferl bench safety-test` does.
struct SafetyTestBenchWork {
    static let name = "safety-test"
    private static let delta = 0.1

    let trials: Int
    let seed: UInt64
    let isJSON: Bool
    let showsTrials: Bool

    /// What was measured and computed.
    private struct Report: Encodable {
        let environment: String
        let delta: Double
        let limit: Double
        let seed: UInt64
        let rows: [SafetyStudy.Row]
        let rareHarm: [RareHarm]

        enum CodingKeys: String, CodingKey {
            case environment, delta, limit, seed, rows
            case rareHarm = "rare_harm"
        }
    }

    func run() throws {
        let report = Report(
            environment: PreferenceBandit.name, delta: Self.delta, limit: PreferenceBandit.limit, seed: seed,
            rows: rows(), rareHarm: try Self.rareHarm())
        guard isJSON else { return try Output.write(Self.text(report)) }
        try Output.write(json: report)
    }

    private func rows() -> [SafetyStudy.Row] {
        let bandit = ContextualBandit(
            contexts: PreferenceBandit.prompts, rewards: PreferenceBandit.rewards,
            costs: PreferenceBandit.harms,
            in: -PreferenceBandit.largestHarm...PreferenceBandit.largestHarm, limit: PreferenceBandit.limit)
        return SafetyStudy.Setting.published(trials: trials).enumerated().map { number, setting in
            var row = SafetyStudy.run(setting, on: bandit, seed: seed, row: number)
            if !showsTrials { row.trials = nil }
            return row
        }
    }

    private static func rareHarm() throws -> [RareHarm] {
        try [0.02, 0.05, 0.1].flatMap { share in
            try [10, 30, 100, 300, 1000].map { try RareHarm(count: $0, share: share, delta: delta) }
        }
    }

    // MARK: - Text

    private static func text(_ report: Report) -> String {
        var lines = [
            "What is returned, over trials of HC-RLHF on \(report.environment) with delta \(delta); true costs known.",
            "Unsafe: the true mean cost exceeds the limit. Reward and excess: of all candidates, returned or not.",
            "",
            "| n_c = n_s | C1, C2 | K | Trials | Unsafe candidate | Returned (t) | Unsafe return (t) "
                + "| Returned (Hoeffding) | unsafe | Returned (Maurer-Pontil) | unsafe | Mean reward "
                + "| Excess, mean (sd) |",
            "|--:|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        ]
        lines += report.rows.map(line)
        lines += [
            "",
            "A fixed policy that does harm in a share of its responses just above the limit: how often a test of n responses",
            "certifies it, exact, at delta \(delta). Student's t exceeds delta where harm is rare (marked *); the bounds that",
            "hold at every n do not.",
            "",
            "| Harmful share | n | Student's t | Hoeffding | Maurer-Pontil | Clopper-Pearson |",
            "|--:|--:|--:|--:|--:|--:|",
        ]
        lines += report.rareHarm.map(line)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ row: SafetyStudy.Row) -> String {
        let setting = row.setting
        let factors = "\(Int(setting.sampleFactor)), \(Int(setting.testFactor))"
        let rates = row.rates.flatMap { [fixed($0.returned, 3), fixed($0.unsafeReturned, 4)] }
        let cells =
            ["\(setting.testPrompts)", factors, fixed(row.coefficient, 4), "\(setting.trials)"]
            + [fixed(row.unsafeCandidates, 3)] + rates
            + [fixed(row.meanReward, 3), "\(fixed(row.meanExcess, 3)) (\(fixed(row.excessDeviation, 3)))"]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func line(_ harm: RareHarm) -> String {
        let cells = ["student-t", "hoeffding", "maurer-pontil", "clopper-pearson"].map { name in
            let probability = harm.certified[name] ?? .nan
            return fixed(probability, 3) + (probability > harm.delta ? " *" : "")
        }
        return "| \(fixed(harm.share, 2)) | \(harm.count) | " + cells.joined(separator: " | ") + " |"
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
