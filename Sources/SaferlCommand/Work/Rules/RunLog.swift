import Foundation
import Rules
import SafeRL
import Shields

/// What `saferl run` writes down: a trace for each episode, as rules read it, and the shield's decisions.
final class RunLog {
    private let folder: String
    private let rules: RuleFile
    private let decisions: LineLog
    private var trace: LineLog?

    /// Makes the folder and writes the first line of `guard.jsonl`.
    ///
    /// - Throws: `StorageError`; `FileIsThere` where another run has written there.
    init(in folder: String, _ head: ShieldFiles.Head, rules: RuleFile) throws {
        (self.folder, self.rules) = (folder, rules)
        let files = SystemFiles()
        try files.makeDirectories(folder)
        let path = folder + "/guard.jsonl"
        if fileKind(path, following: true) != nil { throw FileIsThere(path: path) }
        decisions = try LineLog(path, files)
        try decisions.append(try JSONEncoder.compact.text(of: head))
    }

    /// Begins the trace of an episode.
    ///
    /// - Throws: `StorageError`.
    func begin(_ episode: Int) throws {
        // Rules name what a trace has.
        guard !rules.rules.isEmpty else { return }
        trace = try LineLog("\(folder)/trace-\(episode).jsonl", SystemFiles())
    }

    /// Adds a decision.
    ///
    /// - Throws: `StorageError`.
    func append(_ entry: ShieldEntry) throws { try decisions.append(try JSONEncoder.compact.text(of: entry)) }

    /// Adds a step that was taken, with what followed as the next signals.
    ///
    /// - Throws: `StorageError`.
    func append(_ observation: [Float], _ action: [Float], _ next: [Float], isEnd: Bool) throws {
        var signals: [String: Double] = [:]
        for signal in rules.signals {
            let values =
                switch signal.source {
                case .observation: observation
                case .action: action
                case .next: next
                }
            signals[signal.name] = Double(values[signal.index])
        }
        let line = Line(signals: signals, end: isEnd ? true : nil)
        try trace?.append(try JSONEncoder.compact.text(of: line))
    }

    private struct Line: Encodable {
        let signals: [String: Double]
        let end: Bool?
    }
}
