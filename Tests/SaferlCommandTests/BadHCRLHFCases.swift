import Foundation
import SaferlCommand

// Preferences, models and tests that HC-RLHF cannot work with.
extension BadInput {
    /// A small run of HC-RLHF on preferences of a file.
    static let preferences = """
        {"algorithm": "hcrlhf", "data": {"file": "pairs.jsonl"},
         "schedule": {"steps": 4, "log": 1, "checkpoint": 2},
         "hcrlhf": {"model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "keyValueHeads": 1,
                              "vocabulary": 260, "tokens": 160},
                    "sampling": {"tokens": 4}, "fineTuning": {"updates": 1}, "preference": {"reward": {"updates": 1},
                    "cost": {"updates": 1}}, "candidate": {"batch": 2, "microBatch": 2}}}
        """

    /// Rows in the columns of PKU-SafeRLHF.
    static let pairs = (0..<8).map { row in
        """
        {"prompt": "Question \(row)?", "response_0": "Yes \(row).", "response_1": "No \(row).", \
        "better_response_id": 0, "safer_response_id": 1, "is_response_0_safe": false, "is_response_1_safe": true}
        """
    }.joined(separator: "\n")

    private static func preferences(
        _ name: String, _ overrides: [String] = [], rows: String = pairs, _ message: String,
        _ status: CommandStatus
    ) -> BadInput {
        BadInput(
            name: name,
            arguments: ["train", "my.json", "--quiet", "--run", "run"]
                + overrides.flatMap { ["--set", $0] },
            files: ["my.json": Array(preferences.utf8), "pairs.jsonl": Array(rows.utf8)], message: message,
            status: status.rawValue)
    }

    /// Refused before the run begins.
    static let hcrlhf: [BadInput] = [
        preferences(
            "no file of preferences", [#"data.file="none.jsonl""#],
            "none.jsonl: no such file. Check the path", .missingInput),
        preferences(
            "a preference without a label", rows: pairs + "\n{\"prompt\": \"Why?\"}",
            #"pairs.jsonl: row 9: no field "response_0". Present: "prompt""#, .badData),
        preferences(
            "too few prompts", rows: String(pairs.prefix { $0 != "\n" }),
            "my.json: hcrlhf.split: fewer than five different prompts cannot be shared out. Give more pairs.",
            .configuration),
        preferences(
            "an environment beside a file", [#"environment="hazard-tokens""#],
            #"--set environment="hazard-tokens": contradicts files of preferences. Leave one of them out."#,
            .configuration),
        preferences(
            "text for an environment", [#"evaluation.environment="point-robot""#],
            #"--set evaluation.environment="point-robot": the policy acts in no other environment than that of its task. "#
                + #"Write ""."#, .configuration),
        preferences(
            "an environment that takes no tokens", [#"environment="point-robot""#, #"data.file="""#],
            #"--set environment="point-robot": takes no responses of tokens. Name one that does, such as "#
                + #""hazard-tokens", or a data file."#, .configuration),
        preferences(
            "a bound that needs a largest cost", [#"hcrlhf.test.scale="raw""#],
            "my.json: hcrlhf.test.bound: needs a largest cost, which scores of a model do not have. Write "
                + #""scale": "squashed", or "student-t"."#, .configuration),
        preferences(
            "no room for an answer", ["hcrlhf.model.tokens=8"],
            "--set hcrlhf.model.tokens=8: no prompt leaves room for a token of an answer. Raise it.",
            .configuration),
        preferences(
            "no room for a response", ["hcrlhf.sampling.tokens=155"],
            "my.json:4:52: hcrlhf.model.tokens = 160: no prompt of the candidate leaves room for a response. Raise it.",
            .configuration),
        preferences(
            "no decoder where one is named", [#"hcrlhf.model.directory="none""#],
            "none/tokenizer.json: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            .missingInput),
        preferences(
            "adapters without a decoder", ["hcrlhf.model.rank=4"],
            #"--set hcrlhf.model.rank=4: adapters need a trained decoder. Name its "directory", or write 0."#,
            .configuration),
    ]
}
