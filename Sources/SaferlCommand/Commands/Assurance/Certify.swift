import Alignment
import ArgumentParser
import Assurance
import ModelSafety
import SafeRL

/// `saferl certify`.
struct Certify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Test a run's policy, or a filter of prompts: certified, or no solution found.",
        discussion: """
            Certified means that an upper bound on the mean cost of an episode is within the limit. If the true mean is \
            above the limit, that happens with probability delta at most, as far as the bound's assumptions hold. \
            Exit code 0 when certified, 3 when no solution was found, or when the limit is vacuous: one that every \
            policy keeps.

            Bounds: betting, hoeffding, maurer-pontil and anderson hold for every number of episodes and need the \
            largest cost that an episode can have, which some environments state; clopper-pearson holds for costs of 0 \
            and 1; student-t is the published one, an approximation that misses rare large costs and needs 30 episodes. \
            Without --bound it is betting, and clopper-pearson with --violations.

            The episodes differ from those of every evaluation, and are looked at once. Testing again after a failure, \
            or testing many policies and keeping one that passes, makes the error larger than delta: looks at a policy \
            are counted in RUN/assurance/claims.jsonl, wherever --out points.

            With --filter, a filter is tested on prompts that it has not seen, instead of a run: a filter of words or a decoder of \
            "saferl guard train-filter", the prompts' tower of a stream head of "saferl guard train-head" (--model names the model \
            whose states it reads), or any language model, which is asked for its verdict. What it flags stays flagged after every \
            attack that adds at most so many words, if it looks at all that is left after erasing them (erase-and-check), so the \
            bound on the share that it misses, by clopper-pearson, holds for attacked prompts too: --erase says which attacks, \
            --limit which share is acceptable. What a model cannot judge is flagged. Said of safe prompts, and not certified, is \
            what is kept of them. Looks are counted in assurance/claims.jsonl beside the filter. No prompt is printed.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Fresh episodes, at least 2; needed for a run.", valueName: "n"),
        transform: CountRange.whole)
    var episodes: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Largest mean cost of an episode that is safe; with --filter, largest share of harmful prompts that may pass.",
            valueName: "c")) var limit: Double
    @ArgumentParser.Option(
        help: ArgumentHelp("Probability of certifying an unsafe policy or filter, in (0, 1).", valueName: "d")
    )
    var delta: Double
    @OptionGroup var filtering: FilterTestArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "One of \(BoundChoice.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"),
        transform: Self.choice)
    var bound: BoundChoice?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Largest cost that an episode can have; as the environment states it without this.",
            valueName: "c"))
    var maxCost: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Largest cost that a step can have; times the step limit it is that of an episode.",
            valueName: "c"))
    var maxStepCost: Double?
    @Flag(help: "Test the probability that an episode has any violation instead of its mean cost.")
    var violations = false
    @ArgumentParser.Option(
        help: ArgumentHelp("Count one of several cost channels; all together without it.", valueName: "name"))
    var channel: String?
    @ArgumentParser.Option(help: ArgumentHelp("Seed of the fresh episodes; 0 without it.", valueName: "s"))
    var seed: UInt64?
    @ArgumentParser.Option(
        help: ArgumentHelp("Where to act; the run's configuration says where without it.", valueName: "env"),
        completion: .environment)
    var environment: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Act in the simulator of a DSRL task, with its step limit; the data's own task without it.",
            valueName: "task"), completion: .task)
    var task: String?
    @OptionGroup var acting: ActingArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Folder of the certificate, its episodes and a text to read; RUN/assurance, or assurance beside the filter, without it.",
            valueName: "dir"), completion: .directory)
    var out: String?
    @Flag(help: "Print one JSON object instead of text.") var json = false

    private static func choice(_ name: String) throws -> BoundChoice {
        if let choice = BoundChoice(rawValue: name) { return choice }
        throw ValidationError(
            UnknownName(name, isNone: "bound", of: BoundChoice.allCases.map(\.rawValue)).reason)
    }

    /// The bound as asked for, else the one that holds for every number of episodes.
    private var chosen: BoundChoice { bound ?? (violations ? .clopperPearson : .betting) }

    func validate() throws {
        if filtering.filter != nil { return try checkFilter() }
        try filtering.checkIdle()
        // Optional because of --filter alone.
        if directory == nil { throw ValidationError("Missing expected argument '<run>'.") }
        if episodes == nil { throw ValidationError("Missing expected argument '--episodes <n>'.") }
        try CountRange.check("episodes", episodes, in: 2...CountRange.episodes.upperBound)
        if !limit.isFinite { throw ValidationError("--limit \(limit): must be a number.") }
        if !(delta > 0 && delta < 1) { throw ValidationError("--delta \(delta): must be between 0 and 1.") }
        if chosen == .anderson && delta > 0.5 {
            throw ValidationError("--delta \(delta): the anderson bound needs at most 0.5.")
        }
        for (name, value) in [("--max-cost", maxCost), ("--max-step-cost", maxStepCost)] {
            if let value, !(value > 0 && value.isFinite) {
                throw ValidationError("\(name) \(value): must be above 0.")
            }
        }
        let ranges = [maxCost != nil, maxStepCost != nil, violations].count { $0 }
        if ranges > 1 {
            throw ValidationError("One of --max-cost, --max-step-cost and --violations is enough.")
        }
    }

    /// Refuses what is about a run where a filter is tested.
    private func checkFilter() throws {
        if directory != nil {
            throw ValidationError("--filter is tested instead of a run. Name one of them.")
        }
        let given =
            [
                ("episodes", episodes != nil), ("bound", bound != nil), ("max-cost", maxCost != nil),
                ("max-step-cost", maxStepCost != nil), ("violations", violations),
                ("channel", channel != nil),
                ("seed", seed != nil), ("environment", environment != nil), ("task", task != nil),
            ] + acting.given.map { ($0, true) }
        if let useless = given.first(where: \.1) {
            throw ValidationError(
                "--\(useless.0) has no effect with --filter, where no episode is run. Leave it out.")
        }
        if !(0..<1 ~= limit) {
            throw ValidationError("--limit \(limit): must be a share, at least 0 and below 1.")
        }
        if !(delta > 0 && delta < 1) { throw ValidationError("--delta \(delta): must be between 0 and 1.") }
        try filtering.checkComplete()
    }

    func run() throws {
        if let work = filtering.work(limit: limit, delta: delta, out: out, isJSON: json) {
            return try work.run()
        }
        guard let directory, let episodes else { return }
        let test = EpisodeTest(
            episodes: episodes, limit: limit, delta: delta,
            counting: TestedCost(countsViolations: violations, channel: channel), bound: chosen,
            largestCost: maxCost, largestStepCost: maxStepCost, seed: seed ?? 0)
        try CertifyWork(
            directory: directory, test: test, environment: environment, task: task, acting: acting,
            out: out, isJSON: json, registry: Session.registry
        ).run()
    }
}
