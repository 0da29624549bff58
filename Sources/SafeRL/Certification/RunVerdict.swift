import Assurance
import Foundation
import Storage

/// `verdict.json` of a run that tests its policy itself, and `policy/` where the policy is certified; `improvement.json` of one
/// that tests whether its policy returns more than what it learned from.
public struct RunVerdict {
    /// What is tested.
    public enum Test: String, Sendable {
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

    /// Names the verdict of a run.
    public init(_ run: RunDirectory, _ test: Test = .safety) { (self.run, self.test) = (run, test) }

    private var path: String { run.path + "/" + test.rawValue }

    /// Where a certified policy is written.
    public var policyFolder: String { run.path + "/policy" }

    /// Whether the verdict is there.
    public var isWritten: Bool { FileManager.default.fileExists(atPath: path) }

    // MARK: Reading

    /// Whether the verdict that is there certifies nothing: also where it cannot be read.
    ///
    /// - Throws: `AlteredEvidence` for a verdict that is not as it was written, or not on the newest checkpoint;
    ///   `StorageError`, `CheckpointError`.
    public func isNoSolutionFound() throws -> Bool {
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
            guard report?["policy_sha256"]?.string == (try run.newestCheckpoint().identity) else {
                throw AlteredEvidence.otherPolicy(path: path, run: run.path)
            }
        }
        return !["certified", "none"].contains(report?["verdict"]?.string)
    }

    // MARK: Writing

    /// A verdict and what it is about.
    private struct Judged: Encodable {
        let report: SafetyReport?
        let claim: Claim?
        let subject: ClaimSubject
        let isImprovement: Bool

        private enum CodingKeys: String, CodingKey {
            case verdict, difference, claim
            case lowerBound = "difference_lower_bound"
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            if let report {
                try report.encode(to: encoder)
                if isImprovement {
                    try values.encodeIfPresent(report.upperBound.map { -$0 }, forKey: .lowerBound)
                    try values.encodeIfPresent(report.mean.map { -$0 }, forKey: .difference)
                }
                try values.encodeIfPresent(claim, forKey: .claim)
            } else {
                try values.encode("none", forKey: .verdict)
            }
            try subject.encode(to: encoder)
        }
    }

    /// Writes the verdict, and the policy only where it is certified.
    ///
    /// - Returns: what was found; nothing for a run that ends without a test.
    /// - Throws: `StorageError`; `AlteredEvidence`; what computing the verdict throws.
    public func write(of algorithm: some Algorithm) throws -> SafetyVerdict? {
        let verdict = try algorithm.verdict()
        if let verdict, verdict.isCertified {
            try algorithm.export(to: policyFolder)
        } else {
            // A policy that an earlier verdict returned would look like this one's.
            try SystemFiles().removeTree(policyFolder)
        }
        try keep(verdict?.report)
        return verdict
    }

    /// Enters the look into the ledger, then writes the verdict.
    ///
    /// - Parameter report: of the test; nothing for a run that ends without one.
    /// - Throws: `StorageError`; `AlteredEvidence`.
    public func keep(_ report: SafetyReport?) throws {
        let subject = ClaimSubject(try run.newestCheckpoint(), of: run)
        let claim = report?.claim(that: test.tested, about: subject)
        let text = Seal.sealing(
            try JSONEncoder.indented.text(
                of: Judged(
                    report: report, claim: claim, subject: subject, isImprovement: test == .improvement)))
        let look = report.map { Look($0, tested: test.tested, policy: subject.policy ?? "") }
        let ledger = try ClaimLedger(of: run.path)
        try ledger.append(ClaimLine(.train, claim, look: look, of: subject, file: (test.rawValue, text)))
        try SystemFiles().replaceFile(path, with: Array(text.utf8))
    }
}
