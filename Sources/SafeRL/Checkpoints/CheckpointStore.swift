import Storage

/// What a checkpoint must have been written with to be usable by a run.
package struct CheckpointIdentity: Equatable {
    /// SHA-256 of the configuration.
    package var configuration: String
    /// SHA-256 of the data.
    package var data: String
    /// SHA-256 of earlier configurations of the run, whose checkpoints it goes on from.
    package var earlier: [String]
    /// Names them.
    package init(configuration: String, data: String, earlier: [String] = []) {
        (self.configuration, self.data, self.earlier) = (configuration, data, earlier)
    }
}

/// The checkpoints of one run: `step-000001000/state.safetensors` and `manifest.json`, in one directory.
///
/// One process at a time writes here; the run directory's lock sees to it.
package struct CheckpointStore {
    /// Where the checkpoints lie.
    package let directory: String
    private let operations: any FileOperations

    /// Names the directory; it need not exist yet.
    package init(_ directory: String, operations: any FileOperations = SystemFiles()) {
        (self.directory, self.operations) = (directory, operations)
    }

    /// Where the checkpoint of a step lies.
    package func path(of step: Int) -> String {
        let digits = String(step)
        return "\(directory)/step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }

    /// The steps that have a directory, newest first, whether or not it verifies.
    ///
    /// - Throws: `StorageError`.
    package func steps() throws(StorageError) -> [Int] {
        guard fileKind(directory, following: true) != nil else { return [] }
        return try directoryContents(directory).compactMap(Self.step(ofName:)).sorted(by: >)
    }

    /// The step of a folder's name; nothing for one that is not named as checkpoints are.
    static func step(ofName name: String) -> Int? {
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0 else { return nil }
        return CheckpointStore("").path(of: step) == "/" + name ? step : nil
    }

    // MARK: Writing

    /// Writes a checkpoint and reads it back; when this returns, it is on the disk and verifies.
    ///
    /// - Throws: `StorageError` or `CheckpointError`; all earlier checkpoints are intact then.
    package func commit(
        _ writer: CheckpointWriter, step: Int, stage: String, _ identity: CheckpointIdentity
    ) throws {
        try operations.makeDirectories(directory)
        let partial = "\(directory)/.partial"
        try operations.removeTree(partial)
        let manifest: CheckpointManifest
        do {
            try operations.attempt(partial, "create the directory") { () throws(SystemFault) in
                try operations.makeDirectory(partial)
            }
            let digest = try writeState(writer, to: partial + "/state.safetensors")
            manifest = CheckpointManifest(
                step: step, stage: stage, configuration: identity.configuration, data: identity.data,
                state: digest)
            try operations.writeFile(partial + "/manifest.json") { try $0.write(manifest.fileContents) }
            try operations.synchronizeDirectory(partial)
            try moveAside(step)
            try operations.attempt(path(of: step), "put in place") { () throws(SystemFault) in
                try operations.rename(partial, to: path(of: step))
            }
        } catch {
            try? operations.removeTree(partial)
            throw error
        }
        try operations.synchronizeDirectory(directory)
        try readBack(path(of: step), manifest)
    }

    /// Compares what is on the disk with what was meant, without holding it in memory: a training run is at its largest
    /// here.
    private func readBack(_ path: String, _ manifest: CheckpointManifest) throws {
        let found = try fileDigest(path + "/state.safetensors")
        let text = try fileContents(path + "/manifest.json", limit: 100_000_000)
        guard found.bytes == manifest.stateBytes && found.sha256 == manifest.stateSHA256,
            text == manifest.fileContents
        else {
            _ = try VerifiedCheckpoint(path)  // names what is damaged
            throw CheckpointError.damaged(path: path, reason: "read back, it is not what was written")
        }
    }

    /// Deletes the oldest checkpoints until `keep` are left, not counting any newer than `step`.
    ///
    /// - Parameters:
    ///   - keep: at least 1.
    ///   - step: a checkpoint that was just committed; it and what is newer stay.
    /// - Throws: `StorageError`.
    package func retain(_ keep: Int, upTo step: Int) throws(StorageError) {
        precondition(keep >= 1, "at least one checkpoint must be kept")
        let older = try steps().filter { $0 < step }
        for old in older.dropFirst(keep - 1) { try discard(path(of: old)) }
    }

    /// Deletes what a process left that died while it deleted a checkpoint.
    ///
    /// - Throws: `StorageError`.
    package func removeLeftovers() throws(StorageError) { try operations.removeTree(discarded) }

    private var discarded: String { "\(directory)/.discarded" }

    private func writeState(_ writer: CheckpointWriter, to path: String) throws -> StateDigest {
        var digest = StateDigest()
        var whole = SHA256()
        let header = writer.header
        try operations.writeFile(path) { sink in
            whole.update(header)
            digest.bytes = header.count
            try sink.write(header)
            for tensor in writer.tensors {
                let bytes = tensor.values
                try sink.write(bytes)
                whole.update(bytes)
                digest.bytes += bytes.count
                digest.tensors[tensor.name] = SHA256.hexadecimal(of: bytes)
            }
        }
        digest.sha256 = whole.hexadecimal()
        return digest
    }

    /// A checkpoint of the same step is one that was skipped as damaged: it makes room.
    private func moveAside(_ step: Int) throws {
        guard fileKind(path(of: step)) != nil else { return }
        try discard(path(of: step))
    }

    /// Renames before deleting, so that a half-deleted directory is never taken for a checkpoint.
    private func discard(_ path: String) throws(StorageError) {
        try operations.removeTree(discarded)
        try operations.attempt(path, "remove") { () throws(SystemFault) in
            try operations.rename(path, to: discarded)
        }
        try operations.removeTree(discarded)
    }

    // MARK: Reading

    /// The newest checkpoint that verifies.
    ///
    /// - Parameters:
    ///   - identity: what the run has now; nil accepts any, for evaluation.
    ///   - warn: receives one line for each damaged checkpoint that is skipped.
    /// - Returns: the checkpoint, opened.
    /// - Throws: `CheckpointError.none` or `.noneVerifies`; `.newerFormat`, `.otherConfiguration` or `.otherData` at
    ///   once, because an older checkpoint would not be the right answer to these; likewise `StorageError` for a limit
    ///   that was reached.
    package func newest(matching identity: CheckpointIdentity?, warn: (String) -> Void) throws
        -> CheckpointReader
    {
        let listed = try steps()
        var newestFault: String?
        for step in listed {
            do {
                return CheckpointReader(try verified(path(of: step), matching: identity))
            } catch let error as CheckpointError {
                switch error {
                case .damaged, .missingManifest: break
                default: throw error
                }
                newestFault = newestFault ?? error.description
                warn("\(error.description) It is skipped.")
            } catch let error as StorageError where !error.isLimit {
                newestFault = newestFault ?? error.description
                warn("\(error.description) It is skipped.")
            }
        }
        // A training process may have deleted what was listed, but never before a newer one was there.
        if try steps() != listed { return try newest(matching: identity, warn: warn) }
        guard let newestFault else { throw CheckpointError.none(directory: directory) }
        throw CheckpointError.noneVerifies(directory: directory, newest: newestFault)
    }

    /// The checkpoint of one step, verified.
    ///
    /// - Throws: `CheckpointError`, also where there is none of that step; `StorageError`.
    func checkpoint(of step: Int, matching identity: CheckpointIdentity) throws -> CheckpointReader {
        let present = try steps()
        if present.isEmpty { throw CheckpointError.none(directory: directory) }
        guard present.contains(step) else {
            throw CheckpointError.noStep(step, directory: directory, present: present)
        }
        return CheckpointReader(try verified(path(of: step), matching: identity))
    }

    private func verified(_ path: String, matching identity: CheckpointIdentity?) throws -> VerifiedCheckpoint
    {
        let checkpoint = try VerifiedCheckpoint(path)
        let manifest = checkpoint.manifest
        guard self.path(of: manifest.step) == path else {
            throw CheckpointError.damaged(path: path, reason: "the directory holds step \(manifest.step)")
        }
        guard let identity else { return checkpoint }
        if !([identity.configuration] + identity.earlier).contains(manifest.configuration) {
            throw CheckpointError.otherConfiguration(path: path)
        }
        if manifest.data != identity.data {
            throw CheckpointError.otherData(path: path, stored: manifest.data, given: identity.data)
        }
        return checkpoint
    }
}
