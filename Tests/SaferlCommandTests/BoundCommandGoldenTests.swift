import Assurance
import Foundation
import SafeRL
import SaferlCommand
import TestSupport
import Testing

/// `saferl bound` with the built binary, against the theorem values of `metrics_and_bounds.json`.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct BoundCommandGoldenTests {
    /// The members of each row as JSON, by name.
    private static func rows() throws -> [JSONValue] {
        let file = Golden.directory("OGSRL").appendingPathComponent("metrics_and_bounds.json")
        let golden = try JSONValue(parsing: Array(try Data(contentsOf: file)))
        return try #require(golden["paper_bounds"]?.elements)
    }

    /// Which option a member is.
    private static let options = [
        "N": "--samples", "alpha": "--alpha", "alpha_c": "--alpha-c", "delta": "--delta", "beta": "--beta",
        "gamma": "--discount", "H": "--horizon", "value_max": "--value-max", "C_den": "--density-constant",
        "bandwidth": "--bandwidth", "zeta": "--smoothness", "n": "--state-size", "m": "--action-size",
    ]
    /// Which member of the answer a member of the reference is.
    private static let answers = [
        "thm1_printed": "theorem_1_as_printed", "thm1_proof": "theorem_1_as_proved",
        "cor1_N_printed": "corollary_1_samples_as_printed", "cor1_N_proof": "corollary_1_samples_as_proved",
        "eps_H": "epsilon_H", "eps_k": "epsilon_k", "trivial_range": "trivial_range",
        "confidence": "confidence", "min_H_for_eps_H_below_trivial": "horizon_needed",
        "rigorous_ood_budget_beta_gammaH": "rigorous_budget",
    ]

    private func arguments(_ row: JSONValue) throws -> [String] {
        try Self.options.sorted { $0.key < $1.key }.flatMap { member, option in
            [option, try #require(row[member], "\(member)").compact]
        }
    }

    private func run(_ arguments: [String]) throws -> CommandProcess.Result {
        try CommandProcess.run(["bound", "ogsrl"] + arguments, files: [:])
    }

    @Test func theCommandHasTheReferenceValues() throws {
        let rows = try Self.rows()
        #expect(!rows.isEmpty)
        for row in rows {
            let result = try run(try arguments(row) + ["--json"])
            #expect(result.status == 0 && result.errors == "", "\(result.errors)")
            let answer = try JSONValue(parsing: Array(result.output.utf8))
            for (member, name) in Self.answers {
                let expected = try #require(row[member]?.number?.double, "\(member)")
                #expect(try #require(answer[name]?.number?.double).isWithin(1e-10, of: expected), "\(name)")
            }
            #expect(answer["is_vacuous"] == row["vacuous"])
            let text = try run(try arguments(row)).output
            #expect(
                text.contains("vacuous: no budget can be tightened by that")
                    == (row["vacuous"] == .boolean(true)))
            #expect(text.contains("Theorem 1 as printed") && text.contains("Theorem 1 as proved"))
        }
    }

    @Test func theNameOfTheTheoremsMayBeLeftAway() throws {
        let arguments = try arguments(try #require(try Self.rows().first))
        let short = try CommandProcess.run(["bound"] + arguments, files: [:])
        #expect(short == (try run(arguments)) && short.status == 0)
    }

    @Test func rolloutsInTheModelAddABoundUnderIt() throws {
        let arguments = try arguments(try #require(try Self.rows().first))
        let result = try run(arguments + ["--rollouts", "200", "--outside", "10", "--json"])
        let answer = try JSONValue(parsing: Array(result.output.utf8))
        let upper = BinomialCount(events: 10, trials: 200).upperBound(delta: 0.05)
        #expect(answer["model_rollouts"]?["upper_bound"]?.number?.double == upper)
        let text = try run(arguments + ["--rollouts", "200", "--outside", "200"]).output
        #expect(text.contains("200 of 200 model roll-outs left the support") && text.hasSuffix(" vacuous\n"))
        #expect(text.contains("This is relative to the learned model, not to the system that it models."))
    }

    @Test func whereRewardsAreLearnedThereIsTheirErrorToo() throws {
        let arguments = try arguments(try #require(try Self.rows().first))
        let result = try run(
            arguments + ["--omega", "1", "--information-gain", "2", "--sigma-max", "0.1", "--json"])
        let answer = try JSONValue(parsing: Array(result.output.utf8))
        // (⋄max + 4ω√(ν + 1 + ln(1/δ)))²·σ/(1 − γ) at ⋄max 1, δ 0.05, γ 0.99.
        let root = 1 + 4 * (3 + log(20.0)).squareRoot()
        let printed = try #require(answer["epsilon_g_as_printed"]?.number?.double)
        #expect(printed.isWithin(1e-12, of: root * root * 0.1 / (1 - 0.99)))
    }
}
