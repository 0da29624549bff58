import Foundation

/// Another program, run to its end.
package struct ProgramRun: Sendable {
    /// Its exit code; 127 where there is no such program.
    package let status: Int32
    /// What it wrote to standard output.
    package let output: [UInt8]
    /// What it wrote to standard error.
    package let errors: String

    /// Runs a program with arguments; nothing is passed to its standard input.
    package init(_ command: [String]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let output = Pipe()
        // Standard error goes to a file: two pipes read one after the other could block the program.
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saferl-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: errors) }
        let isThere = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.standardOutput = output
        process.standardError =
            isThere ? FileHandle(forWritingAtPath: errors.path) : FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch {
            (status, self.output, self.errors) = (127, [], "\(error)")
            return
        }
        self.output = Array(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        status = process.terminationStatus
        self.errors = String(
            decoding: FileManager.default.contents(atPath: errors.path) ?? Data(), as: UTF8.self)
    }

    /// Its last words: the last line that begins with `ERROR`, as pip's decisive one does, else the last one.
    package var reason: String {
        let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
        var line = lines.last { $0.hasPrefix("ERROR") } ?? lines.last ?? "it ended with status \(status)"
        while line.hasSuffix(".") { line.removeLast() }
        return line
    }
}
