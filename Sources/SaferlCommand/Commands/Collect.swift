import ArgumentParser

/// `saferl collect`.
struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record transitions of a built-in behaviour into a dataset file.",
        discussion: """
            Half of the transitions come from random actions and starts, half from the environment's own controller \
            with noise. The file has the layout of DSRL; equal seeds give equal data.
            """)

    @Argument(help: ArgumentHelp("An environment; see \"saferl env list\".", valueName: "env"))
    var environment: String
    @Option(help: ArgumentHelp("The HDF5 file to write.", valueName: "file")) var out: String
    @Option(help: ArgumentHelp("Transitions in all.", valueName: "n")) var transitions = 100_000
    @Option(help: ArgumentHelp("Decides starts, actions and noise.", valueName: "s")) var seed: UInt64 = 1

    func validate() throws {
        if transitions < 2 { throw ValidationError("--transitions \(transitions): must be at least 2.") }
    }

    func run() throws {
        let type = try Session.registry.environment(named: environment)
        try CollectWork(
            environment: type, file: out, transitions: transitions, seed: seed, registry: Session.registry
        ).run()
    }
}
