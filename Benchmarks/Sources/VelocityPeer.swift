import Foundation
import MuJoCoEnvironments
import SafeRL

/// The Python environment of a task in a child process, for comparison.
///
/// It is started with the task's name and the number of steps, reads the actions (float32, row-major) from its
/// standard input, and then for each line that it is sent takes all steps and answers with a line: seconds of
/// processor time.
struct VelocityPeer {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()

    init(_ command: [String], _ task: VelocityTask, _ actions: [Float]) throws(MuJoCoError) {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command + [task.rawValue, "\(actions.count / task.actionSize)"]
        (process.standardInput, process.standardOutput) = (requests, answers)
        do {
            try process.run()
        } catch { throw silent }
        try send(actions.withUnsafeBytes { Data($0) })
    }

    /// Takes all steps once: seconds of processor time.
    mutating func turn() throws(MuJoCoError) -> Double {
        try send(Data("go\n".utf8))
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let part = answers.fileHandleForReading.availableData
            guard !part.isEmpty else { throw silent }
            line += part
        }
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let seconds = Double(text), seconds > 0 else { throw silent }
        return seconds
    }

    /// Sends bytes; a peer that has died is silent.
    private func send(_ bytes: Data) throws(MuJoCoError) {
        do {
            try withoutBrokenPipeSignal { try requests.fileHandleForWriting.write(contentsOf: bytes) }
        } catch { throw silent }
    }

    func end() {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private var silent: MuJoCoError {
        .noPeer(command: (process.arguments ?? []).joined(separator: " "))
    }
}
