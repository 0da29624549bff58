import SaferlCommand

// Tasks, rewards and sizes that GRPO cannot work with.
extension BadInput {
    private static func requests(_ name: String, _ overrides: [String], _ message: String) -> BadInput {
        BadInput(
            name: name,
            arguments: ["train", "my.json", "--quiet", "--run", "run"] + overrides.flatMap { ["--set", $0] },
            files: [
                "my.json": Array(
                    """
                    {"algorithm": "grpo", "environment": "consent", "schedule": {"steps": 4, "log": 1, "checkpoint": 2},
                     "grpo": {"demonstrations": 20, "model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2,
                              "keyValueHeads": 1, "vocabulary": 300, "tokens": 160}, "sampling": {"tokens": 4},
                              "fineTuning": {"updates": 1}, "prompts": 2, "samples": 2, "test": {"requests": 2}}}
                    """.utf8)
            ], message: message, status: CommandStatus.configuration.rawValue)
    }

    /// Refused before the run begins.
    static let grpo: [BadInput] = [
        requests(
            "an environment that is answered with no text", [#"environment="hazard-tokens""#],
            #"--set environment="hazard-tokens": is answered with no text. Name one that is, such as "consent"."#
        ),
        requests(
            "a file beside a world of requests", [#"data.file="x.hdf5""#],
            #"--set data.file="x.hdf5": is not read: requests come from the environment. Write ""."#),
        requests(
            "a split that the world does not have", [#"grpo.test.split="mars""#],
            #"--set grpo.test.split="mars": "mars" is no split of consent. Write "training", "held-out pairs", "attacked"."#
        ),
        requests(
            "more steps than answers", ["grpo.minibatches=5"],
            "--set grpo.minibatches=5: 5 are more than the 4 answers. Lower it."),
        requests(
            "a clip below a ratio of one", ["grpo.dualClip=0.5"],
            "--set grpo.dualClip=0.5: 0.5 is a ratio at most 1. Write a larger one, or 0."),
        requests(
            "one answer to a request", ["grpo.samples=1"],
            "--set grpo.samples=1: must be a whole number from 2 to 1024. The default is 8."),
        requests(
            "an unknown reward", [#"grpo.reward="help""#],
            #"--set grpo.reward="help": must be "dual", "hybrid", "guard-only", "label" or "terms". The default is "dual"."#
        ),
        requests(
            "a reward of what the world does not tell", [#"grpo.reward="label""#],
            #"--set grpo.reward="label": reads "category", which consent does not tell. Choose of shape, reason, refusal, redirection, help, harm, safe, trap."#
        ),
        requests(
            "weights that are all 0", [#"grpo.reward={"kind": "terms", "weights": {"shape": 0}}"#],
            #"--set grpo.reward={"kind": "terms", "weights": {"shape": 0}}: all of them are 0, and nothing is compared in the group. Give one a weight."#
        ),
        requests(
            "a gate that is compared term by term",
            [#"grpo.reward="hybrid""#, #"grpo.advantage.aggregate="normalise-then-sum""#],
            #"--set grpo.advantage.aggregate="normalise-then-sum": the reward has a gate, a penalty or a floor, and is no sum of terms. Write "sum-then-normalise"."#
        ),
        requests(
            "no room for a request", ["grpo.model.tokens=8"],
            "--set grpo.model.tokens=8: no request leaves room for a token of an answer. Raise it."),
    ]
}
