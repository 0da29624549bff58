import OffPolicyEvaluation
import SafeRL

/// A trained policy, known by what it does only: equally weighted draws of its actions, without probabilities.
///
/// For fitted values. A state's draws depend on the seed alone, so that they are the same each time.
public struct DrawnPolicy: EvaluatedPolicy {
    private let policy: any Policy
    private let draws: Int
    private let seed: UInt64

    /// Wraps a policy.
    ///
    /// - Parameters:
    ///   - policy: what acts on an observation, without a memory; copied, so that its own state does not change.
    ///   - draws: actions for each state, at least 1; 1 is enough for a deterministic policy.
    ///   - seed: of the draws.
    public init(_ policy: any Policy, draws: Int, seed: UInt64) {
        precondition(draws >= 1, "\(draws) draws")
        precondition(policy.needsNoPast, "a policy that remembers its episode")
        (self.policy, self.draws, self.seed) = (policy, draws, seed)
    }

    /// Nothing.
    public func probability(of action: [Double], at observation: [Double]) -> Double? { nil }

    /// The draws.
    public func weightedActions(at observation: [Double]) -> [WeightedAction] {
        let (rows, size) = (draws, policy.actionSize)
        precondition(
            observation.count == policy.observationSize, "an observation of \(observation.count) numbers")
        var streams = (0..<rows).map { RandomStream(seed: seed, for: .action, index: UInt32($0)) }
        var actions = [Float](repeating: 0, count: rows * size)
        let observations = (0..<rows).flatMap { _ in observation.map { Float($0) } }
        var acting = policy
        var written = actions.mutableSpan
        var stream = streams.mutableSpan
        // A policy that does not know what to do has no action, and values of NaN are refused.
        do { try acting.act(on: observations.span, actions: &written, using: &stream) } catch {
            actions = [Float](repeating: .nan, count: rows * size)
        }
        return (0..<rows).map { row in
            WeightedAction((0..<size).map { Double(actions[row * size + $0]) }, weight: 1 / Double(rows))
        }
    }
}
