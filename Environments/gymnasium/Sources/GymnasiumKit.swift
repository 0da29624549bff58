import Foundation
import SafeRL

/// The virtual environment with Gymnasium and the simulators: `saferl env setup gymnasium`.
///
/// It lies in `gymnasium` in the folder of `UserFolder`. A file for each suite holds the pinned requirements that were
/// installed; it is written last, so that a half-done installation, or one of an earlier saferl, is not taken for one.
public struct GymnasiumKit: EnvironmentKit {
    /// Its name on the command line.
    public let name = "gymnasium"
    /// One line for the help.
    public let summary = "a Python environment with Gymnasium and safety simulators"
    /// `bullet` and `safety-gymnasium`.
    public var suites: [String] { Self.suiteNames }

    static let suiteNames = ["bullet", "safety-gymnasium"]
    static let command = "saferl env setup gymnasium"
    /// The minor versions of Python 3 that the pinned packages have files for.
    static let supported = 10...11

    private let folder: String

    /// The kit in the user's folder.
    public init() { self.init(folder: UserFolder.path + "/gymnasium") }

    /// A kit elsewhere, for tests.
    package init(folder: String) { self.folder = folder }

    // MARK: What there is

    /// The interpreter that the user chose instead of the virtual environment.
    static var chosenPython: String? {
        ProcessInfo.processInfo.environment["SAFERL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
    }

    var python: String { folder + "/bin/python" }

    /// Whether a suite is installed as this saferl pins it.
    package func isInstalled(_ suite: String) -> Bool {
        guard FileManager.default.isExecutableFile(atPath: python),
            let stamp = try? fileContents(stamp(suite), limit: 1 << 20)
        else { return false }
        let (found, wanted) = (Self.versions(in: stamp), Self.versions(in: Self.requirements(suite)))
        return found.keys == wanted.keys && found.allSatisfy { $1.isSubset(of: wanted[$0] ?? []) }
    }

    /// The versions of each package in a list of requirements, of which Python's own version picks one.
    private static func versions(in list: [UInt8]) -> [String: Set<Substring>] {
        var versions: [String: Set<Substring>] = [:]
        for line in String(decoding: list, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            let pin = line.prefix { $0 != " " }.split(separator: "==", maxSplits: 1)
            guard pin.count == 2 else { continue }
            versions[String(pin[0]), default: []].insert(pin[1])
        }
        return versions
    }

    /// The interpreter for an environment: `SAFERL_PYTHON`, else the virtual environment, else for plain classes
    /// `python3`.
    ///
    /// - Throws: `WorkerError` with what to call where there is none.
    func interpreter(for task: WorkerName) throws(WorkerError) -> String {
        if let chosen = Self.chosenPython { return chosen }
        let hasAny = Self.suiteNames.contains(where: isInstalled)
        if task.source == .python { return hasAny ? python : "python3" }
        // Which suite an id of gymnasium needs is known only to the worker.
        if task.source == .gymnasium ? hasAny : isInstalled(task.suite) { return python }
        let isOld = FileManager.default.fileExists(atPath: stamp(task.suite))
        throw WorkerError(
            .notSetUp, task.name,
            "\(isOld ? "the packages here are those of another saferl" : "its Python packages are not installed"). "
                + WorkerError.remedy(task))
    }

    /// The ids that a source of environments knows, by its own Python.
    ///
    /// - Throws: `WorkerError` where it is not set up or does not answer.
    func names(of task: WorkerName) throws(WorkerError) -> [String] {
        let python = try interpreter(for: task)
        let source = String(decoding: PackageResources.saferl_environments_py, as: UTF8.self)
        let script =
            source + "\nfor name in known_names(\"\(task.source.rawValue)\"): print(\"id=\" + name)\n"
        let found = try? capture(python, ["-c", script])
        guard let found, found.status == 0 else {
            throw WorkerError(
                .notSetUp, task.name,
                "\(found.map { lastLine($0.output) } ?? "\(python): not found"). "
                    + WorkerError.remedy(task))
        }
        // Simulators print banners while they are imported.
        return found.output.split(separator: "\n").filter { $0.hasPrefix("id=") }.map {
            String($0.dropFirst(3))
        }
    }

    private func stamp(_ suite: String) -> String { folder + "/installed-\(suite).txt" }

    private static func requirements(_ suite: String) -> [UInt8] {
        suite == "bullet"
            ? PackageResources.requirements_bullet_txt : PackageResources.requirements_safety_gymnasium_txt
    }

    // MARK: Installing

    /// Makes the virtual environment and installs suites into it, both when none is named.
    ///
    /// - Throws: `KitError`.
    public func install(_ setup: KitSetup, say: (String) -> Void) throws {
        let base = setup.python ?? "python3"
        let version = try checkedVersion(of: base, isChosen: setup.python != nil)
        let wanted = setup.suites.isEmpty ? suites : setup.suites
        try makeEnvironment(base, version, say)
        for suite in wanted {
            if isInstalled(suite) {
                say("\(suite): already installed in \(folder)")
                continue
            }
            try install(suite, say)
        }
    }

    /// Finds out before anything is made that it will not work.
    private func checkedVersion(of base: String, isChosen: Bool) throws(KitError) -> String {
        let range = "3.\(Self.supported.lowerBound) to 3.\(Self.supported.upperBound)"
        let probe = "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3])"
        let found: (status: Int32, output: String)
        do { found = try capture(base, ["-I", "-c", probe]) } catch {
            throw KitError(
                .missingInput,
                "\(base): not found. Install Python \(range) (Debian: apt-get install python3 python3-venv)"
                    + (isChosen ? "." : ", or name one with --python."))
        }
        guard found.status == 0 else {
            let reason = found.output.split(separator: "\n").last.map { "\($0)" } ?? "no reason given"
            throw KitError(
                .missingInput,
                "\(base): cannot make virtual environments (\(reason)). Install its venv module "
                    + "(Debian: apt-get install python3-venv).")
        }
        let version = found.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3, parts[0] == 3, Self.supported.contains(parts[1]) else {
            throw KitError(
                .configuration,
                "\(base): it is Python \(version); the simulators' packages are made for \(range). "
                    + "Name another with --python.")
        }
        return version
    }

    private func makeEnvironment(_ base: String, _ version: String, _ say: (String) -> Void) throws {
        let probe = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
        let present = try? capture(python, ["-I", "-c", probe])
        let hasPip = (try? capture(python, ["-I", "-m", "pip", "--version"]))?.status == 0
        if let present, present.output.hasPrefix(version), hasPip { return }
        say("making a virtual environment of Python \(version) in \(folder)")
        for suite in suites { try? FileManager.default.removeItem(atPath: stamp(suite)) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch { throw KitError(.cannotCreate, "\(folder): cannot be created. \(UserFolder.remedy)") }
        let made = try capture(base, ["-I", "-m", "venv", "--clear", folder])
        guard made.status == 0 else {
            throw KitError(
                .inputOutput, "\(folder): no virtual environment could be made: \(lastLine(made.output))")
        }
    }

    private func install(_ suite: String, _ say: (String) -> Void) throws {
        let bytes = Self.requirements(suite)
        let files = SystemFiles()
        let list = folder + "/requirements-\(suite).txt"
        try files.replaceFile(list, with: bytes)
        let count = Self.versions(in: bytes).count
        say("\(suite): installing \(count) packages with pip; this may take some minutes")
        // Every package is pinned, also those that others ask for in versions that exclude each other.
        // A wheel whose hash is in the list, or nothing: a source package would run what it brings.
        let options = [
            "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-input",
            "--disable-pip-version-check", "--quiet",
        ]
        let pip = try capture(python, ["-I", "-m", "pip", "install"] + options + ["-r", list])
        guard pip.status == 0 else {
            throw KitError(
                .inputOutput,
                "\(suite): pip failed: \(lastLine(pip.output)). Check the network and call again; what was "
                    + "installed already is kept.")
        }
        // Installed means that it works.
        let example =
            suite == "bullet" ? "bullet:SafetyBallRun-v0" : "dsrl:OfflineSwimmerVelocityGymnasium-v1"
        let environment = try GymnasiumEnvironment(example, .init(), launch: WorkerLaunch(python: python))
        try files.replaceFile(stamp(suite), with: bytes)
        let versions = environment.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        say("\(suite): ready (\(versions.joined(separator: ", ")))")
    }

    private func lastLine(_ output: String) -> String {
        let lines = output.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        // An error of pip is followed by hints; the first line that says so tells more.
        return lines.last { $0.hasPrefix("ERROR") } ?? lines.last { !$0.isEmpty } ?? "without a message"
    }

    /// Runs a program to its end.
    private func capture(_ executable: String, _ arguments: [String]) throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [executable] + arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // What env answers where there is no such program.
        if process.terminationStatus == 127 { throw CocoaError(.fileNoSuchFile) }
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
