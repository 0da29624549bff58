import Foundation
import SafeRL
import Storage

/// Fetches the package icu-sepsis by pip and writes its parameters: what `saferl env setup icu-sepsis` does.
///
/// The package is checked against its SHA-256, read as an archive by a small script, and thrown away; what the script
/// wrote is checked too. Nothing is installed into the user's Python, and no patient is in the data: the package holds
/// an aggregated model (MIT licence).
public struct ICUSepsisKit: EnvironmentKit {
    /// `icu-sepsis`.
    public let name = "icu-sepsis"
    /// One line for the help.
    public let summary = "the parameters of ICU-Sepsis, from the package icu-sepsis 2.0.1, by pip"
    /// None.
    public var suites: [String] { [] }

    static let command = "saferl env setup icu-sepsis"
    static let version = "2.0.1"
    static let wheel = "icu_sepsis-2.0.1-py3-none-any.whl"
    static let digest = "7f55ff190f11b252593000814b6cd56ecf9b5de6fdca256e4966c0a0dc369466"
    static let licence = "LICENSE.txt"

    private let folder: String

    /// The kit that fills the folder which environments read from.
    public init() { self.init(folder: ICUSepsisFolder.path) }

    /// A kit elsewhere, for tests.
    package init(folder: String) { self.folder = folder }

    /// Fetches the parameters unless they are there.
    ///
    /// - Throws: `KitError`; nothing half-installed is taken for complete later.
    public func install(_ setup: KitSetup, say: (String) -> Void) throws {
        if isComplete {
            say("icu-sepsis: already set up in \(folder)")
            return
        }
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: work) }
        say("icu-sepsis: fetching icu-sepsis \(Self.version) with pip")
        let python = setup.python ?? "python3"
        try fetch(with: python, into: work)
        try write(with: python, into: work)
        try store(from: work)
        say("icu-sepsis: ready, in \(folder)")
    }

    private var isComplete: Bool {
        ICUSepsisTables.File.all.allSatisfy { (try? ICUSepsisTables.content(of: $0, in: folder)) != nil }
    }

    private func fetch(with python: String, into work: String) throws(KitError) {
        let pip = try findPip(python, work)
        let download = ProgramRun(
            pip + [
                "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
                "--only-binary", ":all:", "--dest", work, "icu-sepsis==\(Self.version)",
            ])
        guard download.status == 0 else {
            throw KitError(
                .inputOutput,
                "pip could not fetch icu-sepsis \(Self.version): \(download.reason). Give pip access to its packages, or "
                    + "name a folder with the parameters in \(ICUSepsisFolder.variable).")
        }
        guard let content = try? fileContents(work + "/" + Self.wheel) else {
            throw KitError(
                .inputOutput, "pip fetched another package than \(Self.wheel). Check where it fetches from.")
        }
        let digest = SHA256.hexadecimal(of: content)
        guard digest == Self.digest else {
            throw KitError(
                .inputOutput,
                "\(Self.wheel): its SHA-256 is \(digest), which is not the published one. Nothing of it was used; check "
                    + "where pip fetches packages from.")
        }
    }

    /// How pip is called: the interpreter's own, else that of a virtual environment made for this.
    private func findPip(_ python: String, _ work: String) throws(KitError) -> [String] {
        let version = ProgramRun([python, "--version"])
        guard version.status == 0 else {
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

    /// Lets the script read the package.
    private func write(with python: String, into work: String) throws {
        let script = work + "/icu_sepsis_parameters.py"
        try Data(PackageResources.icu_sepsis_parameters_py).write(to: URL(fileURLWithPath: script))
        let run = ProgramRun([python, script, work + "/" + Self.wheel, work])
        guard run.status == 0 else {
            throw KitError(
                .inputOutput,
                "\(Self.wheel): its parameters could not be read: \(run.reason). Use Python 3.7 or later.")
        }
    }

    /// Moves the files to their folder, checked; the licence goes with them.
    private func store(from work: String) throws {
        let files = SystemFiles()
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let licence = try fileContents(work + "/" + Self.licence)
            try files.replaceFile(folder + "/" + Self.licence, with: licence)
            for file in ICUSepsisTables.File.all {
                let content = try ICUSepsisTables.content(of: file, in: work)
                try files.replaceFile(folder + "/" + file.name + ".csv", with: content)
            }
        } catch let error as ICUSepsisError {
            throw KitError(.inputOutput, "the script wrote something else than expected: \(error)")
        } catch {
            throw KitError(.cannotCreate, "\(folder): cannot be written (\(error)). \(UserFolder.remedy)")
        }
    }

    private func temporaryFolder() throws(KitError) -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saferl-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw KitError(
                .cannotCreate,
                "\(folder.path): cannot be created. Name a folder that you may write to in TMPDIR.")
        }
        return folder.path
    }
}
