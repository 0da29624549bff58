import Foundation
import SafeRL
import Safety
import Storage

/// `verdict.json` of a run that tests its policy itself, and `policy/` where the policy is certified; `improvement.json` of one
/// that tests whether its policy returns more than what it learned from.
struct VerdictFiles {
    /// What is tested.
    enum Test: String {
        /// The mean cost of a response.
        case safety = "verdict.json"
        /// The return against that of the recorded behaviour.
        case improvement = "improvement.json"

        fileprivate var tested: String {
            switch self {
            case .safety: "mean cost of a response"
            case .improvement: "mean loss of an episode against the recorded behaviour"
            }
        }
    }

    private let run: RunDirectory
    private let test: Test

    init(_ run: RunDirectory, _ test: Test = .safety) { (self.run, self.test) = (run, test) }

    private var path: String { run.path + "/" + test.rawValue }

    /// Whether the verdict is there.
    var areWritten: Bool { FileManager.default.fileExists(atPath: path) }

    // MARK: Reading

    /// Whether the verdict that is there certifies nothing: also where it cannot be read.
    ///
    /// - Throws: `AlteredEvidence` for a verdict that is not as it was written, or not on the newest checkpoint;
    ///   `StorageError`, `CheckpointError`.
    func isNoSolutionFound() throws -> Bool {
        let bytes = try fileContents(path, limit: 100_000_000)
        let text = String(decoding: bytes, as: UTF8.self)
        let written = try ClaimLedger.lines(of: run.path).last {
            $0.author == .train && $0.file == test.rawValue
        }
        let report = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: 100_000_000))
        switch Seal.state(of: text) {
        case .broken: throw AlteredEvidence.seal(path: path, run: run.path)
        // Verdicts of earlier versions have neither a seal nor a line in the ledger.
        case .missing: if written != nil { throw AlteredEvidence.seal(path: path, run: run.path) }
        case .intact:
            guard written?.digest == SHA256.hexadecimal(of: bytes) else {
                throw AlteredEvidence.unknown(path: path, run: run.path)
            }
            guard report?["policy_sha256"]?.string == (try run.usableCheckpoint().identity) else {
                throw AlteredEvidence.otherPolicy(path: path, run: run.path)
            }
        }
        return !["certified", "none"].contains(report?["verdict"]?.string)
    }

    // MARK: Writing

    /// A verdict and what it is about.
    private struct Judged: Encodable {
        let report: SafetyReport?
        let subject: ClaimSubject
        var isImprovement = false

        private enum CodingKeys: String, CodingKey {
            case verdict
            case lowerBound = "difference_lower_bound"
            case difference = "difference"
        }

        func encode(to encoder: any Encoder) throws {
            if let report {
                try report.encode(to: encoder)
                if isImprovement {
                    var values = encoder.container(keyedBy: CodingKeys.self)
                    try values.encodeIfPresent(report.upperBound.map { -$0 }, forKey: .lowerBound)
                    try values.encodeIfPresent(report.mean.map { -$0 }, forKey: .difference)
                }
            } else {
                var values = encoder.container(keyedBy: CodingKeys.self)
                try values.encode("none", forKey: .verdict)
            }
            try subject.encode(to: encoder)
        }
    }

    /// Writes the verdict, and the policy only where it is certified.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`; `CommandStatus.noSolutionFound` once everything is written.
    func write(of algorithm: some VerdictAlgorithm, isQuiet: Bool) throws {
        let verdict = try algorithm.verdict()
        let folder = run.path + "/policy"
        if let verdict, verdict.isCertified {
            try algorithm.export(to: folder)
        } else {
            // A policy that an earlier verdict returned would look like this one's.
            try SystemFiles().removeTree(folder)
        }
        try keep(verdict?.report)
        guard let verdict else { return }
        for caution in verdict.report.cautions { FileHandle.standardError.offer("warning: \(caution)\n") }
        let summary = verdict.report.summary
        guard verdict.isCertified else {
            try Output.refuse(
                "\(summary); no policy is returned; the candidate stays in the checkpoints only",
                isQuiet: isQuiet)
        }
        if !isQuiet { try Output.write("\(summary): the policy is in \(folder)\n") }
    }

    /// Writes the verdict whether a policy returns more than what it learned from.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`.
    func write(improvement report: SafetyReport) throws {
        try keep(report)
        for caution in report.cautions { FileHandle.standardError.offer("warning: \(caution)\n") }
    }

    /// Enters the look into the ledger, then writes the verdict.
    private func keep(_ report: SafetyReport?) throws {
        let subject = ClaimSubject(try run.usableCheckpoint().identity, of: run)
        let text = Seal.sealing(
            try JSONEncoder.indented.text(
                of: Judged(report: report, subject: subject, isImprovement: test == .improvement)))
        let claim = report.map { Claim($0, tested: test.tested, policy: subject.policy) }
        let ledger = try ClaimLedger(of: run.path)
        try ledger.append(
            ClaimLine(
                .train, claim, of: subject, report?.verdict ?? "none", file: (test.rawValue, text)))
        try SystemFiles().replaceFile(path, with: Array(text.utf8))
    }
}
