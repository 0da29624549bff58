import Assurance
import Foundation

/// What `saferl bound ogsrl` prints.
struct BoundWork: Encodable {
    let certificate: SupportCertificate
    let rollouts: ModelRolloutCertificate?

    private enum CodingKeys: String, CodingKey { case rollouts = "model_rollouts" }

    /// The certificate's members, and one more where roll-outs were given.
    func encode(to encoder: any Encoder) throws {
        try certificate.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(rollouts, forKey: .rollouts)
    }

    func json() throws -> String {
        String(decoding: try SupportCertificate.encoder.encode(self), as: UTF8.self) + "\n"
    }

    var table: String {
        certificate.table + (rollouts.map { $0.statement + ($0.isVacuous ? " vacuous" : "") + "\n" } ?? "")
    }
}
