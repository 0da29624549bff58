import Foundation

/// Everything needed to trust and repeat a run, in one directory.
///
/// ```
/// config.json            the configuration as given
/// config.resolved.json   every key with its value
/// manifest.json          versions, seed, data, matrix library, wall time; see `RunManifest`
/// metrics.jsonl          means of the metrics; equal runs write equal bytes
/// timing.jsonl           wall-clock times
/// checkpoints/           see `CheckpointWriter`
/// evaluation/            what evaluation wrote
/// ```
///
/// `create` and `resume` hold the directory's lock until the value is released; `inspect` only reads.
public final class RunDirectory {
    /// The directory.
    public let path: String
    /// What the run was started with.
    public internal(set) var manifest: RunManifest
    /// One line for each thing that the user should know, such as another processor than at the start.
    public private(set) var warnings: [String] = []
    let operations: any FileOperations
    private let lock: FileLock?

    private init(_ path: String, _ manifest: RunManifest, _ lock: FileLock?, _ operations: any FileOperations)
    {
        (self.path, self.manifest, self.lock, self.operations) = (path, manifest, lock, operations)
    }

    /// The configuration as given.
    public var configurationPath: String { path + "/config.json" }
    /// The resolved configuration.
    public var resolvedConfigurationPath: String { path + "/config.resolved.json" }
    /// What the run was started with.
    public var manifestPath: String { path + "/manifest.json" }
    /// Means of the metrics.
    public var metricsPath: String { path + "/metrics.jsonl" }
    /// Wall-clock times.
    public var timingPath: String { path + "/timing.jsonl" }
    /// Where checkpoints lie.
    public var checkpointsPath: String { path + "/checkpoints" }
    /// Where evaluation writes.
    public var evaluationPath: String { path + "/evaluation" }

    var isLocked: Bool { lock != nil }
    var checkpoints: CheckpointStore { CheckpointStore(checkpointsPath, operations: operations) }
    var identity: CheckpointIdentity {
        CheckpointIdentity(
            configuration: manifest.configuration, data: manifest.data.sha256, earlier: manifest.earlier ?? []
        )
    }

    /// Whether a directory holds a run.
    public static func holdsRun(_ path: String) -> Bool {
        fileKind(path + "/manifest.json", following: true) == .file
    }

    // MARK: Making and opening

    /// Makes the directory of a new run.
    ///
    /// - Parameters:
    ///   - path: missing, an empty directory, or what a process left that was killed while it made one; nil makes `<folder>/<algorithm>-<subject>-<n>` with the next free n.
    ///   - folder: where directories without a given path are made.
    ///   - description: what the run is.
    /// - Returns: the run, locked for this process.
    /// - Throws: `RunError` or `StorageError`; what was made is removed again.
    public static func create(
        at path: String?, under folder: String = "Checkpoints", _ description: RunDescription
    ) throws -> RunDirectory {
        try create(at: path, under: folder, description, operations: SystemFiles())
    }

    /// The same with a seam for tests.
    package static func create(
        at path: String?, under folder: String = "Checkpoints", _ description: RunDescription,
        operations: any FileOperations
    ) throws -> RunDirectory {
        let made: [String]
        let place: String
        if let path {
            place = withoutTrailingSlash(path)
            try refuseOccupied(place)
            made = try operations.makeDirectories(place)
        } else {
            let above = try operations.makeDirectories(folder)
            place = try makeNumbered(
                under: folder, "\(description.algorithm)-\(description.subject)", operations)
            made = above + [place]
        }
        do {
            let lock = try locked(place)
            // Another process may have filled it between the first look and the lock.
            try refuseOccupied(place)
            let run = RunDirectory(place, RunManifest(description), lock, operations)
            do { try run.fill(description) } catch {
                run.empty()
                throw error
            }
            return run
        } catch {
            // Only what is empty and was made here goes; the directory of another process is neither.
            for directory in made.reversed() { try? operations.removeDirectory(directory) }
            throw error
        }
    }

    /// Opens a run to continue it.
    ///
    /// - Parameters:
    ///   - path: a run directory.
    ///   - description: what the run is now; compared with what it was started with.
    /// - Returns: the run, locked for this process; see its `warnings`.
    /// - Throws: `RunError.noRun`, `.newerFormat`, `.inUse`, `.otherConfiguration` with every difference, or `.otherData`.
    public static func resume(_ path: String, _ description: RunDescription) throws -> RunDirectory {
        try resume(path, description, operations: SystemFiles())
    }

    /// The same with a seam for tests.
    package static func resume(
        _ path: String, _ description: RunDescription, operations: any FileOperations
    ) throws -> RunDirectory {
        let place = withoutTrailingSlash(path)
        guard holdsRun(place) else { throw RunError.noRun(path: place) }
        let lock = try locked(place)
        let run = RunDirectory(place, try readManifest(place), lock, operations)
        try run.compare(with: description)
        return run
    }

    /// Opens a run for reading, whether or not a process trains there.
    ///
    /// - Throws: `RunError.noRun`, `.newerFormat` or `.unreadable`.
    public static func inspect(_ path: String) throws -> RunDirectory {
        let place = withoutTrailingSlash(path)
        guard holdsRun(place) else { throw RunError.noRun(path: place) }
        return RunDirectory(place, try readManifest(place), nil, SystemFiles())
    }

    /// The right to write into a run directory.
    ///
    /// - Throws: `RunError.inUse` with the holder's process, or `StorageError`.
    private static func locked(_ directory: String) throws -> FileLock {
        do {
            let lock = try FileLock(directory + "/.lock", .refusing)
            lock.sign()
            return lock
        } catch let other as FileLock.Held {
            throw RunError.inUse(path: directory, process: other.process)
        }
    }

    // MARK: Reading

    /// The newest checkpoint that verifies.
    ///
    /// - Parameter warn: receives one line for each damaged checkpoint that is skipped.
    /// - Returns: the checkpoint, opened.
    /// - Throws: `CheckpointError`, also when none verifies.
    public func newestCheckpoint(warn: (String) -> Void = { _ in }) throws -> CheckpointReader {
        try checkpoints.newest(matching: identity, warn: warn)
    }

    /// The checkpoint of one step.
    ///
    /// - Throws: `CheckpointError`, with the steps there are where it is none of them; `StorageError`.
    public func checkpoint(_ step: Int) throws -> CheckpointReader {
        try checkpoints.checkpoint(of: step, matching: identity)
    }

    /// The run and the step of a checkpoint's folder, `RUN/checkpoints/step-000001000`.
    ///
    /// - Returns: nothing for a path that is no checkpoint of a run.
    public static func checkpointFolder(_ path: String) -> (run: String, step: Int)? {
        let place = withoutTrailingSlash(path)
        guard fileKind(place + "/state.safetensors", following: true) == .file else { return nil }
        // Names are taken from the absolute path, so that "." inside the folder is understood too.
        let parts = URL(fileURLWithPath: place).standardizedFileURL.pathComponents
        guard parts.count > 3, let name = parts.last, let step = CheckpointStore.step(ofName: name),
            parts[parts.count - 2] == "checkpoints"
        else { return nil }
        let suffix = "/checkpoints/\(name)"
        let run =
            place.hasSuffix(suffix) && place.count > suffix.count
            ? String(place.dropLast(suffix.count)) : place + "/../.."
        return holdsRun(run) ? (run, step) : nil
    }

    /// The text of `config.resolved.json`.
    ///
    /// - Throws: `StorageError`.
    public func resolvedConfiguration() throws -> String {
        String(decoding: try fileContents(resolvedConfigurationPath), as: UTF8.self)
    }

    private static func readManifest(_ place: String) throws -> RunManifest {
        let path = place + "/manifest.json"
        let bytes = try fileContents(path, limit: 10_000_000)
        let data = Foundation.Data(bytes)
        let format = (try? JSONDecoder().decode(Versioned.self, from: data).format) ?? 0
        if 1...RunManifest.currentFormat ~= format,
            let manifest = try? JSONDecoder().decode(RunManifest.self, from: data)
        {
            return manifest
        }
        if fileKind(place + "/state.safetensors", following: true) == .file {
            throw RunError.checkpoint(path: place)
        }
        if format > RunManifest.currentFormat {
            throw RunError.newerFormat(path: path, found: format, supported: RunManifest.currentFormat)
        }
        throw RunError.unreadable(path: path, reason: "not the manifest of a run")
    }

    /// The part of a manifest that every version has, whatever else a later one lacks.
    private struct Versioned: Decodable {
        let format: Int
    }

    /// Takes over what may change and notes what the user should know.
    private func compare(with description: RunDescription) throws {
        try adopt(description)
        if description.blas != manifest.blas {
            let (now, then) = (description.blas, manifest.blas)
            warnings.append(
                "\(path): started with the \(then.kernel) kernel and \(then.threads) threads, continued with \(now.kernel) "
                    + "and \(now.threads): the last bits may differ from those of an uninterrupted run.")
        }
        if let then = manifest.mathematics, then != description.mathematics {
            let now = description.mathematics
            warnings.append(
                "\(path): started with \(then.name), continued with \(now.name), whose mathematical functions "
                    + (then.values == now.values ? "agree where they were tried" : "round differently")
                    + ": the last bits may differ from those of an uninterrupted run.")
        }
    }

    // MARK: Writing

    /// Writes `manifest.json` anew.
    func writeManifest() throws {
        try operations.replaceFile(
            manifestPath, with: Array(try JSONEncoder.indented.encode(manifest)) + [0x0A])
    }

    private func fill(_ description: RunDescription) throws {
        try operations.makeDirectories(checkpointsPath)
        try operations.makeDirectories(evaluationPath)
        try operations.replaceFile(configurationPath, with: description.givenConfiguration)
        try operations.replaceFile(
            resolvedConfigurationPath, with: Array(description.resolvedConfiguration.utf8))
        // Last: a directory is a run from here on.
        try writeManifest()
        try operations.synchronizeDirectory(parent(of: path))
    }

    /// Takes back what `fill` made.
    private func empty() {
        for name in [".lock", "config.json", "config.resolved.json", "manifest.json"] {
            try? operations.removeTree(path + "/" + name)
            try? operations.removeTree(path + "/" + name + ".partial")
        }
        for directory in [checkpointsPath, evaluationPath] { try? operations.removeTree(directory) }
    }

    private static func refuseOccupied(_ path: String) throws {
        switch fileKind(path, following: true) {
        case nil: return
        case .directory?: break
        default: throw RunError.notADirectory(path: path)
        }
        if holdsRun(path) { throw RunError.existingRun(path: path) }
        let names = try directoryContents(path)
        if let name = names.first(where: { $0 != ".lock" }), !isHalfMade(path, names) {
            throw RunError.notEmpty(path: path, example: name)
        }
    }

    /// Whether a directory holds no more than what `fill` writes before the manifest, in its order: what is left of a
    /// process that was killed there.
    private static func isHalfMade(_ path: String, _ names: [String]) -> Bool {
        let folders = ["checkpoints", "evaluation"].filter(names.contains)
        let files = names.filter { $0 != ".lock" && !folders.contains($0) }
        let known = ["config.json", "config.resolved.json", "manifest.json.partial"]
        return names.contains(".lock") && (files.isEmpty || folders.count == 2)
            && files.allSatisfy {
                (known.contains($0) || known.contains($0.replacing(".partial", with: "")))
                    && fileKind(path + "/" + $0) == .file
            }
            && folders.allSatisfy { (try? directoryContents(path + "/" + $0))?.isEmpty ?? false }
    }

    private static func makeNumbered(
        under folder: String, _ name: String, _ operations: any FileOperations
    ) throws -> String {
        // Larger numbers are somebody else's: the next one must exist.
        let taken = try directoryContents(folder).compactMap { entry in
            entry.hasPrefix(name + "-") ? Int(entry.dropFirst(name.count + 1)) : nil
        }.filter { $0 < 1_000_000_000 }
        var number = (taken.max() ?? 0) + 1
        while true {
            let path = "\(folder)/\(name)-\(number)"
            do throws(SystemFault) {
                try operations.makeDirectory(path)
                return path
            } catch {
                // Another process took the number.
                guard error == SystemFault(EEXIST) else {
                    throw StorageError(path, "create the directory", error)
                }
                number += 1
            }
        }
    }

    /// A path as its parts are put behind it: without slashes at its end, but for the root.
    package static func withoutTrailingSlash(_ path: String) -> String {
        var place = path
        while place.count > 1 && place.hasSuffix("/") { place.removeLast() }
        return place
    }
}
