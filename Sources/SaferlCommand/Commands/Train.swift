import ArgumentParser
import Storage

/// `saferl train`.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train an algorithm from a configuration file.",
        discussion: """
            Writes a run directory with the configuration as given and as resolved, metrics.jsonl, checkpoints, an \
            event file for TensorBoard, the evaluation and manifest.json. Interrupt it (Ctrl-C) at any time: it finishes the step, writes a \
            checkpoint and exits with 130; "saferl resume RUN" continues bit for bit.

            "mpirun -n N saferl train ..." shares the updates out to N processes, with the same bits for every N that \
            divides parallel.shards.
            """)

    @OptionGroup var source: ConfigurationArguments
    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run directory; one is made under Checkpoints/ without it.", valueName: "dir"),
        completion: .directory)
    var directory: String?
    @Flag(help: "Continue the run in --run DIR if it has a checkpoint; start it if not.") var resume = false
    @Flag(name: .customLong("require-improvement"), help: improvementHelp) var requiresImprovement = false
    @Option(
        help: """
            Write an event file for TensorBoard into the run (on), one without wall times, so that equal runs have equal \
            files (timeless), or none (off). A file that is there is kept up as it is.
            """)
    var events = EventChoice.on
    @Flag(
        help: """
            Also how the weights of each network are spread, at every checkpoint: in the event file, and as numbers in \
            histograms.jsonl of the run, to which a run that is continued adds by itself.
            """) var histograms = false
    @Option(
        help: ArgumentHelp(
            """
            Refuse with 65 to train on a file whose SHA-256 this list does not have, one a line, as sha256sum writes them; the same \
            as --set data.allow=LIST. What was allowed is kept in provenance.json of the run.
            """, valueName: "list"), completion: .file())
    var allow: String?
    @Flag(help: "Print only the result.") var quiet = false

    func validate() throws {
        if resume && directory == nil {
            throw ValidationError("--resume needs --run DIR, the run to continue.")
        }
        if allow?.isEmpty == true {
            throw ValidationError("--allow is empty. Name a list of SHA-256, or leave it out for any file.")
        }
        if histograms && events == .off {
            throw ValidationError("--histograms has no effect with --events off. Leave one of them out.")
        }
    }

    func run() throws {
        try ProcessGroup.run { group in
            var source = source
            if let allow { source.overrides.append("data.allow=\(JSONValue.text(allow).compact)") }
            let document = try source.document()
            if !quiet && !ProcessGroup.isFollower {
                try Output.write("configuration: \(document.file.name)")
            }
            var work = TrainWork(
                document: document, directory: directory, resumes: resume, isQuiet: quiet,
                registry: Session.registry, requiresImprovement: requiresImprovement, events: events,
                addsHistograms: histograms)
            work.group = group
            try work.run()
        }
    }
}

private let improvementHelp: ArgumentHelp = """
    Exit with 3 unless the policy is certified to return more than what it learned from (ogsrl.testShare says on how many \
    recorded episodes).
    """

/// `saferl resume`.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a run from its newest good checkpoint.",
        discussion: """
            The result equals that of a run that was never stopped, bit for bit, with the same build, matrix kernel \
            and C library, whatever the number of threads. A finished run can be trained longer where its algorithm \
            allows it.
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory) var directory:
        String
    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            Override one key that may change: the place of a file that has moved (data.file=NEW), schedule.steps=MORE \
            where the algorithm allows it, schedule.checkpoint, schedule.keep, evaluation.*, data.allow; may be repeated.
            """,
            valueName: "key=value"), completion: .assignment)
    var overrides: [String] = []
    @Flag(
        name: .customLong("trust-environment"),
        help:
            "Run the code that the run's configuration names as its environment (python:, gymnasium:MODULE:ID)."
    )
    var trustsEnvironment = false
    @Flag(name: .customLong("require-improvement"), help: improvementHelp) var requiresImprovement = false
    @Flag(help: "Print only the result.") var quiet = false

    func run() throws {
        try ProcessGroup.run { group in
            var work = ResumeWork(
                directory: directory, overrides: overrides, trustsEnvironment: trustsEnvironment,
                isQuiet: quiet, registry: Session.registry, requiresImprovement: requiresImprovement)
            work.group = group
            try work.run()
        }
    }
}
