import Assurance
import Foundation
import SafeRL

/// A test that did not certify what this program needs.
///
/// An error of one's own says by its kind where the remedy lies; the kind is the exit code of whoever ends with it.
struct NotShownSafe: Fault {
    let claim: Claim
    let limit: Double

    var kind: FaultKind { .configuration }

    var description: String {
        let bound = claim.bound.map { "at most " + String(format: "%.4f", $0) } ?? "without a bound"
        return "guarding: \(claim.verdict.rawValue): the share of episodes with a violation is \(bound), "
            + "which is not within \(limit). Name a larger limit."
    }
}
