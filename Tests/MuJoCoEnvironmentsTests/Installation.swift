import Foundation
import MuJoCoEnvironments
import TestSupport

/// What of MuJoCo and its data these tests find; without it they are skipped, and say so once.
enum Installation {
    /// Library and models, where both are there.
    static let isComplete: Bool = {
        do throws(MuJoCoError) {
            _ = try MuJoCoFamily().inventory()
            return true
        } catch {
            print("skipping tests of native MuJoCo: \(error)")
            return false
        }
    }()

    /// The file of the library that was found.
    static let library: String? = {
        do throws(MuJoCoError) { return try MuJoCoLibrary().path } catch { return nil }
    }()

    /// The recorded rollouts, in the data folder of SAFERL_SHARED or of `shared` beside the package.
    static let rollouts: String? = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["SAFERL_SHARED"]
            ?? package.deletingLastPathComponent().appending(path: "shared").path
        let file = shared + "/data/dsrl/velocity_reference.json"
        if FileManager.default.fileExists(atPath: file) { return file }
        print("skipping recorded rollouts: \(file) does not exist; set SAFERL_SHARED")
        return nil
    }()

    /// A C compiler, to make libraries that are not MuJoCo.
    static let compiler: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let found = path.split(separator: ":").flatMap { ["\($0)/clang", "\($0)/cc"] }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil { print("skipping tests with false libraries: there is no C compiler on the PATH") }
        return found
    }()
}

/// A folder that goes with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appending(path: "saferl-mujoco-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    /// Writes a script that can be run, and returns its path.
    func script(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try writeScript(text, to: file)
        return file
    }

    /// Compiles C to a shared library and returns its path.
    func library(_ source: String, named name: String) throws -> String {
        let file = try write(source, to: name + ".c")
        let library = path + "/" + name + ".so"
        let process = Process()
        process.executableURL = URL(filePath: Installation.compiler ?? "/usr/bin/cc")
        process.arguments = ["-shared", "-fPIC", "-o", library, file]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return library
    }
}
