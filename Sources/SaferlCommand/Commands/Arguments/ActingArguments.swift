import ArgumentParser
import SafeRL

/// How the policy of a run acts when it is judged: what `evaluate` and `certify` share.
struct ActingArguments: ParsableArguments {
    @OptionGroup var chosen: CheckpointArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Processes that share the episodes of an environment in Python; one on each core without it.",
            valueName: "n"))
    var workers: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "How often unfinished episodes start again after the environment failed.", valueName: "n"))
    var retries: Int?
    @ArgumentParser.Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            """
            Let no action be done that breaks a file of rules (FILE.rules, docs/guard.md), or replace those that a guardian \
            fitted to the run's data calls outside: \(GuardFit.words).
            """, valueName: "rules|guardian"), completion: .file(),
        transform: GuardChoice.init)
    var guarding: GuardChoice?
    @OptionGroup var shield: ShieldArguments
    @OptionGroup var watch: WatchArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "How often a guardian may call a recorded pair outside, in (0, 1).", valueName: "a"))
    var guardAlpha = 0.05
    /// The step of the checkpoint; nothing for the newest.
    var checkpoint: Int? { chosen.checkpoint }
    /// Whether code that the run's configuration names may be run.
    var trustsEnvironment: Bool { chosen.trustsEnvironment }
    /// Options of how the policy acts.
    var overrides: [String] { chosen.overrides }
    /// The file of rules; nothing where a guardian guards, or nothing does.
    var rules: String? { if case .rules(let path) = guarding { path } else { nil } }
    /// How a shield is to act; nothing where there is none.
    var shielding: ShieldRequest? {
        guard rules != nil || !watch.request.isEmpty else { return nil }
        var request = shield.request
        request.watch = watch.request
        return request
    }
    /// The guardian to fit; nothing where rules guard, or nothing does.
    var guardian: GuardianFit.Kind? { if case .guardian(let kind) = guarding { kind } else { nil } }

    func validate() throws {
        try CountRange.check("workers", workers, in: CountRange.workers)
        try CountRange.check("retries", retries, in: CountRange.retries)
        try shield.check(guarding, watch.request)
        if !(guardAlpha > 0 && guardAlpha < 1) {
            throw ValidationError("--guard-alpha \(guardAlpha): must be between 0 and 1.")
        }
    }
}
