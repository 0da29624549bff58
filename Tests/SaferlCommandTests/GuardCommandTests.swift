import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `--guard`: a guardian in front of the policy of any run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct GuardCommandTests {
    private static let evaluate = ["evaluate", "run", "--episodes", "3", "--json"]

    private func json(_ result: CommandProcess.Result) throws -> JSONValue {
        try JSONValue(parsing: Array(result.output.utf8))
    }

    @Test func aGuardReplacesWhatIsOutsideAndSaysHowOften() throws {
        let folder = try CommandFolder(SmallRun.files)
        let alone = try folder.run(Self.evaluate)
        #expect(try alone.status == 0 && json(alone)["guard"] == nil)
        let guarded = try folder.run(Self.evaluate + ["--guard", "neighbours", "--guard-alpha", "0.5"])
        #expect(guarded.status == 0, "\(guarded.errors)")
        let figures = try #require(try json(guarded)["guard"])
        let decisions = try #require(figures["decisions"]?.number?.int)
        let interventions = try #require(figures["interventions"]?.number?.int)
        #expect(figures["guardian"]?.string == "neighbours" && figures["alpha"]?.number?.double == 0.5)
        #expect(decisions > 0 && interventions > 0 && interventions <= decisions)
        #expect(try json(guarded)["return_mean"] != json(alone)["return_mean"])
        // Equal commands give equal bytes, and the text says the same.
        #expect(
            try folder.run(Self.evaluate + ["--guard", "neighbours", "--guard-alpha", "0.5"]).output
                == guarded.output)
        let text = try folder.run([
            "evaluate", "run", "--episodes", "3", "--guard", "neighbours", "--guard-alpha", "0.5",
        ])
        #expect(text.output.contains("neighbours replaced \(interventions) of \(decisions) actions ("))
    }

    @Test func aGuardIsPartOfWhatIsCertified() throws {
        let folder = try CommandFolder(SmallRun.files)
        let certify = ["certify", "run", "--episodes", "5", "--limit", "200", "--delta", "0.1", "--json"]
        let alone = try json(try folder.run(certify))
        let guarded = try json(try folder.run(certify + ["--guard", "count"]))
        #expect(alone["origin"]?["settings"]?["guard"] == nil)
        #expect(guarded["origin"]?["settings"]?["guard"]?.string == "count")
        #expect(guarded["earlier_tests"]?.number?.int == 1)
        #expect(guarded["claim"]?["kind"]?.string == "test")
    }

    @Test func aRateThatTheDataCannotShowIsRefusedWithARemedyThatWorks() throws {
        let folder = try CommandFolder(SmallRun.files)
        let refused = try folder.run(Self.evaluate + ["--guard", "kde", "--guard-alpha", "0.001"])
        #expect(refused.status == CommandStatus.usage.rawValue && refused.output == "")
        let least = try #require(refused.errors.firstMatch(of: /Give at least ([0-9.]*[0-9]), or/)).1
        #expect(refused.errors.hasPrefix("--guard-alpha 0.001: "))
        for remedy in [["kde", "--guard-alpha", String(least)], ["count"]] {
            let result = try folder.run(Self.evaluate + ["--guard"] + remedy)
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test func whatIsNoGuardIsRefused() throws {
        let folder = try CommandFolder(SmallRun.files)
        let unknown = try folder.run(Self.evaluate + ["--guard", "kd"])
        #expect(unknown.status == CommandStatus.usage.rawValue)
        let neither = "no guardian, and no file of rules, whose name ends in .rules."
        #expect(unknown.errors.contains("\(neither) Did you mean \"kde\"?"))
        let typo = try folder.run(Self.evaluate + ["--guard", "point-robot.rule"])
        #expect(typo.status == CommandStatus.usage.rawValue)
        #expect(typo.errors.contains("\(neither) Did you mean \"point-robot.rules\"?"))
        let own = try CommandFolder(
            SmallRun.files.merging(["mine/ward.rules": Array("rules 1\n".utf8)]) { $1 })
        let beside = try own.run(Self.evaluate + ["--guard", "mine/ward.rule"])
        #expect(beside.errors.contains("\(neither) Did you mean \"mine/ward.rules\"?"), "\(beside.errors)")
        let missing = try own.run(["guard", "check", "mine/wards.rules"])
        #expect(
            missing.errors.contains("no such file. Did you mean \"mine/ward.rules\"?"), "\(missing.errors)")
        for alpha in ["0", "1", "-1", "nan"] {
            let result = try folder.run(Self.evaluate + ["--guard", "kde", "--guard-alpha=\(alpha)"])
            #expect(result.status == CommandStatus.usage.rawValue)
        }
    }
}
