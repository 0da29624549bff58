import Foundation
import SafeRL

/// Runs that exist already.
extension TrainWork {
    /// The configuration, in which a run that goes on still does what it did before some keys existed.
    func continuedDocument() throws -> RunDocument {
        guard resumes, let directory, RunDirectory.holdsRun(directory) else {
            return try group == nil ? document : document.assuming(["parallel.shards=8"])
        }
        let before = try RunDirectory.inspect(directory).resolvedConfiguration()
        let stored = try? JSONValue(parsing: Array(before.utf8))
        var said = ConfigurationFingerprint.unsaid(in: before)
        // What mpirun stood for when the run began.
        if let shards = stored?["parallel"]?["shards"]?.number?.int, shards > 0 {
            said.append("parallel.shards=\(shards)")
        }
        // Who leaves the list out when the run goes on does not mean any file.
        if let list = stored?["data"]?["allow"]?.string, !list.isEmpty {
            said.append("data.allow=\(JSONValue.text(list).compact)")
        }
        return try document.assuming(said)
    }

    /// The run to continue, opened for reading; nothing for a new one.
    func earlierRun(_ resolved: ResolvedRun<some Defaulted>) throws -> RunDirectory? {
        guard let directory else { return nil }
        guard RunDirectory.holdsRun(directory) else { return nil }
        if !resumes { throw RunError.existingRun(path: directory) }
        return try RunDirectory.inspect(directory)
    }

    /// Whether nothing is left to do; what was lost between the last update and the pictures is done here.
    func isComplete<A: Algorithm>(
        _ type: A.Type, _ earlier: RunDirectory, _ resolved: ResolvedRun<A.Configuration>
    ) throws -> Bool {
        guard earlier.manifest.finished else { return false }
        // A report that was lost needs the algorithm with its data.
        if A.concludes, !ReportFiles.areWritten(in: earlier) { return false }
        let verdict = RunVerdict(earlier)
        if A.testsItself, !verdict.isWritten { return false }
        let improvement = RunVerdict(earlier, .improvement)
        let testsImprovement = A.improvementObstacle(resolved.options) == nil
        if testsImprovement && !improvement.isWritten { return false }
        let description = try RunDescription(
            of: A.self, resolved, on: earlier.manifest.data, subject: "")
        // More updates, or files whose content has to be looked at first.
        if earlier.isChanged(by: description) { return false }
        let run = try RunDirectory.resume(earlier.path, description)
        // Where the newest checkpoint is damaged, the updates since the last sound one are taken again.
        let checkpoint = try run.finalCheckpoint(warn: FileHandle.warn)
        guard let checkpoint else { return false }
        let evaluation = FinalEvaluation<A>(resolved, in: registry, isQuiet: isQuiet)
        try say("\(run.path): finished after \(run.manifest.step) updates; there is nothing left to train.")
        if !evaluation.isWritten(in: run) || run.manifest.step != earlier.manifest.step {
            try MatrixLibraryMemory.check()
            try evaluation.write({ try A.policy(resolved.options, from: checkpoint) }, run)
        }
        HistogramRecorder.complete(run, resolved.run.schedule)
        EventRecorder.complete(run)
        if verdict.isWritten, try verdict.isNoSolutionFound() {
            try Output.refuse("no solution found: see \(run.path)/report.md", isQuiet: isQuiet)
        }
        if requiresImprovement, try improvement.isNoSolutionFound() {
            try Output.refuse(
                "not shown to be better than what it learned from: see \(run.path)/report.md",
                isQuiet: isQuiet)
        }
        return true
    }
}
