import Foundation
import SafeRL

/// What a driver and a job of SLURM say to each other by files in a trial's folder; each file has one writer.
struct TrialFiles {
    /// What a job is to do; written by the driver.
    struct Task: Codable, Equatable {
        var format = 1
        /// Counts the jobs of the trial, from 1 on.
        let attempt: Int
        /// Array and number; nothing before the job was handed over.
        let job: String?
        /// The run's directory.
        let run: String
        /// What `saferl` is called with.
        let words: [String]
        /// Where standard error goes.
        let log: String
    }

    /// How it ended; written by the job.
    struct End: Codable {
        var format = 1
        let attempt: Int
        let status: Int32
        let reason: String
    }

    private let folder: String

    init(_ folder: String) { self.folder = folder }

    /// The newest task; nothing where there is none that can be read.
    var task: Task? { read("task.json") }

    /// How an attempt ended; nothing where it has not.
    func end(of attempt: Int) -> End? {
        let end: End? = read("end.json")
        return end?.attempt == attempt ? end : nil
    }

    /// When the job last gave a sign of life.
    var heartbeat: Date? {
        let facts = try? FileManager.default.attributesOfItem(atPath: folder + "/heartbeat")
        return facts?[.modificationDate] as? Date
    }

    /// Writes what is to be done.
    ///
    /// - Throws: `StorageError`.
    func write(_ task: Task) throws {
        try SystemFiles().replaceFile(
            folder + "/task.json", with: Array(try JSONEncoder.indented.text(of: task).utf8))
    }

    /// Writes how it ended, whole or not at all.
    ///
    /// - Throws: `StorageError`.
    func write(_ end: End) throws {
        try SystemFiles().replaceFile(
            folder + "/end.json", with: Array(try JSONEncoder.indented.text(of: end).utf8))
    }

    /// Gives a sign of life.
    func beat() { try? SystemFiles().replaceFile(folder + "/heartbeat", with: []) }

    /// The sole use of the trial; nothing where another job has it.
    ///
    /// - Throws: `StorageError`.
    func lock() throws -> FileLock? {
        do { return try FileLock(folder + "/task.lock", .refusing) } catch is FileLock.Held { return nil }
    }

    private func read<Value: Decodable>(_ name: String) -> Value? {
        guard let bytes = try? fileContents(folder + "/" + name, limit: 10_000_000) else { return nil }
        return try? JSONDecoder().decode(Value.self, from: Data(bytes))
    }
}
