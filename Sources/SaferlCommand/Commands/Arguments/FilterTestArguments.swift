import Alignment
import ArgumentParser
import ModelSafety

/// Which filter `saferl certify` tests, on what.
struct FilterTestArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Test this filter of prompts instead of a run: one of \"saferl guard train-filter\", a stream head with --model, or a language model that is asked.",
            valueName: "file"),
        completion: .file())
    var filter: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter HEAD: the model whose states the stream head reads.", valueName: "model"),
        completion: .file())
    var model: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter of a model or a stream head: the probability from which on a prompt is flagged, in (0, 1]; 0.5 without it.",
            valueName: "p"))
    var threshold: Double?
    @Flag(help: "With --filter of a model or a stream head: what is controversial counts as safe.")
    var loose = false
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter: harmful prompts that it has not seen, .txt, .json or .jsonl.", valueName: "file"),
        completion: .file())
    var harmful: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("With --filter: safe prompts, likewise.", valueName: "file"), completion: .file())
    var safe: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter: attacks that add words, suffix:20, insertion:12, insertion:4x2 or infusion:2.",
            valueName: "mode"), transform: ErasureArgument.erasures)
    var erase: Erasures?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter: the most versions of a prompt that are looked at, above which it is refused; 100000 without it.",
            valueName: "n"), transform: CountRange.whole)
    var checks: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter: the longest time for a prompt, which is refused behind it; none without it.",
            valueName: "s"))
    var seconds: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "With --filter: try attacks on the first so many harmful prompts; on all without it.",
            valueName: "n"), transform: CountRange.whole)
    var attacked: Int?

    /// Refuses what needs a filter where none is named.
    func checkIdle() throws {
        let given = [
            ("harmful", harmful != nil), ("safe", safe != nil), ("erase", erase != nil),
            ("model", model != nil), ("threshold", threshold != nil), ("loose", loose),
            ("checks", checks != nil), ("seconds", seconds != nil), ("attacked", attacked != nil),
        ]
        if let idle = given.first(where: \.1) {
            throw ValidationError("--\(idle.0) needs --filter FILE, the filter to test.")
        }
    }

    /// Refuses a filter with nothing to test it on.
    func checkComplete() throws {
        let needed = [("harmful", harmful == nil), ("safe", safe == nil), ("erase", erase == nil)]
        if let missing = needed.first(where: \.1) {
            throw ValidationError(
                "--filter needs --\(missing.0) \(missing.0 == "erase" ? "MODE" : "FILE"). Give --harmful, --safe and --erase."
            )
        }
        if let threshold, !(threshold > 0 && threshold <= 1) {
            throw ValidationError("--threshold \(threshold): must be above 0 and at most 1.")
        }
        try CountRange.check("checks", checks, in: 1...100_000_000)
        try CountRange.check("attacked", attacked, in: 0...1_000_000)
        if let seconds, !(seconds > 0 && seconds <= 1e6) {
            throw ValidationError("--seconds \(seconds): must be above 0 and at most 1000000.")
        }
    }

    /// What tests the filter; nothing where none is named.
    func work(limit: Double, delta: Double, out: String?, isJSON: Bool) -> CertifyFilterWork? {
        guard let filter, let harmful, let safe, let erase else { return nil }
        var test = FilterTest(erase, limit: limit, delta: delta)
        test.checks = checks ?? test.checks
        (test.patience, test.attacked) = (seconds.map { .seconds($0) }, attacked)
        return CertifyFilterWork(
            filter: filter,
            settings: FilterFile.Settings(
                model: model, policy: loose ? .loose : .strict, threshold: threshold), harmful: harmful,
            safe: safe, test: test, out: out, isJSON: isJSON)
    }
}

extension ActingArguments {
    /// The arguments about episodes that were given, by name.
    var given: [String] {
        [
            ("workers", workers != nil), ("retries", retries != nil), ("guard", guarding != nil),
            ("monitor", watch.monitor != nil), ("router", watch.router != nil),
            ("trust-environment", trustsEnvironment), ("checkpoint", checkpoint != nil),
            ("set", !overrides.isEmpty),
        ].filter(\.1).map(\.0)
    }
}
