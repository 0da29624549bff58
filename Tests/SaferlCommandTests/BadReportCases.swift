import Foundation
import SaferlCommand

// Cases that are none, and runs of which none can be made.
extension BadInput {
    private static let remedy = " See \"saferl report --help\"."

    private static func malformed(_ name: String, _ nodes: String, _ message: String) -> BadInput {
        let text = """
            {"format": 1, "case": "c", "nodes": [\(nodes)],
             "evidence": {"a": {"file": "manifest.json", "sha256": "\(String(repeating: "0", count: 64))",
                                "validUntil": "2027-01-01T00:00:00Z"}}}
            """
        return BadInput(
            name: name, arguments: ["report", "run", "--assurance", "--case", "c.json"],
            files: TinyRun.files(["c.json": Array(text.utf8)]), message: "c.json: " + message,
            status: CommandStatus.badData.rawValue)
    }

    private static func goal(_ id: String, _ supportedBy: String) -> String {
        "{\"id\": \"\(id)\", \"kind\": \"goal\", \"text\": \"x\", \"supportedBy\": [\(supportedBy)]}"
    }

    private static func check(_ text: String) -> String {
        goal("G1", "\"S\"")
            + ", {\"id\": \"S\", \"kind\": \"solution\", \"text\": \"x\", \"evidence\": \"a\", \"check\": \"\(text)\"}"
    }

    private static func refused(
        _ name: String, _ arguments: [String], _ changes: [String: [UInt8]?] = [:], _ message: String,
        _ status: CommandStatus
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["report"] + arguments, files: TinyRun.files(changes), message: message,
            status: status.rawValue)
    }

    static let reports: [BadInput] = [
        usage(
            "a report of nothing", ["report"],
            "one of RUN…, RUN --assurance, --check DIR and --templates is needed." + remedy),
        usage(
            "templates of a run", ["report", "run", "--templates"],
            "RUN has no effect with --templates." + remedy),
        usage(
            "an assurance case of no run", ["report", "--assurance"], "--assurance needs one RUN." + remedy),
        usage(
            "an assurance case of two runs", ["report", "run", "run", "--assurance", "--limit", "1"],
            "--assurance needs one RUN." + remedy),
        usage(
            "a page of a check", ["report", "--check", "run/assurance", "--out", "p.html"],
            "--out has no effect with --assurance, --dossier, --check and --templates." + remedy),
        usage(
            "JSON of a page", ["report", "run", "--json"], "--json needs --assurance or --check." + remedy),
        refused(
            "a page of no run", ["nowhere"], [:],
            "nowhere: holds no run. Check the path, or start one with \"saferl train\".", .missingInput),
        refused(
            "a page of a run and of no run", ["run", "nowhere"], [:],
            "nowhere: holds no run. Check the path, or start one with \"saferl train\".", .missingInput),
        refused(
            "a page where a folder is", ["run", "--out", "run/checkpoints"], [:],
            "run/checkpoints: cannot put in place: Is a directory. Name another place.", .inputOutput),
        refused(
            "a page of damaged metrics", ["run"],
            ["run/metrics.jsonl": Array("{\"step\":\n{}\n".utf8)],
            "run/metrics.jsonl:1: not a line of metrics: the file ends where a value should stand. Restore the file from "
                + "a copy, or remove this line.", .badData),
        usage(
            "an unknown template", ["report", "run", "--assurance", "--from", "fisor", "--limit", "1"],
            "--from fisor: unknown template. Did you mean \"fisor-1\"?" + remedy),
        usage(
            "a template without its limit", ["report", "run", "--assurance", "--from", "any-1"],
            "--limit is needed for the template any-1." + remedy),
        usage(
            "a parameter of another template",
            ["report", "run", "--assurance", "--from", "any-1", "--limit", "1", "--gap", "0.1"],
            "--gap has no effect with the template any-1." + remedy),
        usage(
            "a limit that is no number", ["report", "run", "--assurance", "--limit", "five"],
            "--limit five: must be a number, at least 0, such as 0.05." + remedy),
        usage(
            "a negative limit", ["report", "run", "--assurance", "--limit=-1"],
            "--limit -1: must be a number, at least 0, such as 0.05." + remedy),
        usage(
            "evidence that is valid for ever",
            ["report", "run", "--assurance", "--limit", "1", "--valid", "99999"],
            "--valid 99999: must be at most 36500." + remedy),
        usage(
            "a key without a check", ["report", "run", "--assurance", "--limit", "1", "--key", "p"],
            "--key has no effect without --check." + remedy),
        usage(
            "a limit of a check", ["report", "--check", "run/assurance", "--limit", "1"],
            "--limit has no effect without --assurance." + remedy),
        usage(
            "a parameter of one's own case",
            ["report", "run", "--assurance", "--case", "c.json", "--limit", "1"],
            "--limit has no effect with --case." + remedy),
        refused(
            "a run without a limit", ["run", "--assurance"], [:],
            "--limit is needed for the template fisor-1.", .usage),
        refused(
            "a second training that is the first",
            ["run", "--assurance", "--limit", "1", "--again", "run/"], [:],
            "--again run/: this is the run itself. Train a second time into another folder.", .badData),
        refused(
            "a key that is none", ["run", "--assurance", "--limit", "1", "--sign", "k.pem"],
            ["k.pem": Array("hello\n".utf8)],
            "k.pem: no private key in PEM. Make one by \"openssl genpkey -algorithm ed25519 -out key.pem\", and its public "
                + "half by \"openssl pkey -in key.pem -pubout -out public.pem\".", .badData),
        refused(
            "a case that is not JSON", ["run", "--assurance", "--case", "c.json"],
            ["c.json": Array("{,".utf8)],
            "c.json: 1:2: \",\" where a key in quotation marks should stand", .badData),
        refused(
            "a written case that is none", ["--check", "run/assurance"],
            ["run/assurance/case.json": Array("[]".utf8)], "the case: a list, not an object", .badData),
        malformed(
            "a circle of goals",
            goal("G0", "\"G1\"") + ", " + goal("G1", "\"G2\"") + ", " + goal("G2", "\"G1\""),
            "G1 supports itself, by way of G2. Remove one of the links"),
        malformed(
            "two top goals", goal("G1", "") + ", " + goal("G2", ""),
            "2 top goals (G1, G2), where exactly one supports nothing"),
        malformed("a node that is not there", goal("G1", "\"G2\""), "G1: no node G2, in \"supportedBy\""),
        malformed(
            "evidence that is not there", check("b.finished"),
            "S: check, column 1: b names no evidence of the case"),
        malformed(
            "a check that is none", check("a.finished &&"),
            "S: check, column 14: the end where a value should stand"),
        malformed(
            "a function that is none", check("sum(a.x) > 1"),
            "S: check, column 1: sum: unknown function. There are present, length, min, max, abs, digest"),
    ]
}
