import Foundation
import SafeRL
import Safety

/// The verdict of `saferl certify`, with what was tested.
struct Certificate: Codable, Equatable {
    let report: SafetyReport
    /// The checkpoint's folder.
    let checkpoint: String
    /// Updates that the policy has learned from.
    let step: Int
    let subject: TestedCost
    /// Who says how large an episode's cost can be; nothing where the bound does not need to know.
    let range: String?
    /// Certificates that were in the folder before this one.
    var earlierTests = 0

    private enum CodingKeys: String, CodingKey {
        case checkpoint, step, tested, mean
        case subject = "counted"
        case range = "cost_range"
        case earlierTests = "earlier_tests"
        case upperBound = "upper_bound"
    }

    init(report: SafetyReport, checkpoint: String, step: Int, subject: TestedCost, range: String?) {
        (self.report, self.checkpoint, self.step) = (report, checkpoint, step)
        (self.subject, self.range) = (subject, range)
    }

    init(from decoder: any Decoder) throws {
        report = try SafetyReport(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        checkpoint = try values.decode(String.self, forKey: .checkpoint)
        step = try values.decode(Int.self, forKey: .step)
        subject = try values.decode(TestedCost.self, forKey: .subject)
        range = try values.decodeIfPresent(String.self, forKey: .range)
        earlierTests = try values.decode(Int.self, forKey: .earlierTests)
    }

    /// The report's members, null for a bound or mean that is none, and more.
    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(report.upperBound, forKey: .upperBound)
        try values.encode(report.mean, forKey: .mean)
        try values.encode(checkpoint, forKey: .checkpoint)
        try values.encode(step, forKey: .step)
        try values.encode(subject.words, forKey: .tested)
        try values.encode(subject, forKey: .subject)
        try values.encodeIfPresent(range, forKey: .range)
        try values.encode(earlierTests, forKey: .earlierTests)
    }

    /// One JSON object, keys sorted, ended by a line feed.
    func json() throws -> String {
        try JSONEncoder.indented.text(of: self) + "\n"
    }

    /// Whether it is the outcome of the very same test, wherever the run lies.
    func isRepetition(of other: Certificate) -> Bool {
        report == other.report && step == other.step && subject == other.subject && range == other.range
    }

    /// What earlier tests do to the error; nothing where there were none.
    var repetition: String? {
        guard earlierTests > 0 else { return nil }
        return
            "\(earlierTests) earlier \(earlierTests == 1 ? "test" : "tests") in the same folder. Delta holds for one "
            + "test; of several, of which one that passes counts, the deltas add up."
    }

    private var rows: [(String, String)] {
        func number(_ value: Double) -> String { String(format: "%.4g", value) }
        let bound = report.upperBound.map { "\(number($0)), by the \(report.bound) bound" }
        let mean = report.mean.map { "\(number($0)) ± \(number(report.deviation ?? 0))" } ?? "no number"
        let settings = report.origin.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return [
            ("Verdict", report.verdict), ("Tested", subject.words),
            (
                "Upper bound",
                bound ?? "none by the \(report.bound) bound: \(report.fault ?? "it is no number")"
            ),
            ("Limit", number(report.limit)), ("Delta", number(report.delta)),
            ("Mean", "\(mean) over \(report.count) fresh episodes, seed \(report.origin.seed ?? 0)"),
            ("Assumes", report.assumptions + "; enough for \(report.validity.rawValue)"),
        ] + (range.map { [("Cost range", $0)] } ?? []) + [
            ("Policy", "\(checkpoint), SHA-256 \(report.origin.policy)"),
            ("Acting", settings.joined(separator: ", ")),
        ]
    }

    /// The certificate as lines for a person.
    var table: String { Output.table(rows) + report.statement + "\n" }

    /// The certificate as a text in Markdown.
    var markdown: String {
        let cells = rows.map { "| \($0.0) | \($0.1.replacing("|", with: "\\|")) |" }
        let repeated = repetition.map { "\nThere were \($0)\n" } ?? ""
        return """
            # \(report.verdict): \(subject.words) in \(report.origin.name)

            | | |
            |---|---|
            \(cells.joined(separator: "\n"))

            \(report.statement)

            If the \(subject.words) is above the limit in truth, this test certifies the policy all the same with \
            probability delta at most, as far as what it assumes holds. It is one look at episodes that nothing else \
            has used.
            \(repeated)
            """
    }
}

/// A folder of certificates, numbered from 1.
struct CertificateFolder {
    private let path: String

    init(_ path: String) { self.path = path }

    /// Makes the folder, so that nothing is tested that could not be written.
    ///
    /// - Throws: `StorageError`.
    func prepare() throws { try SystemFiles().makeDirectories(path) }

    private var numbers: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("certificate-") && name.hasSuffix(".json") else { return nil }
            return Int(name.dropFirst("certificate-".count).dropLast(".json".count))
        }.sorted()
    }

    private func file(_ number: Int) -> String { "\(path)/certificate-\(number).json" }

    /// The number of the certificate of the very same test; nothing where there is none.
    private func number(of certificate: Certificate) -> Int? {
        numbers.first { number in
            let contents = FileManager.default.contents(atPath: file(number))
            let other = contents.flatMap { try? JSONDecoder().decode(Certificate.self, from: $0) }
            return other.map { certificate.isRepetition(of: $0) } ?? false
        }
    }

    /// Writes a certificate as JSON and Markdown, and the episodes it is about, each whole or not at all.
    ///
    /// A test that is merely repeated, with the same outcome on the same episodes, keeps its number.
    ///
    /// - Returns: the certificate with the number of earlier tests, and the path of the JSON file.
    /// - Throws: `StorageError`.
    func write(_ certificate: Certificate, _ evaluation: Evaluation) throws -> (Certificate, path: String) {
        let files = SystemFiles()
        let number = number(of: certificate) ?? (numbers.last ?? 0) + 1
        var certificate = certificate
        certificate.earlierTests = numbers.count { $0 < number }
        try files.replaceFile(
            "\(path)/episodes-\(number).jsonl", with: Array(try evaluation.episodes.jsonLines().utf8))
        try files.replaceFile(
            "\(path)/certificate-\(number).md", with: Array(certificate.markdown.utf8))
        try files.replaceFile(file(number), with: Array(try certificate.json().utf8))
        return (certificate, file(number))
    }
}
