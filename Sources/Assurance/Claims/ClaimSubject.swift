import Storage

/// What a claim is about, and who judged it: everything by hash, so that another policy, file or program is seen to be another.
public struct ClaimSubject: Codable, Sendable, Hashable {
    /// SHA-256 of the checkpoint's numbers; nothing for a claim that holds whatever the policy is.
    public var policy: String?
    /// SHA-256 of the configuration that it was trained with.
    public var configuration: String?
    /// SHA-256 of the data that it was trained on, or that the claim is about.
    public var data: String?
    /// SHA-256 of the program that judged.
    public var binary: String?
    /// The commit that this program was built from.
    public var commit: String?

    private enum CodingKeys: String, CodingKey {
        case commit
        case policy = "policy_sha256"
        case configuration = "configuration_sha256"
        case data = "data_sha256"
        case binary = "binary_sha256"
    }

    /// Names all that is known, judged by the program that runs.
    ///
    /// - Parameters:
    ///   - policy: SHA-256 of a checkpoint's numbers.
    ///   - configuration: SHA-256 of the configuration that it was trained with.
    ///   - data: SHA-256 of the data.
    public init(policy: String? = nil, configuration: String? = nil, data: String? = nil) {
        (self.policy, self.configuration, self.data) = (policy, configuration, data)
        (binary, commit) = (ProgramIdentity.sha256, ProgramIdentity.commit)
    }
}
