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
        let rules = String(repeating: "3e", count: 32)
        let guardProof = "{\"verdict\": \"holds\"}"
        let proof = """
            {"certificate": 1, "verdict": "holds", "semantics": "float32", "proved_share": 1.0, "leaves": 71,
             "network": "sha256:ee", "property": {"kind": "range"}, "property_hash": "sha256:ff",
             "policy_sha256": "\(Self.policy)", "step": 60, "network_name": "vh"}
            """
        let filter = """
            {"unit": "word", "harmful": {"sha256": "aa"}, "safe": {"sha256": "bb"}}
            """
        let certificate = """
            {"verdict": "certified", "tested": "mean cost of an episode", "upper_bound": 4.5, "limit": 5, "delta": 0.05,
             "n": 200, "earlier_tests": 0, "validity": "every sample size", "step": 60, "approximate": false,
             "origin": {"name": \(quoted(environment)), "policy": "\(Self.policy)", "settings": {"guard": "\(rules)",
              "guard reactions": "project,fallback,stop", "guard fallback": "brake",
              "guard certificate": "\(SHA256.hexadecimal(of: guardProof.utf8))"}}, "policy_sha256": "\(Self.policy)",
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
            "report.json": """
            {"model_leaving_bound": 0.05, "upper_bound": 4.5, "n": 200, "training_policy_benign_refusal": 0.01,
             "held_out_pairs_policy_benign_refusal": 0.02, "held_out_pairs_policy_benign_trap_refusal": 0.03,
             "training_policy_benign_help": 2, "held_out_pairs_policy_benign_help": 1.5,
             "attacked_policy_harmful_harm": 0.04, "text": {"policy": "\(Self.policy)"}}
            """,
            "guard/report.json": """
            {"cost_mean": 2, "origin": {"environment": \(quoted(environment)), "step": 60, "policy": "\(Self.policy)"},
             "shield": {"sha256": "\(rules)", "reactions": "project,fallback,stop", "fallback": "brake", "steps": 9000,
              "broken_steps": 0, "not_judged": 0, "dead_ends": 0, "outcomes": {"projected": 40},
              "cover": {"certificate": "\(SHA256.hexadecimal(of: guardProof.utf8))", "dead_ends": 0, "uncovered": 50}}}
            """,
            "guard/replay.json": """
            {"verdict": "kept", "broken": 0, "steps": 300, "rules_sha256": "\(rules)", "policy_sha256": "\(Self.policy)"}
            """,
            "guard/proof.json": guardProof, "verify/proof.json": proof,
            "verify/checked.json": """
            {"certificate_sha256": "\(SHA256.hexadecimal(of: proof.utf8))", "verdict": "holds", "network": "sha256:ee",
             "property_hash": "sha256:ff", "policy_sha256": "\(Self.policy)"}
            """,
            "filter.json": filter,
            "assurance/filter-certificate-0f3a.json": "{}",
            "assurance/filter-certificate-0a1b.json": """
            {"claim": {"kind": "test", "verdict": "certified", "bound": 0.03, "limit": 0.05, "delta": 0.05,
              "subject": {"policy_sha256": "\(SHA256.hexadecimal(of: filter.utf8))", "data_sha256": "cc"}},
             "prompts": 200, "earlier_tests": 0, "unit": "word", "erasures": "suffix:5",
             "safe": {"low": 0.95, "over_budget": 0, "prompts": 200, "sha256": "dd"}}
            """,
            "assurance/claims.jsonl": """
            {"file": "./assurance/filter-certificate-0f3a.json"}
            {"file": "./assurance/filter-certificate-0a1b.json"}
            {"file": "./assurance/certificate-10.json"}

            """,
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
