import ArgumentParser

/// `saferl bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the updates of an algorithm at its published sizes, or guardians, on synthetic data.",
        discussion: """
            Uses as many threads as the cores it may run on. Reports the time of an update, its share at this \
            machine's own matrix-product rate, allocations per update and peak memory.

            For guardians, the time of fits, scores and decisions; --rows 148159 --observation 13 are the \
            published sizes. Each fit, its threshold included, is taken --steps times after one to warm up.

            For decoder, the time of forward and backward passes and of generation of a small LLaMA decoder; with \
            --checkpoint, the time to open a hub directory, to score and to continue a text, and peak memory.

            safety-test times nothing: it prints how often HC-RLHF returns a policy, and an unsafe one, over \
            simulated trials on preference-bandit, where the truth is known, and how often Student's test \
            certifies rare harm. The numbers do not depend on the threads.
            """)

    @Argument(help: "An algorithm, such as fisor, or decoder, guardians or safety-test.") var algorithm:
        String
    @Option(help: ArgumentHelp("Floats in an observation.", valueName: "n")) var observation = 17
    @Option(help: ArgumentHelp("Floats in an action.", valueName: "n")) var action = 2
    @Option(
        help: ArgumentHelp(
            "Updates to time, after a few to warm up (default: 30); for guardians and decoder repeats (default: 5).",
            valueName: "n")) var steps: Int?
    @Option(help: ArgumentHelp("Points to fit guardians on (default: 20000).", valueName: "n")) var rows: Int?
    @Option(
        help: ArgumentHelp(
            """
            Points for guardians instead of synthetic ones, as little-endian doubles, row after row: --rows to fit \
            on, 2048 held out, 2048 to ask about.
            """,
            valueName: "file")) var points: String?
    @Option(help: ArgumentHelp("A decoder in hub format to measure, for decoder.", valueName: "directory"))
    var checkpoint: String?
    @Option(help: ArgumentHelp("Trials of a row of the safety-test.", valueName: "n")) var trials = 2000
    @Option(help: ArgumentHelp("Seed of the trials.", valueName: "n")) var seed: UInt64 = 0
    @Flag(help: "Print one JSON object instead of text.") var json = false

    private var isAboutGuardians: Bool { algorithm == GuardianBenchWork.name }

    func validate() throws {
        if checkpoint != nil && algorithm != DecoderBenchWork.name {
            throw ValidationError("--checkpoint is for decoder only.")
        }
        for (name, value) in [("observation", observation), ("action", action), ("steps", steps ?? 1)]
        where value < 1 {
            throw ValidationError("--\(name) \(value): must be at least 1.")
        }
        if !(2...1 << 20).contains(trials) {
            throw ValidationError("--trials \(trials): must be 2 to \(1 << 20).")
        }
        guard isAboutGuardians else {
            for (name, isGiven) in [("rows", rows != nil), ("points", points != nil)] where isGiven {
                throw ValidationError("--\(name) is for guardians only.")
            }
            return
        }
        let most = GuardianBenchWork.mostNumbers
        guard observation < most, action < most, observation + action <= most else {
            throw ValidationError("--observation and --action: together at most \(most) for guardians.")
        }
        let fewest = 2048, largest = GuardianBenchWork.most / (observation + action)
        if let rows, !(fewest...largest ~= rows) {
            throw ValidationError(
                "--rows \(rows): must be \(fewest) to \(largest) for points of \(observation + action).")
        }
    }

    func run() throws {
        if algorithm == DecoderBenchWork.name {
            return try DecoderBenchWork(checkpoint: checkpoint, repeats: steps ?? 5, isJSON: json).run()
        }
        if isAboutGuardians {
            return try GuardianBenchWork(
                size: observation + action, rows: rows ?? 20_000, points: points, repeats: steps ?? 5,
                isJSON: json
            ).run()
        }
        if algorithm == SafetyTestBenchWork.name {
            return try SafetyTestBenchWork(trials: trials, seed: seed, isJSON: json).run()
        }
        let type = try Session.registry.algorithm(
            named: algorithm, or: [DecoderBenchWork.name, GuardianBenchWork.name, SafetyTestBenchWork.name])
        try BenchWork(
            algorithm: type, observation: observation, action: action, steps: steps ?? 30, isJSON: json
        ).run()
    }
}
