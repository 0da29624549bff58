import ArgumentParser
import Assessments
import SafeRL

/// `saferl assess`.
struct Assess: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How far a run's values and limits can be believed, and what disturbs it.",
        discussion: """
            Fresh episodes that no training, evaluation or certification uses: the first half calibrates, the second judges, \
            and the unit of every statement is the episode. What a policy or its data do not give is named as not available.

            Sections: calibration (V_h as a probability of a violation ahead, over- and under-confidence by region), coverage \
            (what handing over the worst starts saves), conformal (a band above the predicted cost), feasibility (both \
            statements about V_h), detection (made-up outliers, and episodes that leave the data), overfitting (values and \
            actions on what training saw and on the rest), perturbation (faults of sensors and actuators, and a \
            changed physics, at rising levels).

            Of an HC-RLHF run on pairs its cost and reward models are assessed, by the answers that were held out from them, and the unit is \
            the prompt. A run without an environment is assessed by --data alone: what its own episodes show is then not available. \
            After each section what was found is kept, so that an assessment that was killed goes on behind the last one.

            Words: calibration is good up to an error of 0.05 by equal mass, to be looked at up to 0.1; a Trust Index from 0.95 \
            and 0.8; outliers from an AUROC of 0.95, and are otherwise to be looked at; a perturbed return from 0.9 and 0.5 of its own; statements about \
            coverage and risk are bad where the second half rejects them at 1 - delta.

            Writes report.json, report.md and pictures into RUN/assess. Equal runs, seeds and options give equal bytes. It is no \
            certificate: its figures are looked at together and are not corrected for that.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Fresh episodes, at least 20; 400 without it, 100 with --quick.", valueName: "n"),
        transform: CountRange.whole)
    var episodes: Int?
    @ArgumentParser.Option(help: ArgumentHelp("Seed of all that is drawn.", valueName: "s")) var seed:
        UInt64 = 0
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Chance that a conformal statement misses, and largest risk of what is called safe, in (0, 1).",
            valueName: "a"))
    var alpha = 0.1
    @ArgumentParser.Option(
        help: ArgumentHelp("Chance that a bound misses, in (0, 1).", valueName: "d"))
    var delta = 0.05
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Sections to do, with commas: \(AssessmentSection.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "list"),
        transform: Self.sections)
    var only: [AssessmentSection]?
    @Flag(help: "100 episodes, and no perturbations unless --only asks for them.") var quick = false
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Also by bins of a column of the observation, for example 2:-0.5,0.5.", valueName: "index:edges"),
        transform: Self.column)
    var by: (index: Int, edges: [Double])?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            """
            A recording by the same behaviour that the run did not learn from, in DSRL layout; a run that collects its own data \
            collects anew without it.
            """, valueName: "file"), completion: .file())
    var data: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Largest mean cost of an episode that is safe, for critical levels; the task's own without it.",
            valueName: "c"))
    var limit: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp("Where to act; the run's configuration says where without it.", valueName: "env"),
        completion: .environment)
    var environment: String?
    @OptionGroup var chosen: CheckpointArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Processes that share the episodes of an environment in Python; one on each core without it.",
            valueName: "n"))
    var workers: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp("Folder to write into; RUN/assess without it.", valueName: "dir"),
        completion: .directory)
    var out: String?
    @ArgumentParser.Option(
        name: .customLong("require"),
        help: ArgumentHelp(
            """
            Exit with 3 unless this is true of the report, for example 'calibration.ece_mass <= 0.05'; what the report does not \
            say is unknown, and not true. May be repeated.
            """, valueName: "condition"))
    var requirements: [String] = []
    @Flag(help: "Print the report as JSON instead of a table.") var json = false

    private static func sections(_ text: String) throws -> [AssessmentSection] {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return try names.map { name in
            guard let section = AssessmentSection(rawValue: name) else {
                throw ValidationError(
                    UnknownName(
                        name, isNone: "section", of: AssessmentSection.allCases.map(\.rawValue)
                    ).reason)
            }
            return section
        }
    }

    private static func column(_ text: String) throws -> (index: Int, edges: [Double]) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let edges = parts.count == 2 ? parts[1].split(separator: ",").map { Double($0) ?? .nan } : []
        guard parts.count == 2, let index = Int(parts[0]), index >= 0, !edges.isEmpty,
            edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw ValidationError(
                "\(quoted(text)) is no column with rising edges. Write one such as 2:-0.5,0.5.")
        }
        return (index, edges)
    }

    func validate() throws {
        try CountRange.check("episodes", episodes, in: 20...100_000)
        try CountRange.check("workers", workers, in: CountRange.workers)
        for (name, value) in [("alpha", alpha), ("delta", delta)] where !(value > 0 && value < 1) {
            throw ValidationError("--\(name) \(value): must be between 0 and 1.")
        }
        if let limit, !(limit.isFinite && limit >= 0) {
            throw ValidationError("--limit \(limit): must be at least 0.")
        }
    }

    func run() throws {
        var plan = AssessmentPlan()
        plan.episodes = episodes ?? (quick ? 100 : 400)
        (plan.seed, plan.alpha, plan.delta) = (seed, alpha, delta)
        (plan.column, plan.limit) = (by, limit)
        if let only {
            plan.sections = Set(only)
        } else if quick {
            plan.sections.remove(.perturbation)
        }
        try AssessWork(
            directory: directory, plan: plan, data: data, environment: environment, chosen: chosen,
            workers: workers, out: out, requirements: requirements, isJSON: json, registry: Session.registry
        ).run()
    }
}
