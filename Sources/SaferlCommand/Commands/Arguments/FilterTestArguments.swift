import Alignment
import ArgumentParser
import ModelSafety

/// Which filter `saferl certify` tests, on what.
struct FilterTestArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp("Test this filter of prompts instead of a run.", valueName: "file"),
        completion: .file())
    var filter: String?
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

    /// Refuses what needs a filter where none is named.
    func checkIdle() throws {
        let given = [("harmful", harmful != nil), ("safe", safe != nil), ("erase", erase != nil)]
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
    }

    /// What tests the filter; nothing where none is named.
    func work(limit: Double, delta: Double, out: String?, isJSON: Bool) -> CertifyFilterWork? {
        guard let filter, let harmful, let safe, let erase else { return nil }
        return CertifyFilterWork(
            filter: filter, harmful: harmful, safe: safe,
            test: FilterTest(erase, limit: limit, delta: delta), out: out, isJSON: isJSON)
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
