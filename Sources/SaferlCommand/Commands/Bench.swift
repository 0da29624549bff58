import ArgumentParser

/// `saferl bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the updates of an algorithm at its published sizes, on synthetic data.",
        discussion: """
            Uses as many threads as the cores it may run on. Reports the time of an update, its share at this \
            machine's own matrix-product rate, allocations per update and peak memory.
            """)

    @Argument(help: "An algorithm, such as fisor.") var algorithm: String
    @Option(help: ArgumentHelp("Floats in an observation.", valueName: "n")) var observation = 17
    @Option(help: ArgumentHelp("Floats in an action.", valueName: "n")) var action = 2
    @Option(help: ArgumentHelp("Updates to time, after a few to warm up.", valueName: "n")) var steps = 30
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        for (name, value) in [("observation", observation), ("action", action), ("steps", steps)]
        where value < 1 {
            throw ValidationError("--\(name) \(value): must be at least 1.")
        }
    }

    func run() throws {
        let type = try Session.registry.algorithm(named: algorithm)
        try BenchWork(algorithm: type, observation: observation, action: action, steps: steps, isJSON: json)
            .run()
    }
}
