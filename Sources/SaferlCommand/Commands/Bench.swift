import ArgumentParser

/// `saferl bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the updates of an algorithm at its published sizes, or guardians, on synthetic data.",
        discussion: """
            Uses as many threads as the cores it may run on. Reports the time of an update, its share at this \
            machine's own matrix-product rate, allocations per update and peak memory. For guardians it reports \
            the time of fits, scores and decisions; --steps is the number of repeats, and --observation 13 \
            --rows 148159 are the published sizes. safety-test times nothing: it prints how often HC-RLHF returns \
            a policy, and an unsafe one, over simulated trials on preference-bandit, where the truth is known, and \
            how often Student's test certifies rare harm. The numbers do not depend on the threads.
            """)

    @Argument(help: "An algorithm, such as fisor, or guardians, or safety-test.") var algorithm: String
    @Option(help: ArgumentHelp("Floats in an observation.", valueName: "n")) var observation = 17
    @Option(help: ArgumentHelp("Floats in an action.", valueName: "n")) var action = 2
    @Option(help: ArgumentHelp("Updates to time, after a few to warm up.", valueName: "n")) var steps = 30
    @Option(help: ArgumentHelp("Points to fit guardians on.", valueName: "n")) var rows = 20_000
    @Option(
        help: ArgumentHelp(
            "Points for guardians instead of synthetic ones: little-endian doubles, row after row, 4096 rows more.",
            valueName: "file")) var points: String?
    @Option(help: ArgumentHelp("Trials of a row of the safety-test.", valueName: "n")) var trials = 2000
    @Option(help: ArgumentHelp("Seed of the trials.", valueName: "n")) var seed: UInt64 = 0
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        for (name, value) in [("observation", observation), ("action", action), ("steps", steps)]
        where value < 1 {
            throw ValidationError("--\(name) \(value): must be at least 1.")
        }
        if !(2...1 << 20).contains(trials) {
            throw ValidationError("--trials \(trials): must be 2 to \(1 << 20).")
        }
        if rows < 2048 { throw ValidationError("--rows \(rows): must be at least 2048.") }
    }

    func run() throws {
        if algorithm == GuardianBenchWork.name {
            return try GuardianBenchWork(
                size: observation + action, rows: rows, points: points, repeats: steps, isJSON: json
            ).run()
        }
        if algorithm == SafetyTestBenchWork.name {
            return try SafetyTestBenchWork(trials: trials, seed: seed, isJSON: json).run()
        }
        let type = try Session.registry.algorithm(named: algorithm)
        try BenchWork(algorithm: type, observation: observation, action: action, steps: steps, isJSON: json)
            .run()
    }
}
