import ArgumentParser

/// Which checkpoint of a run is meant, and how its policy acts: what all commands share that judge or watch one.
struct CheckpointArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp("The step of the checkpoint; the newest without it.", valueName: "step"))
    var checkpoint: Int?
    @Flag(
        name: .customLong("trust-environment"),
        help:
            "Run the code that the run's configuration names as its environment (python:, gymnasium:MODULE:ID)."
    )
    var trustsEnvironment = false
    @ArgumentParser.Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override one option of how the policy acts, for example fisor.candidates=8; may be repeated.",
            valueName: "key=value"), completion: .assignment)
    var overrides: [String] = []

    func validate() throws { try CountRange.check("checkpoint", checkpoint, in: 0...1_000_000_000) }
}
