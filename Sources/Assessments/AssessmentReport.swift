import Pictures
import Reliability
import SafeRL

/// What an assessment found: as JSON, as Markdown, as a table, and in pictures.
package struct AssessmentReport {
    private let head: [(String, JSONValue)]
    private var members: [(String, JSONValue)] = []
    private var lines: [(name: String, text: String, standing: Standing?)] = []
    private var warnings: [String] = []
    private var unavailable: [(section: String, reason: String)] = []
    /// Pictures as SVG, by the names of their files.
    package private(set) var figures: [(file: String, svg: String)] = []
    private let progress: AssessmentProgress?

    /// What the figures mean taken together.
    package static let scope =
        "No certificate: these figures were looked at together and are not corrected for that."

    /// What was assessed.
    struct Subject {
        let policy: String
        let step: Int
        let algorithm: String
        /// Where episodes or answers are from.
        let place: String
        /// How many of them, and what they are.
        let count: Int
        let unit: String
    }

    private let unit: String

    init(_ subject: Subject, _ plan: AssessmentPlan, _ progress: AssessmentProgress? = nil) {
        self.progress = progress
        let half = subject.count / 2
        unit = subject.unit
        head = [
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("policy", .text(subject.policy)), ("step", .integer(subject.step)),
            ("algorithm", .text(subject.algorithm)), ("environment", .text(subject.place)),
            ("episodes", .integer(subject.count)), ("unit", .text(subject.unit)),
            ("seed", .integer(plan.seed)),
            ("halves", .list([.integer(half), .integer(subject.count - half)])),
            ("alpha", .figure(plan.alpha)), ("delta", .figure(plan.delta)), ("limit", .figure(plan.limit)),
            (
                "sections",
                .list(
                    AssessmentSection.allCases.filter(plan.sections.contains).map { .text($0.rawValue) })
            ),
            ("scope", .text(Self.scope)),
        ]
    }

    /// Does a section that is planned; why it cannot be done is said in its place.
    ///
    /// - Throws: what is no property of the run's figures, such as a failure of the environment.
    mutating func add(
        _ section: AssessmentSection, of plan: AssessmentPlan, _ say: (String) -> Void,
        _ body: () throws -> SectionResult
    ) throws {
        guard plan.sections.contains(section) else { return }
        if let stored = progress?.finished[section] {
            take(stored)
            return say("\(section.rawValue), as it was")
        }
        let stored = try Self.finish(section, body)
        try progress?.add(section, stored)
        take(stored)
        say(section.rawValue)
    }

    private static func finish(
        _ section: AssessmentSection, _ body: () throws -> SectionResult
    ) throws -> FinishedSection {
        let (key, file) = names(section)
        func missing(_ reason: String) -> FinishedSection {
            FinishedSection(
                members: .object([(key, .object([("fault", .text(reason))]))]),
                unavailable: [.init(section: section.rawValue, reason: reason)])
        }
        do {
            let result = try body()
            var kept = FinishedSection(
                members: .object(
                    section == .detection ? result.members : [(key, .object(result.members))]),
                unavailable: result.unavailable.map { .init(section: section.rawValue, reason: $0) })
            kept.lines = result.lines.map {
                .init(name: $0.name, text: $0.text, standing: $0.standing?.rawValue)
            }
            kept.warnings = result.warnings
            if let figure = result.figure, let file { kept.picture = .init(file: file, svg: figure.svg()) }
            return kept
        } catch let error as Unavailable {
            return missing(error.description)
        } catch let error as ReliabilityError {
            return missing(error.description)
        }
    }

    private mutating func take(_ section: FinishedSection) {
        members += (section.members.members ?? []).map { ($0.key, $0.value) }
        lines += section.lines.map { ($0.name, $0.text, $0.standing.flatMap(Standing.init)) }
        warnings += section.warnings
        unavailable += section.unavailable.map { ($0.section, $0.reason) }
        if let picture = section.picture { figures.append((picture.file, picture.svg)) }
    }

    /// Says something before all sections.
    mutating func begin(_ name: String, _ text: String) { lines.insert((name, text, nil), at: 0) }

    /// A member that is no section of its own.
    mutating func addMember(_ key: String, _ value: JSONValue) { members.append((key, value)) }

    /// The member of the report, and the file of the picture.
    private static func names(_ section: AssessmentSection) -> (key: String, file: String?) {
        switch section {
        case .calibration: ("calibration", "reliability.svg")
        case .coverage: ("risk_coverage", "risk-coverage.svg")
        case .conformal: ("conformal", "conformal.svg")
        case .feasibility: ("feasibility", nil)
        case .detection: ("detection", "detection.svg")
        case .overfitting: ("overfitting", nil)
        case .perturbation: ("robustness", "perturbation.svg")
        }
    }

    /// The report, keys in alphabetical order.
    package var json: JSONValue {
        let reasons = unavailable.map { section, reason in
            JSONValue.object([("section", .text(section)), ("reason", .text(reason))])
        }
        return JSONValue.object(
            head + members + [
                ("warnings", .list(warnings.map { .text($0) })), ("unavailable", .list(reasons)),
            ]
        ).sortingKeys()
    }

    /// A line a figure, for a person.
    package var table: String {
        var rows = lines.map { ($0.name, $0.text + ($0.standing.map { ", \($0.rawValue)" } ?? "")) }
        rows += unavailable.map { ("Not available", "\($0.section): \($0.reason)") }
        rows += warnings.map { ("Warning", $0) }
        return aligned(rows) + Self.scope + "\n"
    }

    /// The same as a page.
    package var markdown: String {
        func text(_ key: String) -> String {
            let value = head.first { $0.0 == key }?.1
            return value?.string ?? value?.compact ?? ""
        }
        func cell(_ text: String) -> String { oneLine(text).replacing("|", with: "\\|") }
        var page = "# Assessment\n\nPolicy `\(text("policy"))`, step \(text("step")), in "
        page += "`\(oneLine(text("environment")))`: \(text("episodes")) \(unit), seed \(text("seed")).\n\n"
        page += "**\(Self.scope)**\n\n| What | Figure | |\n|---|---|---|\n"
        for line in lines {
            page += "| \(cell(line.name.trimmed)) | \(cell(line.text)) | \(line.standing?.rawValue ?? "") |\n"
        }
        if !warnings.isEmpty {
            page += "\n## Warnings\n\n" + warnings.map { "- \(oneLine($0))\n" }.joined()
        }
        if !unavailable.isEmpty {
            page +=
                "\n## Not available\n\n"
                + unavailable.map { "- \($0.section): \(oneLine($0.reason))\n" }.joined()
        }
        if !figures.isEmpty {
            page +=
                "\n## Pictures\n\n" + figures.map { "![\($0.file)](\($0.file))\n" }.joined(separator: "\n")
        }
        return page
    }
}

extension String {
    /// Without blanks at the start.
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
