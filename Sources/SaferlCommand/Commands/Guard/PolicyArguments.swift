import ArgumentParser

/// Which policy of a run is meant, and where it acts: what commands share that watch a policy.
struct PolicyArguments: ParsableArguments {
    @OptionGroup var chosen: CheckpointArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Where to act; the run's configuration or its task says where without it.", valueName: "env"),
        completion: .environment)
    var environment: String?

    /// What was asked for.
    var request: PolicyRequest {
        PolicyRequest(
            checkpoint: chosen.checkpoint, environment: environment,
            trustsEnvironment: chosen.trustsEnvironment, overrides: chosen.overrides)
    }
}

/// A policy of a run, and where it is to act.
struct PolicyRequest {
    /// The step of the checkpoint; nothing for the newest.
    var checkpoint: Int?
    /// Where it acts; nothing for where the run says.
    var environment: String?
    /// Whether code that the run's configuration names may be run.
    var trustsEnvironment = false
    /// Options of how it acts.
    var overrides: [String] = []
}
