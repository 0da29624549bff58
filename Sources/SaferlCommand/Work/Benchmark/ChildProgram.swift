import Foundation
import Glibc

/// A program in a process of its own, found by its name or path, without standard input.
struct ChildProgram {
    /// Program and words.
    let words: [String]

    /// How it ended: its status, and what it wrote.
    struct End {
        let status: Int32
        let output, errors: [UInt8]
    }

    /// Runs it to its end.
    ///
    /// What it writes goes to files, since a pipe stays open as long as anything that the program began has it.
    ///
    /// - Parameter stop: asked from time to time for a signal, of which the first is handed on.
    /// - Returns: how it ended.
    /// - Throws: what the system says where no process can be made.
    func run(untilTold stop: () -> Int32? = { nil }) throws -> End {
        let files = (0..<2).map { _ in
            FileManager.default.temporaryDirectory.appendingPathComponent("saferl-\(UUID().uuidString)")
        }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files[0].path) ?? FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: files[1].path) ?? FileHandle.nullDevice
        try process.run()
        var isTold = false
        while process.isRunning {
            if !isTold, let signal = stop() {
                kill(process.processIdentifier, signal)
                isTold = true
            }
            usleep(20_000)
        }
        let texts = files.map { Array(FileManager.default.contents(atPath: $0.path) ?? Data()) }
        return End(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    /// What keeps a process to its cores, and lets none outlive a parent that is killed: its run would stay locked.
    static func binding(to cores: [Int]) -> [String] {
        let parts = [
            ["/usr/bin/setpriv", "--pdeathsig", "TERM"],
            ["/usr/bin/taskset", "-c", cores.map { "\($0)" }.joined(separator: ",")],
        ]
        return parts.filter { FileManager.default.isExecutableFile(atPath: $0[0]) }.flatMap { $0 }
    }

    /// The path of this program.
    static var saferl: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
    }
}
