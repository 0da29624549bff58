import Assurance
import Foundation

/// The verdict of a test on fresh episodes, with what was tested.
public struct Certificate: Codable, Sendable, Equatable {
    /// The figures, and what they rest on.
    public let report: SafetyReport
    /// The checkpoint's folder.
    public let checkpoint: String
    /// Updates that the policy has learned from.
    public let step: Int
    /// What an episode counts.
    public let counted: TestedCost
    /// Who says how large an episode's cost can be; nothing where the bound does not need to know.
    public let range: String?
    /// What was trained, by hash; without hashes in certificates of earlier versions.
    public let subject: ClaimSubject
    /// SHA-256 of the lines of the episodes; nothing in certificates of earlier versions, and where none was run.
    public internal(set) var episodes: String?
    /// Looks at the same policy before this one.
    public internal(set) var earlierTests = 0
    /// Where it was written; nothing where it was not.
    public internal(set) var file: String?

    private enum CodingKeys: String, CodingKey {
        case checkpoint, step, tested, mean, claim, counted
        case range = "cost_range"
        case episodes = "episodes_sha256"
        case earlierTests = "earlier_tests"
        case upperBound = "upper_bound"
    }

    init(_ report: SafetyReport, of policy: TrainedPolicy, counting counted: TestedCost, range: String?) {
        (self.report, checkpoint, step) = (report, policy.checkpoint.path, policy.checkpoint.step)
        (self.counted, self.range, subject) = (counted, range, policy.subject)
    }

    /// Reads a certificate, also one of an earlier version.
    public init(from decoder: any Decoder) throws {
        report = try SafetyReport(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        checkpoint = try values.decode(String.self, forKey: .checkpoint)
        step = try values.decode(Int.self, forKey: .step)
        counted = try values.decode(TestedCost.self, forKey: .counted)
        range = try values.decodeIfPresent(String.self, forKey: .range)
        subject = try ClaimSubject(from: decoder)
        episodes = try values.decodeIfPresent(String.self, forKey: .episodes)
        earlierTests = try values.decode(Int.self, forKey: .earlierTests)
    }

    /// The report's members, null for a bound or mean that is none, and more.
    public func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(report.upperBound, forKey: .upperBound)
        try values.encode(report.mean, forKey: .mean)
        try values.encode(checkpoint, forKey: .checkpoint)
        try values.encode(step, forKey: .step)
        try values.encode(counted.words, forKey: .tested)
        try values.encode(counted, forKey: .counted)
        try values.encodeIfPresent(range, forKey: .range)
        try subject.encode(to: encoder)
        try values.encode(claim, forKey: .claim)
        try values.encodeIfPresent(episodes, forKey: .episodes)
        try values.encode(earlierTests, forKey: .earlierTests)
    }

    /// One JSON object, sealed, keys sorted before the seal, ended by a line feed.
    ///
    /// - Throws: never for the certificate of a test.
    public func json() throws -> String { Seal.sealing(try JSONEncoder.indented.text(of: self)) }

    /// What tells the test from every other look at the same policy.
    public var look: Look { Look(report, tested: counted.words, policy: report.origin.policy) }

    /// What may be relied on.
    public var claim: Claim { report.claim(that: counted.words, about: subject) }

    /// What earlier tests do to the error; nothing where there were none.
    public var repetition: String? {
        guard earlierTests > 0 else { return nil }
        return
            "\(earlierTests) earlier \(earlierTests == 1 ? "test" : "tests") of the same policy. Delta holds for one test; of "
            + "several, of which one that passes counts, the deltas add up."
    }

    private var rows: [(String, String)] {
        func number(_ value: Double) -> String { String(format: "%.4g", value) }
        let bound =
            report.upperBound.map { "\(number($0)), by the \(report.bound) bound" }
            ?? "none by the \(report.bound) bound: \(report.fault ?? "it is no number")"
        let mean = report.mean.map { "\(number($0)) ± \(number(report.deviation ?? 0))" } ?? "no number"
        let isEmpty = report.count == 0
        let settings = report.origin.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return [
            ("Verdict", report.summary), ("Tested", counted.words),
            ("Upper bound", isEmpty ? "not computed: no episode was run" : bound),
            ("Limit", number(report.limit)), ("Delta", number(report.delta)),
            (
                "Mean",
                isEmpty
                    ? "not measured"
                    : "\(mean) over \(report.count) fresh episodes, seed \(report.origin.seed ?? 0)"
            ),
            ("Assumes", report.assumptions + "; enough for \(report.validity.rawValue)"),
        ] + (range.map { [("Cost range", $0)] } ?? []) + report.cautions.map { ("Caution", $0) } + [
            ("Policy", "\(checkpoint), SHA-256 \(report.origin.policy)"),
            ("Acting", settings.joined(separator: ", ")),
        ]
    }

    /// The certificate as lines for a person.
    public var table: String { aligned(rows) + report.statement + "\n" }

    /// The certificate as a text in Markdown.
    public var markdown: String {
        let cells = rows.map { "| \($0.0) | \($0.1.replacing("|", with: "\\|")) |" }
        let repeated = repetition.map { "\nThere were \($0)\n" } ?? ""
        return """
            # \(report.isCertified ? report.summary : report.verdict): \(counted.words) in \(report.origin.name)

            | | |
            |---|---|
            \(cells.joined(separator: "\n"))

            \(report.statement)

            If the \(counted.words) is above the limit in truth, this test certifies the policy all the same with \
            probability delta at most, as far as what it assumes holds. It is one look at episodes that nothing else \
            has used.
            \(repeated)
            """
    }
}
