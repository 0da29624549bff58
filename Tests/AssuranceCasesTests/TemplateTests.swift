import AssuranceCases
import Foundation
import Storage
import Testing

/// Files of a run in a folder of their own, with nothing in them that does not fit.
final class FakeRun {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)").path

    static let policy = String(repeating: "ab", count: 32)

    init(_ changes: [String: String] = [:], environment: String = "point-robot") throws {
        let (configuration, data) = (String(repeating: "c1", count: 32), String(repeating: "da", count: 32))
        let certificate = """
            {"verdict": "certified", "tested": "mean cost of an episode", "upper_bound": 4.5, "limit": 5, "delta": 0.05,
             "n": 200, "earlier_tests": 0, "validity": "every sample size", "step": 60, "approximate": false,
             "origin": {"name": \(quoted(environment)), "policy": "\(Self.policy)"}, "policy_sha256": "\(Self.policy)",
             "configuration_sha256": "\(configuration)", "data_sha256": "\(data)"}
            """
        let checkpoint = """
            {"format": 1, "step": 60, "configuration": "\(configuration)", "data": "\(data)", "state_sha256": "\(Self.policy)"}
            """
        var files = [
            "manifest.json":
                "{\"finished\": true, \"step\": 60, \"configuration\": \"\(configuration)\", \"data\": {\"sha256\": \"\(data)\"}}",
            "checkpoints/step-000000060/manifest.json": checkpoint,
            "checkpoints/step-000000040/manifest.json": "{}",
            "assurance/certificate-9.json": "{\"verdict\": \"no solution found\"}",
            "assurance/certificate-10.json": certificate, "verdict.json": certificate,
            "improvement.json": "{\"policy_sha256\": \"\(Self.policy)\"}", "assurance/again.json": checkpoint,
            "report.json": "{\"model_leaving_bound\": 0.05}",
            "evaluation/report.json":
                "{\"origin\": {\"environment\": \(quoted(environment)), \"step\": 60, \"policy\": \"\(Self.policy)\"}, \"cost_mean\": 3}",
            "audit/report.json": "{\"policy\": \"\(Self.policy)\", \"verdict\": \"defended\"}",
            "assess/report.json": """
            {"policy": "\(Self.policy)", "support": {"outside_share_upper_bound": 0.04, "delta": 0.05},
             "conformal": {"threshold": 3, "lower_bound": 0.89, "alpha": 0.1, "covered": 182, "rows": 200},
             "calibration": {"signed": -0.01, "rows": 4000, "over": 0.004}, "cost_model": {"signed": 0.01},
             "feasibility": {"upper_bound": 0.08, "delta": 0.05},
             "robustness": {"noise": {"within_limit": [true, true]}, "delay": {"within_limit": [true, true]}}}
            """,
        ]
        files.merge(changes) { $1 }
        for (file, text) in files { try write(file, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ file: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path + "/" + file)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func text(_ file: String) throws -> String {
        try String(contentsOfFile: path + "/" + file, encoding: .utf8)
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }

    /// The case that a template makes, with a limit of 5.
    func document(_ template: String, until: CaseTime = CaseTime.now.adding(days: 365)) throws -> JSONValue {
        let template = try #require(CaseTemplate.named(template))
        let values = template.parameters.map { JSONMember($0.name, $0.standard ?? .integer(5)) }
        return RunEvidence(run: path).document(template, name: "a run", values: values, until: until)
    }

    var folder: CaseFolder { CaseFolder(path + "/assurance", run: path) }

    /// The judgement of a template's case.
    func judge(_ template: String) throws -> CaseJudgement {
        try folder.judge(AssuranceCase(document(template)), now: .now, opinion: nil)
    }

    /// Makes a case and writes it.
    func write(_ template: String, key: [UInt8]? = nil) throws -> CaseReport {
        let read = try AssuranceCase(document(template))
        let judgement = try folder.judge(read, now: .now, opinion: nil)
        let signature = try key.map {
            try CaseSignature(of: Array(AssuranceCase.canonical(read.document).utf8), by: $0)
        }
        let report = CaseReport(
            read, judgement, judged: .now, version: "0.0.0",
            signedBy: signature.map { Hexadecimal.text($0.publicKey) })
        try folder.write(report, signature: signature)
        return report
    }
}

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
        #expect(judgement.assumptions.count >= 3)
    }

    @Test func thereAreFour() {
        #expect(CaseTemplate.shipped.map(\.name) == ["any-1", "fisor-1", "hcrlhf-1", "ogsrl-1"])
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
