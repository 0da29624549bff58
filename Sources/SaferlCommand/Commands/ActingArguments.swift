import ArgumentParser
import SafeRL

/// How the policy of a run acts when it is judged: what `evaluate` and `certify` share.
struct ActingArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The step of the checkpoint to judge; the newest without it.", valueName: "step"))
    var checkpoint: Int?
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
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override one option of how the policy acts, for example fisor.candidates=8; may be repeated.",
            valueName: "key=value"))
    var overrides: [String] = []

    func validate() throws {
        if let checkpoint, checkpoint < 0 {
            throw ValidationError("--checkpoint \(checkpoint): must be at least 0.")
        }
        if let workers, workers < 1 { throw ValidationError("--workers \(workers): must be at least 1.") }
        if let retries, retries < 0 { throw ValidationError("--retries \(retries): must be at least 0.") }
    }
}
