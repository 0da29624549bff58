import Foundation
import SafeRL
import Safety

/// The verdict of `saferl certify`, with what was tested.
struct Certificate: Encodable {
    /// What each episode counts.
    enum Subject: String, Encodable {
        case cost = "mean cost of an episode"
        case violations = "probability that an episode has a violation"
    }

    let report: SafetyReport
    let checkpoint: String
    let step: Int
    let subject: Subject
    /// Certificates of the same policy that were in the folder before.
    let earlierTests: Int

    private enum CodingKeys: String, CodingKey {
        case checkpoint, step
        case subject = "tested"
        case earlierTests = "earlier_tests"
    }

    /// The report's members and four more.
    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(checkpoint, forKey: .checkpoint)
        try values.encode(step, forKey: .step)
        try values.encode(subject, forKey: .subject)
        try values.encode(earlierTests, forKey: .earlierTests)
    }

    /// One JSON object, keys sorted, ended by a line feed.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// What repeating a test does to its error.
    var repetition: String {
        "this policy was tested before (\(earlierTests) earlier). Delta holds for one test; of several, of which one that "
            + "passes counts, the deltas add up."
    }

    private var rows: [(String, String)] {
        func number(_ value: Double) -> String { String(format: "%.4g", value) }
        let bound = report.upperBound.map { "\(number($0)), by the \(report.bound) bound" }
        let mean = report.mean.map { "\(number($0)) ± \(number(report.deviation ?? 0))" } ?? "no number"
        return [
            ("Verdict", report.verdict), ("Tested", subject.rawValue),
            (
                "Upper bound",
                bound ?? "none by the \(report.bound) bound: \(report.fault ?? "it is no number")"
            ),
            ("Limit", number(report.limit)), ("Delta", number(report.delta)),
            ("Mean", "\(mean) over \(report.count) fresh episodes, seed \(report.origin.seed ?? 0)"),
            ("Assumes", "\(report.assumptions) (enough for \(report.validity.rawValue))"),
            ("Policy", "\(checkpoint), SHA-256 \(report.origin.policy)"),
            (
                "Acting",
                report.origin.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", ")
            ),
        ]
    }

    /// The certificate as lines for a person.
    var table: String { Output.table(rows) + report.statement + "\n" }

    /// The certificate as a text in Markdown.
    var markdown: String {
        let cells = rows.map { "| \($0.0) | \($0.1.replacing("|", with: "\\|")) |" }
        let repeated = earlierTests > 0 ? "\n\(repetition)\n" : ""
        return """
            # \(report.verdict): \(subject.rawValue) in \(report.origin.name)

            | | |
            |---|---|
            \(cells.joined(separator: "\n"))

            \(report.statement)

            If the \(subject.rawValue) is above the limit, this test certifies the policy all the same with probability \
            delta at most, as far as what it assumes holds. It is one look at episodes that nothing else has used.
            \(repeated)
            """
    }
}

/// A folder of certificates, numbered from 1.
struct CertificateFolder {
    private let path: String

    init(_ path: String) { self.path = path }

    private var numbers: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("certificate-") && name.hasSuffix(".json") else { return nil }
            return Int(name.dropFirst("certificate-".count).dropLast(".json".count))
        }
    }

    /// Certificates of a policy that are already here.
    func tests(of policy: String) -> Int {
        numbers.count { number in
            let contents = FileManager.default.contents(atPath: "\(path)/certificate-\(number).json")
            let report = contents.flatMap { try? JSONDecoder().decode(SafetyReport.self, from: $0) }
            return report?.origin.policy == policy
        }
    }

    /// Writes a certificate as JSON and Markdown, and the episodes it is about, each whole or not at all.
    ///
    /// - Returns: the path of the JSON file.
    /// - Throws: `StorageError`.
    func write(_ certificate: Certificate, _ evaluation: Evaluation) throws -> String {
        let files = SystemFiles()
        try files.makeDirectories(path)
        let number = (numbers.max() ?? 0) + 1
        let place = "\(path)/certificate-\(number)"
        try files.replaceFile(
            "\(path)/episodes-\(number).jsonl", with: Array(try evaluation.episodes.jsonLines().utf8))
        try files.replaceFile(place + ".md", with: Array(certificate.markdown.utf8))
        try files.replaceFile(place + ".json", with: Array(try certificate.json().utf8))
        return place + ".json"
    }
}
