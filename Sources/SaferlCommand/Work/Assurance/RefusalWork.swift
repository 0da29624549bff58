import Algorithms
import Assessments
import AssuranceCases
import Foundation
import SafeRL

/// What `saferl audit availability` does with a run of score models.
struct RefusalWork {
    let directory: String
    let plan: AvailabilityPlan
    /// Options that were given and mean something for layers of states alone.
    let meaningless: [String]
    let out: String?
    let isJSON: Bool

    /// Audits the cost model of a checkpoint.
    ///
    /// - Parameters:
    ///   - type: the run's algorithm.
    ///   - resolved: its configuration.
    ///   - chosen: the checkpoint.
    ///   - conditions: on the report, each of which must be true.
    /// - Returns: whether the run has a cost model of texts, and was audited.
    /// - Throws: `OtherAnswers` where the data are no longer those of the run; `PlacedFault`; what opening them throws.
    func audit<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ chosen: ChosenCheckpoint,
        _ conditions: [EvidencePredicate]
    ) throws -> Bool {
        guard A.self == HCRLHF.self, resolved.run.environment.isEmpty else { return false }
        if let option = meaningless.first {
            throw PlacedFault(
                .usage, at: option, "is for layers of states, and \(A.name) has a cost model. Leave it out.")
        }
        try resolved.refuseShards()
        let run = chosen.run
        guard let (algorithm, checkpoint) = try chosen.fresh(type, resolved, in: nil, of: directory) else {
            return false
        }
        try algorithm.load(from: checkpoint)
        guard let scores = (algorithm as? HCRLHF)?.attackedScores() else {
            throw PlacedFault(
                .badData, at: oneLine(directory),
                "no cost model that can refuse: none has learned yet, or its sign means nothing. Train on pairs whose answers are "
                    + "labelled safe or unsafe.")
        }
        let attacked = AttackedRun(
            scores, identity: checkpoint.identity, step: checkpoint.step, algorithm: A.name,
            place: run.manifest.data.path)
        let folder = out ?? run.path + "/audit"
        let files = SystemFiles()
        // Before anything is trained that could not be written down.
        let made = try files.makeDirectories(folder)
        let report: RefusalReport
        do {
            report = try RefusalAudit(attacked, plan) { part in
                FileHandle.standardError.offer("audited: \(part)\n")
            }.report
        } catch {
            // Folders that hold something stay.
            for path in made.reversed() { rmdir(path) }
            throw error
        }
        try files.replaceFile(folder + "/report.md", with: Array(report.markdown.utf8))
        try files.replaceFile(folder + "/report.json", with: Array(report.json.pretty.utf8))
        try Output.write(
            isJSON
                ? report.json.pretty
                : "\(report.table)Policy  \(checkpoint.path)\nReport  \(folder)/report.json\n")
        try conditions.require(of: report.json, isQuiet: isJSON)
        if !report.isDefended { throw CommandStatus.noSolutionFound }
        return true
    }
}
