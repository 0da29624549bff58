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
    /// Pictures by the names of their files.
    package private(set) var figures: [(file: String, figure: ChartFigure)] = []

    /// What the figures mean taken together.
    package static let scope =
        "No certificate: these figures were looked at together and are not corrected for that."

    init(_ assessed: AssessedPolicy, _ plan: AssessmentPlan) {
        let half = plan.episodes / 2
        head = [
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("policy", .text(assessed.identity)), ("step", .integer(assessed.step)),
            ("algorithm", .text(assessed.algorithm)),
            ("environment", .text(assessed.judgement.environment.name)),
            ("episodes", .integer(plan.episodes)), ("seed", .integer(plan.seed)),
            ("halves", .list([.integer(half), .integer(plan.episodes - half)])),
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
        let (key, file) = Self.names(section)
        do {
            let result = try body()
            if section == .detection {
                members += result.members
            } else {
                members.append((key, .object(result.members)))
            }
            lines += result.lines
            warnings += result.warnings
            unavailable += result.unavailable.map { (section.rawValue, $0) }
            if let figure = result.figure, let file { figures.append((file, figure)) }
        } catch let error as Unavailable {
            miss(section, key, error.description)
        } catch let error as ReliabilityError {
            miss(section, key, error.description)
        }
        say(section.rawValue)
    }

    private mutating func miss(_ section: AssessmentSection, _ key: String, _ reason: String) {
        members.append((key, .object([("fault", .text(reason))])))
        unavailable.append((section.rawValue, reason))
    }

    /// The member of the report, and the file of the picture.
    private static func names(_ section: AssessmentSection) -> (key: String, file: String?) {
        switch section {
        case .calibration: ("calibration", "reliability.svg")
        case .coverage: ("risk_coverage", "risk-coverage.svg")
        case .conformal: ("conformal", "conformal.svg")
        case .feasibility: ("feasibility", nil)
        case .detection: ("detection", nil)
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
        page += "`\(oneLine(text("environment")))`: \(text("episodes")) episodes, seed \(text("seed")).\n\n"
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
