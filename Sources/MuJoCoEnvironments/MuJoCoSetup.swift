import Crypto
import Foundation

/// The package whose model files define the tasks.
enum GymnasiumPackage {
    static let version = "0.28.1"
    static let file = "gymnasium-0.28.1-py3-none-any.whl"
    static let digest = "7bc9a5bce1022f997d1dbc152fc91d1ac977bad9cc7794cdc25437010867cabf"
    /// Where the model files lie in it.
    static let models = "gymnasium/envs/mujoco/assets"
    /// Its licence (MIT), kept beside the models.
    static let license = "gymnasium-0.28.1.dist-info/LICENSE"
}

/// Fetches the model files of the velocity tasks: what `saferl env setup mujoco` does.
///
/// They are part of the Python package gymnasium, so `pip` fetches that, from wherever it is configured to fetch
/// packages. The package and each model file are checked against SHA-256; of an interrupted or failed run nothing is left.
public struct MuJoCoSetup: Sendable {
    /// The Python interpreter, 3.8 or later, with pip or venv.
    public let python: String
    /// Where the files go.
    public let places: MuJoCoPlaces

    /// Describes an installation.
    public init(python: String = "python3", places: MuJoCoPlaces = MuJoCoPlaces()) {
        (self.python, self.places) = (python, places)
    }

    /// Fetches and unpacks the model files, unless they are all there.
    ///
    /// - Parameter say: shows progress, one line a call; the last says what is still missing, if anything.
    /// - Throws: `MuJoCoError`.
    public func install(say: (String) -> Void) throws(MuJoCoError) {
        if areModelsThere {
            say("\(places.models): the model files are there.")
        } else {
            let work = try temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: work) }
            say("Fetching gymnasium \(GymnasiumPackage.version) for its model files (1 MB).")
            let package = try fetch(into: work)
            try unpack(package, in: work)
            try store(work + "/models")
            say("\(places.models): \(VelocityTask.allCases.count) model files.")
        }
        do throws(MuJoCoError) {
            let library = try MuJoCoLibrary(places)
            say("\(library.path): MuJoCo \(MuJoCoLibrary.version).")
        } catch { say("Still to do: \(error)") }
    }

    private var areModelsThere: Bool {
        VelocityTask.allCases.allSatisfy { task in
            do throws(MuJoCoError) {
                try VelocityModel.check(places.models + "/" + task.modelFile, digest: task.rules.digest)
                return true
            } catch { return false }
        }
    }

    /// The package's file, checked.
    private func fetch(into work: String) throws(MuJoCoError) -> String {
        let pip = try findPip(work)
        try run(
            pip + [
                "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
                "--only-binary", ":all:", "--dest", work, "gymnasium==\(GymnasiumPackage.version)",
            ], for: "pip could not fetch gymnasium \(GymnasiumPackage.version)")
        let package = work + "/" + GymnasiumPackage.file
        guard let content = FileManager.default.contents(atPath: package) else {
            throw .cannotFetch(reason: "pip fetched no \(GymnasiumPackage.file). Give pip access to it.")
        }
        let digest = hexadecimal(SHA256.hash(data: content))
        guard digest == GymnasiumPackage.digest else {
            throw .otherPackage(file: GymnasiumPackage.file, digest: digest)
        }
        return package
    }

    /// How pip is called: the interpreter's own, else that of a virtual environment made for this.
    private func findPip(_ work: String) throws(MuJoCoError) -> [String] {
        guard let version = try output([python, "--version"]) else {
            throw .cannotFetch(
                reason:
                    "\(python) does not run. Install Python 3 with pip (Debian: apt-get install python3-pip)."
            )
        }
        if try output([python, "-m", "pip", "--version"]) != nil { return [python, "-m", "pip"] }
        let folder = work + "/venv"
        guard try output([python, "-m", "venv", folder]) != nil else {
            throw .cannotFetch(
                reason:
                    "\(version) has neither pip nor venv. Install one (Debian: apt-get install python3-pip).")
        }
        return [folder + "/bin/python", "-m", "pip"]
    }

    /// Takes the models and the licence out of the package into `models` of the working folder, and checks them.
    private func unpack(_ package: String, in work: String) throws(MuJoCoError) {
        let (all, chosen) = (work + "/package", work + "/models")
        try run(
            [python, "-m", "zipfile", "-e", package, all],
            for: "\(GymnasiumPackage.file) could not be unpacked")
        let files = VelocityTask.allCases.map { ($0.modelFile, "\(GymnasiumPackage.models)/\($0.modelFile)") }
        do {
            try FileManager.default.createDirectory(atPath: chosen, withIntermediateDirectories: true)
            for (name, path) in files + [("LICENSE", GymnasiumPackage.license)] {
                try FileManager.default.copyItem(atPath: all + "/" + path, toPath: chosen + "/" + name)
            }
        } catch { throw .cannotStore(folder: chosen, reason: Self.reason(error)) }
        for task in VelocityTask.allCases {
            try VelocityModel.check(chosen + "/" + task.modelFile, digest: task.rules.digest)
        }
    }

    /// Copies checked files to their place, each complete or not at all.
    private func store(_ source: String) throws(MuJoCoError) {
        do {
            try FileManager.default.createDirectory(atPath: places.models, withIntermediateDirectories: true)
            for name in VelocityTask.allCases.map(\.modelFile) + ["LICENSE"] {
                let content = try Data(contentsOf: URL(fileURLWithPath: source + "/" + name))
                try content.write(to: URL(fileURLWithPath: places.models + "/" + name), options: .atomic)
            }
        } catch { throw .cannotStore(folder: places.models, reason: Self.reason(error)) }
    }

    private func temporaryFolder() throws(MuJoCoError) -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saferl-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch { throw .cannotStore(folder: folder.path, reason: Self.reason(error)) }
        return folder.path
    }
}

extension MuJoCoSetup {
    /// Runs a program; its last line of error output explains a failure.
    private func run(_ command: [String], for failure: String) throws(MuJoCoError) {
        let result = execute(command)
        guard result.status != 0 else { return }
        // pip ends with the general and explains before that; its own lines begin with the word ERROR.
        let lines = result.errors.split(whereSeparator: \.isNewline).map(String.init)
        let line =
            lines.last { $0.hasPrefix("ERROR") } ?? lines.last ?? "it ended with status \(result.status)"
        throw .cannotFetch(
            reason:
                "\(failure): \(line). Without a network, copy the five files from a machine that has gymnasium "
                + "\(GymnasiumPackage.version) and name their folder in \(MuJoCoPlaces.modelsVariable).")
    }

    /// What a program printed, on one line; nothing where it cannot be run or failed.
    private func output(_ command: [String]) throws(MuJoCoError) -> String? {
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

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let underlying, underlying.domain == NSPOSIXErrorDomain else {
            return (error as NSError).localizedDescription
        }
        return String(cString: strerror(Int32(underlying.code)))
    }
}
