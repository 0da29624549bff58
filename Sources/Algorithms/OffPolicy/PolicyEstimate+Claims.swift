import Assurance
import Foundation
import SafeRL

extension PolicyEstimate {
    /// What is estimated, one claim for each sum over an episode, none of which guarantees anything.
    ///
    /// Each is by the first method that gave a value, the most accurate first; a sum that all refused has none.
    public var claims: [Claim] {
        let methods: [Method] = [.model, .fittedValues, .doublyRobust, .weighted]
        return figures.compactMap { figure in
            guard
                let estimate = methods.lazy.compactMap({ figure[$0] }).first(where: { $0.value != nil }),
                let value = estimate.value
            else { return nil }
            let quantity = figure.signal == "reward" ? "return" : figure.signal
            let interval = estimate.interval.map {
                "Between \(number($0[0])) and \(number($0[1])), an interval that is meant to hold the truth in "
                    + "\(percent(confidence)) of such recordings and holds it less often (docs/off-policy.md)."
            }
            return Claim(
                .estimate,
                "The \(quantity) of an episode is estimated at \(number(value)) from a recording, by "
                    + "\(estimate.method.rawValue).", .estimated, measured: value,
                conditions: [interval, statement].compactMap(\.self) + overridden + warnings,
                about: ClaimSubject(policy: subject.policy, data: subject.dataDigest))
        }
    }

    private var overridden: [String] {
        subject.overrides.isEmpty
            ? [] : ["The policy acts with \(subject.overrides.joined(separator: ", "))."]
    }
}
