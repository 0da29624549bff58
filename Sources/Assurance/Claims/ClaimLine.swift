import Storage

/// A line of the ledger: a claim, and the look at the policy that it cost.
public struct ClaimLine: Codable, Sendable, Equatable {
    /// Which command made the claim.
    public enum Author: String, Codable, Sendable {
        /// Tests asked for by a user.
        case certify
        /// What a run says of itself at its end.
        case train
        /// Estimates from a recording.
        case evaluate
    }

    /// Which command made it.
    public let author: Author
    /// What is claimed; nothing for a run that ends without a test, and in lines of earlier versions.
    public let claim: Claim?
    /// The look at the policy; nothing where no policy was tested.
    public let look: Look?
    /// What it is about.
    public let subject: ClaimSubject
    /// `certified`, `no solution found`, `vacuous`, `bounded`, `estimated` or `none`.
    public let verdict: String
    /// The certificate or verdict that was written, and its SHA-256; nothing for a claim that stands here alone.
    public let file, digest: String?
    /// The version that made it.
    public let version: String
    /// SHA-256 of the lines before, together; empty for the first.
    public private(set) var previous = ""

    private enum CodingKeys: String, CodingKey {
        case claim, look, subject, verdict, file, previous
        case author = "by"
        case digest = "file_sha256"
        case version = "saferl"
    }

    /// States a claim.
    ///
    /// - Parameters:
    ///   - author: which command makes it.
    ///   - claim: nothing for a run that ends without a test.
    ///   - look: at the policy; nothing where none was tested.
    ///   - subject: what it is about.
    ///   - file: the certificate or verdict, and its text; nothing for a claim that stands in the ledger alone.
    public init(
        _ author: Author, _ claim: Claim?, look: Look?, of subject: ClaimSubject,
        file: (path: String, text: String)?
    ) {
        (self.author, self.claim, self.look, self.subject) = (author, claim, look, subject)
        verdict = claim?.verdict.rawValue ?? "none"
        (self.file, version) = (file?.path, ProgramIdentity.version)
        digest = file.map { SHA256.hexadecimal(of: $0.text.utf8) }
    }

    /// Reads a line, also one of an earlier version, which has the look in the place of the claim.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        author = try values.decode(Author.self, forKey: .author)
        subject = try values.decode(ClaimSubject.self, forKey: .subject)
        verdict = try values.decode(String.self, forKey: .verdict)
        file = try values.decodeIfPresent(String.self, forKey: .file)
        digest = try values.decodeIfPresent(String.self, forKey: .digest)
        version = try values.decode(String.self, forKey: .version)
        previous = try values.decode(String.self, forKey: .previous)
        if let earlier = try? values.decode(Look.self, forKey: .claim) {
            (claim, look) = (nil, earlier)
        } else {
            claim = try values.decodeIfPresent(Claim.self, forKey: .claim)
            look = try values.decodeIfPresent(Look.self, forKey: .look)
        }
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

    /// Whether two lines say the same of the same and belong to the same file, whatever stands before them.
    func repeats(_ other: ClaimLine) -> Bool {
        guard file != nil else {
            return author == other.author && other.file == nil && claim?.kind == other.claim?.kind
                && claim?.statement == other.claim?.statement
                && claim?.subject.policy == other.claim?.subject.policy
        }
        return (author, verdict, file, digest, look) == (
            other.author, other.verdict, other.file, other.digest, other.look
        )
            && subject == other.subject
    }
}
