import Foundation
import Glibc
import SafeRL

/// A training run of a trial in a process of its own, which ends when this one does.
final class SweepChild: TrialProcess {
    private let process = Process()
    /// Where standard error goes.
    private let log: String

    /// Starts `saferl train`.
    ///
    /// - Throws: `PlacedFault` where no process can be made; `StorageError`.
    init(_ words: [String], on cores: [Int], log: String) throws {
        self.log = log
        try SystemFiles().replaceFile(log, with: [])
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ChildProgram.binding(to: cores) + [ChildProgram.saferl] + words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: log) ?? FileHandle.nullDevice
        do { try process.run() } catch {
            throw PlacedFault(
                .inputOutput, at: "saferl train", "no process can be made: \(error). Try again.")
        }
    }

    var isRunning: Bool { process.isRunning }

    /// How it ended; 128 and the signal where one ended it.
    var status: Int32 {
        process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
    }

    /// The last line of standard error.
    var reason: String {
        let text = FileManager.default.contents(atPath: log) ?? Data()
        let line = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).last
        return line.map { oneLine(String($0)) } ?? "ended with status \(status)"
    }

    func send(_ signal: Int32) { if process.isRunning { kill(process.processIdentifier, signal) } }

    func wait() { process.waitUntilExit() }
}
