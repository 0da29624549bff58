import ArgumentParser
import AssuranceCases
import SafeRL

/// `saferl report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "One page about runs, or an argument that a policy is acceptable, every step checked by a machine.",
        discussion: """
            RUN… alone writes one HTML page that opens offline and prints: verdicts, what the policies may be used for and \
            what not, figures with their intervals, learning curves, evaluation, claims, what assess and audit found, the \
            assurance case, configurations with differing keys first, versions, hashes and the commands that repeat it. What \
            is missing says which command makes it.

            With --assurance: an assurance case is a tree of claims: goals, the strategies that divide them, checks of evidence files, \
            assumptions that nothing checks, and doubts. A template makes one of the files that a run has: its manifest, \
            certificate, evaluation and checkpoint, and what assess and audit wrote where they ran. The command writes \
            case.json (what is hashed and signed), assurance.json (every verdict with its reason), case.html (one page that \
            opens offline), case.svg, case.dot and case.md into RUN/assurance.

            Verdicts, from the best: proved, undecided (something is not known), undeveloped (nobody has argued), refuted. A \
            claim is at best what the worst below it is. Numbers are exact, sums of chances are decided by exact elimination \
            and, where it is installed, by Z3 as well. A file that has changed since refutes what rests on it; one that is \
            missing or out of date leaves it undecided.

            Exit code 0 where the top goal is proved, 3 otherwise, 65 for a malformed case, and for --check where anything \
            differs from what the files give.

            With --dossier: headings that somebody asks for (eu-ai-act, fda-pccp, amlas, hospital), what the run's files say under each, \
            their hashes, and what the manufacturer must write, as a page, Markdown and JSON in RUN/dossier. It claims no conformity.

            Who can rewrite all files at once is caught by a signature alone: --sign takes a key as "openssl genpkey \
            -algorithm ed25519" writes it, and --check --key its public half.
            """)

    @Argument(
        help: ArgumentHelp(
            "Run directories; with --assurance one, for filter-1 the folder of filter.json.", valueName: "run"
        ),
        completion: .directory)
    var directories: [String] = []
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The page about runs. (default: report.html in the run, or here for several)", valueName: "file"),
        completion: .file())
    var out: String?
    @Flag(help: "Write the assurance case.") var assurance = false
    @Flag(help: "List the templates, with their parameters.") var templates = false
    @ArgumentParser.Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "Make the case of this template; without it that of the run's algorithm, else any-1.",
            valueName: "name"))
    var template: String?
    @ArgumentParser.Option(
        name: .customLong("case"),
        help: ArgumentHelp("Judge a case of one's own, in JSON.", valueName: "file"), completion: .file())
    var own: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The largest mean cost of an episode that is acceptable; share of harm for grpo-1, of misses for filter-1.",
            valueName: "c"))
    var limit: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The largest chance of a wrong certificate that is acceptable.", valueName: "d"))
    var risk: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The largest share outside of the data's support; of what the proof leaves out for guard-1, of refusals for grpo-1 and filter-1.",
            valueName: "s"))
    var share: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Rows that calibration needs at least; steps behind rules for guard-1.", valueName: "n"))
    var rows: String?
    @ArgumentParser.Option(help: ArgumentHelp("The largest signed miscalibration.", valueName: "g"))
    var gap: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("A second training, whose checkpoint must be the same.", valueName: "run"),
        completion: .directory)
    var again: String?
    @ArgumentParser.Option(
        name: .customLong("valid"),
        help: ArgumentHelp("Days until the evidence is out of date. (default: 365)", valueName: "days"),
        transform: { try CountRange.whole($0) })
    var days: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp("Also write the case as YAML for the tool gsn2x.", valueName: "file"),
        completion: .file())
    var gsn2x: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Sign the case by this private key, in PEM.", valueName: "key"),
        completion: .file())
    var sign: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Derive a case anew from RUN/assurance and the run's files, and compare.", valueName: "dir"),
        completion: .directory)
    var check: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("With --check: the public key that must have signed, in PEM.", valueName: "public")
    )
    var key: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Write a dossier: \(Dossier.shipped.map(\.name).joined(separator: ", ")).", valueName: "name"),
        transform: Self.named)
    var dossier: Dossier?
    @Flag(help: "Print assurance.json.") var json = false

    private static func named(_ name: String) throws -> Dossier {
        guard let found = Dossier.named(name) else {
            throw ValidationError(
                UnknownName(name, isNone: "dossier", of: Dossier.shipped.map(\.name)).reason)
        }
        return found
    }

    private var parameters: [(name: String, text: String)] {
        [("limit", limit), ("risk", risk), ("share", share), ("rows", rows), ("gap", gap)]
            .compactMap { name, text in text.map { (name, $0) } }
    }

    /// Options that mean something where a case is made, and nothing elsewhere.
    private var making: [String] {
        var names = parameters.map(\.name)
        for (name, value) in [
            ("from", template), ("case", own), ("again", again), ("sign", sign), ("gsn2x", gsn2x),
        ]
        where value != nil { names.append(name) }
        return days == nil ? names : names + ["valid"]
    }

    func validate() throws {
        let ways = [templates, check != nil, assurance, dossier != nil].count { $0 }
        guard ways == 1 || (ways == 0 && !directories.isEmpty) else {
            throw ValidationError("one of RUN…, RUN --assurance, --check DIR and --templates is needed.")
        }
        if assurance || dossier != nil, directories.count != 1 {
            throw ValidationError("--\(assurance ? "assurance" : "dossier") needs one RUN.")
        }
        if !assurance, dossier == nil, ways == 1, !directories.isEmpty {
            throw ValidationError("RUN has no effect with --\(templates ? "templates" : "check").")
        }
        if ways == 1, out != nil {
            throw ValidationError("--out has no effect with --assurance, --dossier, --check and --templates.")
        }
        if ways == 0, json { throw ValidationError("--json needs --assurance or --check.") }
        if !assurance, let name = making.first {
            throw ValidationError("--\(name) has no effect without --assurance.")
        }
        if key != nil, check == nil { throw ValidationError("--key has no effect without --check.") }
        if json, dossier != nil { throw ValidationError("--json has no effect with --dossier.") }
        if json, templates { throw ValidationError("--json has no effect with --templates.") }
        try CountRange.check("valid", days, in: 1...36_500)
        for (name, text) in parameters {
            guard let value = Rational(text), !value.isNegative,
                (try? JSONValue(parsing: Array(text.utf8)))?.number != nil
            else {
                throw ValidationError("--\(name) \(text): must be a number, at least 0, such as 0.05.")
            }
        }
        if own != nil, let name = making.first(where: { !["case", "sign", "gsn2x"].contains($0) }) {
            throw ValidationError("--\(name) has no effect with --case.")
        }
        try validateTemplate()
    }

    private func validateTemplate() throws {
        guard let template else { return }
        let names = CaseTemplate.shipped.map(\.name)
        guard let known = CaseTemplate.named(template) else {
            throw ValidationError(
                "--from \(template): unknown template. \(suggestion(for: template, among: names, called: "templates"))"
            )
        }
        do { try AssuranceWork.checkParameters(parameters.map(\.name), of: known) } catch {
            throw ValidationError(error.description)
        }
    }

    func run() throws {
        if templates { return try Output.write(AssuranceWork.templates) }
        if let check {
            return try AssuranceCheck(folder: check, key: key, printsJSON: json).run()
        }
        if let dossier { return try DossierWork(directory: directories[0], dossier: dossier).run() }
        guard assurance else {
            return try RunReportWork(directories: directories, out: out, registry: Session.registry).run()
        }
        try AssuranceWork(
            directory: directories[0], template: template, own: own, parameters: parameters, again: again,
            days: days ?? 365, key: sign, gsn2x: gsn2x, printsJSON: json
        ).run()
    }
}
