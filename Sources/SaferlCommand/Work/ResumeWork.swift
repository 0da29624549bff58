import Foundation
import SafeRL

/// What `saferl resume` does.
struct ResumeWork {
    let directory: String
    let overrides: [String]
    /// Whether code that the run names may be run.
    let trustsEnvironment: Bool
    let isQuiet: Bool
    let registry: Registry
    /// Whether the run must be certified to return more than what it learned from.
    var requiresImprovement = false
    /// The processes that `mpirun` started; nil without it.
    var group: ProcessGroup?

    func run() throws {
        let run = try RunDirectory.inspect(directory)
        var work = TrainWork(
            document: try run.document(overriding: overrides), directory: run.path, resumes: true,
            isQuiet: isQuiet,
            registry: registry, requiresImprovement: requiresImprovement,
            trustsEnvironment: trustsEnvironment,
            namedHere: overrides.map { String($0.prefix { $0 != "=" }) },
            // A place that is named now is meant, whatever lies at the old one.
            earlierData: overrides.contains { $0.hasPrefix("data.file=") } ? nil : run.manifest.data.path)
        work.group = group
        try work.run()
    }
}

extension TrainWork {
    /// Refuses another name of the data file that tells another task: rewards would be scaled by its constants.
    ///
    /// - Throws: `ConfigurationError`.
    func checkTask(_ earlier: RunDirectory, _ resolved: ResolvedRun<some Defaulted>) throws {
        let data = resolved.run.data
        guard data.task == "auto", data.rewards == .task,
            let text = try earlier.startedValue(of: "data.file"),
            let first = try JSONValue(parsing: Array(text.utf8)).string
        else { return }
        let tasks = [first, data.file].map { DSRLTask.inferred(fromFileName: $0)?.id }
        guard tasks[0] != tasks[1] else { return }
        throw resolved.error(
            "data.file",
            "the run scales rewards by the task that the name \(oneLine(first)) tells. Give the file that name."
        )
    }
}

/// A run that goes on where a file of its data is no longer there.
struct MovedData: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .missingInput }

    /// One line.
    let description: String

    /// - Returns: nil where all files are there.
    init?(_ run: RunDirectory, _ resolved: ResolvedRun<some Defaulted>, among keys: [String]) {
        let values = resolved.resolvedJSON()
        for key in keys {
            let value = key.split(separator: ".").reduce(values as JSONValue?) { $0?[String($1)] }?.string
            guard let file = value, !file.isEmpty, !FileManager.default.fileExists(atPath: file) else {
                continue
            }
            description =
                "\(oneLine(file)): no such file, and \(run.path) learns from it. Where it has moved, name its new place: "
                + "saferl resume \(run.path) --set \(key)=PATH"
            return
        }
        return nil
    }
}

extension ResolvedRun {
    /// Warns of what was written in a way that a later version does not read.
    func sayRemarks() {
        for remark in remarks { FileHandle.warn(remark) }
    }
}

extension FileHandle {
    /// Warns on standard error.
    static func warn(_ text: String) {
        if !ProcessGroup.isFollower { standardError.offer("warning: \(text)\n") }
    }

    /// Writes what can be written: a closed terminal is no reason to stop.
    func offer(_ text: String) { try? write(contentsOf: Data(ProgramName.said(text).utf8)) }
}
