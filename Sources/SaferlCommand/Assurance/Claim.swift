import SafeRL
import Safety
import Storage

/// One test of one policy: all that tells it from another look at the same policy.
struct Claim: Codable, Equatable {
    /// SHA-256 of the checkpoint's numbers.
    let policy: String
    /// Where the costs are from: the environment, or the cost model.
    let origin: String
    /// How the policy acted or answered.
    let settings: [String: String]
    /// Seed of the fresh draws.
    let seed: UInt64?
    /// What a case counts, in words.
    let tested: String
    /// Name of the bound, and what it rests on.
    let bound, assumptions: String
    /// The limit, and the probability of certifying a policy above it.
    let limit, delta: Double
    /// Number of costs.
    let count: Int
    /// Their mean, and the bound; nothing where they are no numbers.
    let mean, upperBound: Double?

    private enum CodingKeys: String, CodingKey {
        case policy, origin, settings, seed, tested, bound, assumptions, limit, delta, mean
        case count = "n"
        case upperBound = "upper_bound"
    }

    /// Takes the figures of a report.
    ///
    /// - Parameters:
    ///   - report: of a test.
    ///   - tested: what a case counts, in words.
    ///   - policy: SHA-256 of the checkpoint's numbers.
    init(_ report: SafetyReport, tested: String, policy: String) {
        (self.policy, self.tested) = (policy, tested)
        (origin, settings, seed) = (report.origin.name, report.origin.settings, report.origin.seed)
        (bound, assumptions) = (report.bound, report.assumptions)
        (limit, delta, count) = (report.limit, report.delta, report.count)
        (mean, upperBound) = (report.mean, report.upperBound)
    }
}

/// What a claim is about, by hash.
struct ClaimSubject: Codable, Equatable {
    /// SHA-256 of the checkpoint's numbers.
    let policy: String
    /// SHA-256 of the configuration that it was trained with.
    let configuration: String
    /// SHA-256 of the data that it was trained on.
    let data: String

    private enum CodingKeys: String, CodingKey {
        case policy = "policy_sha256"
        case configuration = "configuration_sha256"
        case data = "data_sha256"
    }

    /// What a run has trained.
    ///
    /// - Parameters:
    ///   - policy: the identity of its checkpoint.
    ///   - run: where it was trained.
    init(_ policy: String, of run: RunDirectory) {
        self.policy = policy
        (configuration, data) = (run.manifest.configuration, run.manifest.data.sha256)
    }
}

/// A line of the ledger.
struct ClaimLine: Codable, Equatable {
    /// Which command looked.
    enum Author: String, Codable {
        case certify
        case train
    }

    let author: Author
    /// Nothing for a run that ends without a test.
    let claim: Claim?
    let subject: ClaimSubject
    /// `certified`, `no solution found`, `vacuous` or `none`.
    let verdict: String
    /// The certificate or verdict that was written, and its SHA-256.
    let file, digest: String
    /// The version that looked.
    let version: String
    /// SHA-256 of the lines before, together; empty for the first.
    private(set) var previous = ""

    private enum CodingKeys: String, CodingKey {
        case claim, subject, verdict, file, previous
        case author = "by"
        case digest = "file_sha256"
        case version = "saferl"
    }

    /// States a look.
    ///
    /// - Parameters:
    ///   - author: which command looked.
    ///   - claim: what was tested; nothing for a run that ends without a test.
    ///   - subject: what it is about.
    ///   - verdict: what was found.
    ///   - file: the certificate or verdict, and its text.
    init(
        _ author: Author, _ claim: Claim?, of subject: ClaimSubject, _ verdict: String,
        file: (path: String, text: String)
    ) {
        (self.author, self.claim, self.subject, self.verdict) = (author, claim, subject, verdict)
        (self.file, version) = (file.path, Saferl.version)
        digest = SHA256.hexadecimal(of: file.text.utf8)
    }

    /// The same line behind others.
    ///
    /// - Parameter lines: SHA-256 of those.
    /// - Returns: the line with `previous` set.
    func following(_ lines: String) -> ClaimLine {
        var line = self
        line.previous = lines
        return line
    }
}
