import Foundation
import SafeRL

/// A section as it stands in a report.
package struct FinishedSection: Codable, Sendable {
    /// A line for a person.
    struct Line: Codable {
        let name, text: String
        let standing: String?
    }

    /// What could not be said.
    struct Missing: Codable {
        let section, reason: String
    }

    /// A picture.
    struct Picture: Codable {
        let file, svg: String
    }

    private var text: String
    var lines: [Line] = []
    var warnings: [String] = []
    var unavailable: [Missing] = []
    var picture: Picture?

    /// Members of the report; numbers keep their text.
    var members: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .object([]) }

    init(members: JSONValue, unavailable: [Missing]) {
        (text, self.unavailable) = (members.compact, unavailable)
    }
}

/// What an assessment has finished, kept on the disk after each section, so that one that was killed goes on behind the last.
package final class AssessmentProgress {
    private struct Kept: Codable {
        var subject: String
        var sections: [String: FinishedSection]
    }

    private let path: String
    private var kept: Kept

    /// Reads what an assessment of the same subject has left.
    ///
    /// - Parameters:
    ///   - path: of the file; one that is about something else, or damaged, counts for nothing.
    ///   - subject: whatever the figures depend on: program, policy, plan, data, way of acting.
    package init(_ path: String, about subject: [String]) {
        self.path = path
        let name = SHA256.hexadecimal(of: subject.joined(separator: "\n").utf8)
        let bytes = (try? fileContents(path, limit: 1 << 26)) ?? []
        let found = try? JSONDecoder().decode(Kept.self, from: Data(bytes))
        kept = found.flatMap { $0.subject == name ? $0 : nil } ?? Kept(subject: name, sections: [:])
    }

    /// Sections that need not be done again.
    var finished: [AssessmentSection: FinishedSection] {
        Dictionary(
            uniqueKeysWithValues: kept.sections.compactMap { name, section in
                AssessmentSection(rawValue: name).map { ($0, section) }
            })
    }

    /// Keeps a section.
    ///
    /// - Throws: `StorageError`.
    func add(_ section: AssessmentSection, _ finished: FinishedSection) throws {
        kept.sections[section.rawValue] = finished
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try SystemFiles().replaceFile(path, with: Array(try encoder.encode(kept)))
    }

    /// Forgets everything, once the report is written.
    ///
    /// - Throws: `StorageError`.
    package func remove() throws {
        if fileKind(path) != nil { try SystemFiles().removeTree(path) }
    }
}
