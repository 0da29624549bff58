import AssuranceCases
import Foundation
import Storage
import Testing

@Suite struct TemplateTests {
    @Test(arguments: CaseTemplate.shipped.map(\.name))
    func everyTemplateIsProvedWhereEverythingFits(_ name: String) throws {
        let judgement = try FakeRun().judge(name)
        for (id, node) in judgement.nodes where !id.hasPrefix("D") {
            #expect(node.verdict == .proved, "\(name), \(id)")
        }
        for (id, node) in judgement.nodes where id.hasPrefix("D") {
            #expect(node.verdict == .refuted, "\(name), \(id)")
        }
        #expect(judgement.assumptions.count >= (name == "verify-1" ? 2 : 3))
    }

    @Test func thereAreEight() {
        #expect(
            CaseTemplate.shipped.map(\.name) == [
                "any-1", "filter-1", "fisor-1", "grpo-1", "guard-1", "hcrlhf-1", "ogsrl-1", "verify-1",
            ])
        #expect(CaseTemplate.standard(for: "grpo") == "grpo-1")
        #expect(
            CaseTemplate.standard(for: "fisor") == "fisor-1" && CaseTemplate.standard(for: "bc") == "any-1")
    }

    /// What becomes of each template's top goal without a file.
    @Test(arguments: [
        ("fisor-1", "assess/report.json", Verdict.undecided), ("fisor-1", "audit/report.json", .undeveloped),
        ("fisor-1", "assurance/again.json", .undeveloped), ("fisor-1", "evaluation/report.json", .undecided),
        ("fisor-1", "manifest.json", .undecided), ("ogsrl-1", "report.json", .undecided),
        ("hcrlhf-1", "verdict.json", .undecided), ("hcrlhf-1", "assess/report.json", .undecided),
        ("any-1", "evaluation/report.json", .undecided), ("any-1", "assess/report.json", .proved),
        ("guard-1", "guard/report.json", .undecided), ("guard-1", "guard/replay.json", .undecided),
        ("guard-1", "guard/proof.json", .undeveloped), ("guard-1", "assurance/again.json", .undeveloped),
        ("verify-1", "verify/proof.json", .undecided), ("verify-1", "verify/checked.json", .undeveloped),
        ("filter-1", "filter.json", .undecided), ("filter-1", "assurance/claims.jsonl", .undecided),
        ("grpo-1", "report.json", .undecided), ("grpo-1", "verdict.json", .undecided),
    ])
    func whatIsMissingIsNeverProved(_ name: String, _ file: String, _ verdict: Verdict) throws {
        let run = try FakeRun()
        try run.remove(file)
        #expect(try run.judge(name).verdict == verdict)
    }

    @Test func anEvaluationFromBeforeThatNamesNoPolicyIsTiedByItsStep() throws {
        let run = try FakeRun()
        let text = try run.text("evaluation/report.json")
        try run.write(
            "evaluation/report.json",
            text.replacingOccurrences(of: ", \"policy\": \"\(FakeRun.policy)\"", with: ""))
        #expect(try run.text("evaluation/report.json") != text && run.judge("any-1").verdict == .proved)
    }

    /// One change of a run, and the nodes that it touches first.
    @Test(arguments: [
        ("any-1", "assurance/certificate-10.json", "\"limit\": 5", "\"limit\": 5.01", "Sn1"),
        ("any-1", "assurance/certificate-10.json", "\"delta\": 0.05", "\"delta\": 0.051", "Sn1"),
        ("any-1", "assurance/certificate-10.json", "\"n\": 200", "\"n\": 58", "Sn1"),
        ("any-1", "assurance/certificate-10.json", "every sample size", "large samples", "Sn1"),
        ("any-1", "assurance/certificate-10.json", "\"earlier_tests\": 0", "\"earlier_tests\": 1", "Sn1"),
        (
            "any-1", "assurance/certificate-10.json", "mean cost of an episode", "probability of a violation",
            "Sn1"
        ),
        ("any-1", "assurance/certificate-10.json", "\"policy\": \"abab", "\"policy\": \"abac", "Sn2"),
        ("any-1", "manifest.json", "\"finished\": true", "\"finished\": false", "Sn4"),
        ("any-1", "evaluation/report.json", "\"cost_mean\": 3", "\"cost_mean\": 5", "Sn3"),
        ("any-1", "evaluation/report.json", "\"policy\": \"abab", "\"policy\": \"abac", "Sn3"),
        ("any-1", "evaluation/report.json", "\"step\": 60", "\"step\": 59", "Sn3"),
        ("fisor-1", "assess/report.json", "\"policy\": \"abab", "\"policy\": \"abac", "Sn2"),
        (
            "fisor-1", "assess/report.json", "\"outside_share_upper_bound\": 0.04",
            "\"outside_share_upper_bound\": 0.095", "S2"
        ),
        // A band without an upper end holds whatever happens.
        ("fisor-1", "assess/report.json", "\"threshold\": 3", "\"threshold\": null", "Sn5"),
        ("ogsrl-1", "assess/report.json", "\"threshold\": 3", "\"threshold\": null", "Sn5"),
        ("fisor-1", "assess/report.json", "\"upper_bound\": 0.08", "\"upper_bound\": 0.11", "Sn7"),
        ("fisor-1", "assess/report.json", "\"signed\": -0.01", "\"signed\": -0.06", "Sn6"),
        ("fisor-1", "assess/report.json", "\"over\": 0.004", "\"over\": 0.2", "G5"),
        (
            "fisor-1", "assess/report.json", "\"noise\": {\"within_limit\": [true, true]}",
            "\"noise\": {\"within_limit\": [true, false]}", "G1"
        ),
        (
            "fisor-1", "assess/report.json", "\"delay\": {\"within_limit\": [true, true]}",
            "\"delay\": {\"within_limit\": [true]}", "G1"
        ),
        (
            "fisor-1", "assess/report.json",
            "\"support\": {\"outside_share_upper_bound\": 0.04, \"delta\": 0.05}",
            "\"support\": {\"outside_share_upper_bound\": 0.04, \"delta\": 0.06}", "S1"
        ),
        ("fisor-1", "audit/report.json", "\"defended\"", "\"NOT defended\"", "Sn10"),
        ("fisor-1", "assurance/again.json", "\"state_sha256\": \"abab", "\"state_sha256\": \"abac", "Sn9"),
        ("ogsrl-1", "report.json", "0.05", "0.2", "Sn11"),
        ("hcrlhf-1", "verdict.json", "\"policy_sha256\": \"abab", "\"policy_sha256\": \"abac", "Sn2"),
        (
            "hcrlhf-1", "assess/report.json", "\"cost_model\": {\"signed\": 0.01}",
            "\"cost_model\": {\"signed\": 0.06}", "G1"
        ),
        ("hcrlhf-1", "verdict.json", "\"approximate\": false", "\"approximate\": true", "G2"),
    ])
    func whatDoesNotFitIsSeen(_ name: String, _ file: String, _ old: String, _ new: String, _ node: String)
        throws
    {
        let run = try FakeRun()
        let text = try run.text(file)
        let changed = text.replacing(old, with: new)
        #expect(changed != text)
        try run.write(file, changed)
        let judgement = try run.judge(name)
        #expect(judgement.verdict == .refuted || judgement.verdict == .undecided)
        #expect(judgement.nodes[node]?.verdict != .proved, "\(node)")
    }

    /// The look of the improvement test is no look at the cost.
    @Test(arguments: [
        (0, true, true), (1, true, true), (2, true, false), (0, false, true), (1, false, false),
    ])
    func earlierLooksAreExplained(_ looks: Int, _ hasImprovement: Bool, _ isProved: Bool) throws {
        let run = try FakeRun()
        let file = "assurance/certificate-10.json"
        try run.write(
            file, run.text(file).replacing("\"earlier_tests\": 0", with: "\"earlier_tests\": \(looks)"))
        if !hasImprovement { try run.remove("improvement.json") }
        #expect(try run.judge("ogsrl-1").verdict == (isProved ? .proved : .refuted))
        #expect(try run.judge("any-1").verdict == (looks == 0 ? .proved : .refuted))
    }

    @Test func textOfAnEnvironmentIsFilledInOnceAndNotIntoChecks() throws {
        let run = try FakeRun(environment: "<limit> || true")
        let read = try AssuranceCase(run.document("any-1"))
        let top = try #require(read.byID["G1"])
        #expect(top.text.hasPrefix("The mean cost of an episode in <limit> || true is at most 5;"))
        #expect(read.nodes.allSatisfy { !($0.check?.text ?? "").contains("|| true") })
    }

    @Test func evidenceExpires() throws {
        let run = try FakeRun()
        let read = try AssuranceCase(
            run.document("any-1", until: try #require(CaseTime("2026-01-01T00:00:00Z"))))
        let at = { (text: String) in
            try run.folder.judge(read, now: CaseTime(text) ?? .now, opinion: nil).verdict
        }
        #expect(try at("2026-01-01T00:00:00Z") == .proved)
        #expect(try at("2026-01-01T00:00:01Z") == .undecided)
    }

    @Test(arguments: [
        "2026-12-01T00:00:00Z", "1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "0001-01-01T00:00:00Z",
        "9999-12-31T12:00:01Z",
    ])
    func timesComeBack(_ text: String) { #expect(CaseTime(text)?.description == text) }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-1-01T00:00:00Z", "2026-12-01T24:00:00Z",
        "2026-12-01 00:00:00Z", "2026-12-01T00:00:00", "2026-00-10T00:00:00Z", "９026-12-01T00:00:00Z",
    ])
    func otherTimesAreNone(_ text: String) { #expect(CaseTime(text) == nil) }

    @Test func timeCountsFrom1970() {
        #expect(CaseTime("2026-12-01T00:00:00Z")?.seconds == 1_796_083_200)
        #expect(CaseTime("1969-12-31T23:59:59Z")?.seconds == -1)
    }
}
