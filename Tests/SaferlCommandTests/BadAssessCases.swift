import SaferlCommand

// Assessments that cannot be made.
extension BadInput {
    private static let small = ["assess", "run", "--episodes", "20", "--only", "conformal"]

    private static func assess(
        _ name: String, _ arguments: [String], _ message: String, _ status: CommandStatus = .usage,
        _ files: [String: [UInt8]] = [:]
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: files.isEmpty ? SmallRun.files : files, message: message,
            status: status.rawValue)
    }

    static let assessing: [BadInput] = [
        assess(
            "an assessment of no run", ["assess", "nowhere"],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        usage(
            "an assessment of too few episodes", ["assess", "run", "--episodes", "19"],
            #"--episodes 19: must be at least 20. See "saferl assess --help"."#),
        usage(
            "an alpha of an assessment that is none", ["assess", "run", "--alpha", "1"],
            #"--alpha 1.0: must be between 0 and 1. See "saferl assess --help"."#),
        usage(
            "a delta of an assessment that is none", ["assess", "run", "--delta", "nan"],
            #"--delta nan: must be between 0 and 1. See "saferl assess --help"."#),
        usage(
            "a cost limit of an assessment below 0", ["assess", "run", "--limit=-1"],
            #"--limit -1.0: must be at least 0. See "saferl assess --help"."#),
        assess(
            "a column of an assessment that observations lack", small + ["--by", "99:0"],
            "--by 99: an observation has the columns 0 … 10. Name one of these."),
        assess(
            "a held-out recording that is not there", small + ["--data", "other.hdf5"],
            "other.hdf5: no such file. Check the path, or make the file with `saferl collect`.",
            .missingInput),
        assess(
            "a held-out recording of another task", small + ["--data", "tiny.hdf5"],
            "tiny.hdf5: its observations or actions have other sizes than those that the run learned from. Name a recording "
                + "of the same task.", .badData,
            SmallRun.files.merging(TinyRun.files.filter { $0.key == "tiny.hdf5" }) { $1 }),
        assess(
            "an assessment into a file", small + ["--out", "my.json"],
            "my.json: cannot create the directory: File exists. Name another place.", .cannotCreate),
        assess(
            "an assessment in an environment of other sizes", small + ["--environment", "point-mass"],
            "the policy's observation has 11 values, the environment's 4. Name the environment that the policy was trained for.",
            .configuration),
        usage(
            "a section of an assessment that is none", ["assess", "run", "--only", "conform"],
            "The value 'conform' is invalid for '--only <list>': unknown section. Did you mean \"conformal\"? See "
                + "\"saferl assess --help\"."),
        assess(
            "half a requirement of an assessment", small + ["--require", "conformal.alpha >"],
            "--require: column 18: the end where a value should stand. Mend the condition there."),
        assess(
            "a requirement of an assessment about nothing", small + ["--require", "certificate.bound < 1"],
            "--require: an assessment has no \"certificate\". Begin with one of policy, environment, episodes, seed, step, limit, "
                + "calibration, risk_coverage, conformal, feasibility, detection, support, overfitting, robustness, cost_model, "
                + "reward_model, warnings, unavailable, judge, weights."),
        usage(
            "edges of an assessment that do not rise", ["assess", "run", "--by", "2:1,0"],
            "The value '2:1,0' is invalid for '--by <index:edges>': \"2:1,0\" is no column with rising edges. Write one such as "
                + "2:-0.5,0.5. See \"saferl assess --help\"."),
    ]
}
