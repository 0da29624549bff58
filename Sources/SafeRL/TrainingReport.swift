import Assurance
import Foundation

/// What an algorithm itself has to say at the end of its training, beside how its policy does in an environment.
public struct TrainingReport: Codable, Sendable, Equatable {
    /// Lines that belong together.
    public struct Section: Codable, Sendable, Equatable {
        /// What the lines are about.
        public var title: String
        /// Lines in order.
        public var lines: [Line]

        /// Puts lines together.
        public init(_ title: String, _ lines: [Line]) { (self.title, self.lines) = (title, lines) }
    }

    /// One figure.
    public struct Line: Codable, Sendable, Equatable {
        /// What it is, for readers.
        public var label: String
        /// The key in `report.json`; unique within the report.
        public var key: String
        /// The figure; nothing for one that is only words.
        public var value: Double?
        /// The figure in words, with its unit and uncertainty.
        public var text: String

        /// Words a figure.
        public init(_ label: String, key: String, _ value: Double? = nil, _ text: String) {
            (self.label, self.key, self.value, self.text) = (label, key, value, text)
        }
    }

    /// In order.
    public var sections: [Section]
    /// What a reader must know to understand the figures, one sentence each.
    public var notes: [String]
    /// What follows for the policy, for the run's ledger; its subject is the run's newest checkpoint.
    public var claims: [Claim] = []

    private enum CodingKeys: String, CodingKey { case sections, notes }

    /// Puts a report together; the keys of all lines differ.
    public init(_ sections: [Section], notes: [String] = []) {
        let keys = sections.flatMap { $0.lines.map(\.key) }
        precondition(Set(keys).count == keys.count, "two figures of one key in \(keys)")
        (self.sections, self.notes) = (sections, notes)
    }

    /// Titles and aligned lines for a terminal.
    public var text: String {
        let width = sections.flatMap { $0.lines.map(\.label.count) }.max() ?? 0
        let blocks = sections.map { section in
            section.title + "\n"
                + section.lines.map { line in
                    "  " + line.label + String(repeating: " ", count: width - line.label.count + 2)
                        + line.text
                        + "\n"
                }.joined()
        }
        return blocks.joined() + notes.map { $0 + "\n" }.joined()
    }

    /// The same as a page of Markdown.
    public var markdown: String {
        let blocks = sections.map { section in
            "## \(section.title)\n\n| | |\n|---|---|\n"
                + section.lines.map { "| \($0.label) | \($0.text) |\n" }.joined()
        }
        return (blocks + notes.map { $0 + "\n" }).joined(separator: "\n")
    }

    /// An object with every figure under its key, its words under `text`, and the notes.
    public func json() throws -> String {
        let lines = sections.flatMap(\.lines)
        let members =
            lines.compactMap { line in line.value.map { (line.key, JSONValue.number($0)) } }
            + [
                ("text", .object(lines.map { ($0.key, .text($0.text)) })),
                ("notes", .list(notes.map(JSONValue.text))),
            ]
        return JSONValue.object(members).pretty
    }
}

/// What an algorithm has to say at the end of its training, which `saferl train` prints and keeps as `report.json` and
/// `report.md`.
public struct TrainingConclusion: Sendable {
    /// The figures.
    public var report: TrainingReport
    /// What the policy loses against the behaviour that was recorded, tested; nil where nothing was kept apart for that.
    public var improvement: SafetyVerdict?

    /// Puts it together.
    public init(_ report: TrainingReport, improvement: SafetyVerdict? = nil) {
        (self.report, self.improvement) = (report, improvement)
    }
}
