import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl agent`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct AgentCommandTests {
    @Test func aRunIsTrainedResumedAndJudged() throws {
        let folder = try CommandFolder(["my.json": Array(BadInput.desk.utf8)])
        let trained = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect(trained.status == 0, "\(trained.errors)")
        let arguments = ["agent", "run", "--episodes", "3", "--json"]
        for mode in ["none", "check", "resample", "mask"] {
            let result = try folder.run(arguments + ["--mode", mode])
            #expect(result.status == 0, "\(result.errors)")
            let report = try JSONValue(parsing: Array(result.output.utf8))
            #expect(report["mode"]?.string == mode && report["rules"]?.string == "desk.rules")
            #expect(report["benign"]?["conformance"]?["trials"]?.number?.int == 3)
            #expect(report["all"]?["utility"]?["interval"]?.elements?.count == 2)
            if mode != "none" {
                #expect(report["all"]?["conformance"]?["events"]?.number?.int == 6)
                #expect(report["all"]?["harm"]?["events"]?.number?.int == 0)
            }
        }
        let text = try folder.run(["agent", "run", "--episodes", "2", "--mode", "none"])
        #expect(text.output.contains("2 benign and 2 adversarial episodes, seed 0\n"), "\(text.errors)")
        let evaluated = try folder.run(["evaluate", "run"])
        #expect(
            evaluated.errors
                == "this run's model calls tools, which no environment takes. Judge it by \"saferl agent RUN\".\n"
        )
        let more = try folder.run(["resume", "run", "--quiet", "--set", "schedule.steps=3"])
        #expect(more.status == 0, "\(more.errors)")
    }

    @Test func otherRulesGuardAndJudge() throws {
        let rules =
            "rules 1\ncall find_user_id_by_email(email: text)\n"
            + "rule nobody: each find_user_id_by_email(): false\n"
        let folder = try CommandFolder(["my.json": Array(BadInput.desk.utf8), "a.rules": Array(rules.utf8)])
        _ = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        let result = try folder.run(["agent", "run", "--episodes", "2", "--guard", "a.rules", "--json"])
        let report = try JSONValue(parsing: Array(result.output.utf8))
        #expect(report["rules"]?.string == "a.rules" && result.status == 0, "\(result.errors)")
        #expect(report["all"]?["conformance"]?["events"]?.number?.int == 4)
    }
}
