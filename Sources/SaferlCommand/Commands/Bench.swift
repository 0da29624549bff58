import ArgumentParser
import ModelSafety

import enum SafeRL.MatrixLibraryMemory

/// `saferl bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the updates of an algorithm at its published sizes, or guardians, on synthetic data.",
        discussion: """
            Uses as many threads as the cores it may run on. Reports the time of an update, its share at this \
            machine's own matrix-product rate (for fisor), allocations per update and peak memory. An update of a \
            method that learns by acting is a round: its steps, in an environment that takes next to no time, and \
            what is learned from them.

            For guardians, the time of fits, scores and decisions; --rows 148159 --observation 13 are the \
            published sizes. Each fit, its threshold included, is taken --steps times after one to warm up.

            For guard, the time of monitors, shields and masks of calls: a rule and step, a projection, a token mask over \
            a vocabulary of 32,000, a call mask of desk, with medians and 99 of 100. --steps is then how many episodes of \
            the point robot and the point mass are shielded (default: 5).

            For decoder, the time of forward and backward passes and of generation of a small LLaMA decoder; with \
            --checkpoint, the time to open a hub directory or a GGUF file, to score and to continue a text, and peak memory.

            safety-test times nothing: it prints how often HC-RLHF returns a policy, and an unsafe one, over \
            simulated trials on preference-bandit, where the truth is known, and how often Student's test \
            certifies rare harm. The numbers do not depend on the threads.

            search times nothing either: it lets the model of --checkpoint answer harmful requests of the world \
            consent, whose first tokens are given, by a guarded search, the best of N and Rebase, and prints harm by \
            the world's truth beside the operations that each took. The search goes by a reward head, of --head or trained first. --trials is then \
            how many requests (default: 50).

            mpi times an exchange of the processes that mpirun started: mpirun -n 2 saferl bench mpi.
            """)

    @Argument(
        help: "An algorithm, such as fisor, or decoder, guard, guardians, mpi, safety-test, search.",
        completion: .algorithm) var algorithm: String
    @Option(help: ArgumentHelp("Floats in an observation (default: 17).", valueName: "n"))
    var observation: Int?
    @Option(help: ArgumentHelp("Floats in an action (default: 2).", valueName: "n")) var action: Int?
    @Option(
        help: ArgumentHelp(
            """
            Updates to time, after a few to warm up (default: 30, or 5 rounds of methods that act); for guardians \
            and decoder repeats (default: 5).
            """,
            valueName: "n")) var steps: Int?
    @Option(help: ArgumentHelp("Points to fit guardians on (default: 20000).", valueName: "n")) var rows: Int?
    @Option(
        help: ArgumentHelp(
            """
            Points for guardians instead of synthetic ones, as little-endian doubles, row after row: --rows to fit \
            on, 2048 held out, 2048 to ask about.
            """,
            valueName: "file"), completion: .file()) var points: String?
    @Option(
        help: ArgumentHelp(
            "A decoder in hub format or GGUF to measure, for decoder and search.", valueName: "model"),
        completion: .file())
    var checkpoint: String?
    @Option(
        help: ArgumentHelp(
            "Trials of a row of the safety-test (default: 2000), or requests of search (default: 50).",
            valueName: "n"))
    var trials: Int?
    @Option(help: ArgumentHelp("Seed of the trials (default: 0).", valueName: "n")) var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "For search: a reward head of \"saferl guard train-reward\"; one is trained first without it.",
            valueName: "file"), completion: .file())
    var head: String?
    @Option(
        help: ArgumentHelp(
            "For search without --head: what a beginning is worth, minus the harm of the finished reply (final, without it) or of the beginning itself (so-far).",
            valueName: "reward"))
    var reward: BeginningReward?
    @Option(
        help: ArgumentHelp(
            "For search without --head: requests that the reward head learns from (default: \(HeadTrainingArguments.usualRequests)).",
            valueName: "n"), transform: CountRange.whole)
    var lessons: Int?
    @Flag(help: "Print one JSON object instead of text.") var json = false
    @Flag(help: "For safety-test with --json: print each trial's true excess and bounds too.")
    var eachTrial = false

    private var isAboutGuardians: Bool { algorithm == GuardianBenchWork.name }
    private var isAboutDecoder: Bool { algorithm == DecoderBenchWork.name }
    private var isAboutGuard: Bool { algorithm == GuardBenchWork.name }
    private var isAboutSafetyTest: Bool { algorithm == SafetyTestBenchWork.name }
    private var isAboutSearch: Bool { algorithm == SearchBenchWork.name }
    private var sizes: (observation: Int, action: Int) { (observation ?? 17, action ?? 2) }

    func validate() throws {
        try refuseWhatDoesNotApply()
        try CountRange.check("observation", observation, in: CountRange.numbers)
        try CountRange.check("action", action, in: CountRange.numbers)
        try CountRange.check("steps", steps, in: CountRange.steps)
        if isAboutSearch && checkpoint == nil {
            throw ValidationError("search needs --checkpoint MODEL, the model that answers.")
        }
        if let trials, !(2...1 << 20 ~= trials) {
            throw ValidationError("--trials \(trials): must be 2 to \(1 << 20).")
        }
        if (head != nil || reward != nil) && !isAboutSearch {
            throw ValidationError("--\(head != nil ? "head" : "reward") is for search only.")
        }
        if let lessons {
            guard isAboutSearch && head == nil else {
                throw ValidationError("--lessons is for search without --head only.")
            }
            try CountRange.check("lessons", lessons, in: 1...1_000_000)
        }
        if head != nil && reward != nil {
            throw ValidationError("--reward has no effect on a head that is trained. Leave it out.")
        }
        if eachTrial && !json { throw ValidationError("--each-trial needs --json.") }
        if isAboutGuardians { try checkPoints() }
    }

    private func refuseWhatDoesNotApply() throws {
        if checkpoint != nil && !isAboutDecoder && !isAboutSearch {
            throw ValidationError("--checkpoint is for decoder and search only.")
        }
        if checkpoint != nil && steps != nil { throw ValidationError("--steps is not for --checkpoint.") }
        for (name, isGiven) in [("observation", observation != nil), ("action", action != nil)]
        where isGiven
            && (isAboutDecoder || isAboutGuard || isAboutSearch || algorithm == MPIBenchWork.name)
        {
            throw ValidationError("--\(name) is not for \(algorithm).")
        }
        let sampled = [("trials", trials != nil), ("seed", seed != nil), ("each-trial", eachTrial)]
        for (name, isGiven) in sampled where isGiven && !isAboutSafetyTest {
            if isAboutSearch && name != "each-trial" { continue }
            throw ValidationError(
                "--\(name) is for safety-test\(name == "each-trial" ? "" : " and search") only.")
        }
        for (name, isGiven) in [("rows", rows != nil), ("points", points != nil)]
        where isGiven && !isAboutGuardians {
            throw ValidationError("--\(name) is for guardians only.")
        }
        let timed = [("observation", observation != nil), ("action", action != nil), ("steps", steps != nil)]
        for (name, isGiven) in timed where isGiven && (isAboutSafetyTest || isAboutSearch) {
            throw ValidationError("--\(name) is not for \(algorithm).")
        }
    }

    private func checkPoints() throws {
        let (observation, action) = sizes
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
        try MatrixLibraryMemory.check()
        if isAboutDecoder {
            return try DecoderBenchWork(checkpoint: checkpoint, repeats: steps ?? 5, isJSON: json).run()
        }
        if isAboutGuardians {
            return try GuardianBenchWork(
                size: sizes.observation + sizes.action, rows: rows ?? 20_000, points: points,
                repeats: steps ?? 5,
                isJSON: json
            ).run()
        }
        if algorithm == MPIBenchWork.name {
            return try MPIBenchWork(steps: steps ?? 10, isJSON: json).run()
        }
        if isAboutGuard { return try GuardBenchWork(episodes: steps ?? 5, isJSON: json).run() }
        if isAboutSafetyTest {
            return try SafetyTestBenchWork(
                trials: trials ?? 2000, seed: seed ?? 0, isJSON: json, showsTrials: eachTrial
            ).run()
        }
        if isAboutSearch {
            return try SearchBenchWork(
                model: checkpoint ?? "", head: head, reward: reward ?? .final, requests: trials ?? 50,
                lessons: lessons ?? HeadTrainingArguments.usualRequests, seed: seed ?? 0, isJSON: json
            ).run()
        }
        let type = try Session.registry.algorithm(
            named: algorithm,
            or: [
                DecoderBenchWork.name, GuardBenchWork.name, GuardianBenchWork.name, MPIBenchWork.name,
                SafetyTestBenchWork.name, SearchBenchWork.name,
            ])
        try BenchWork(
            algorithm: type, observation: sizes.observation, action: sizes.action, steps: steps, isJSON: json
        ).run()
    }
}

extension BeginningReward: ExpressibleByArgument {}
