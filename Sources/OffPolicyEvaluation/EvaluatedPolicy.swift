import SafeRL

/// An action with its share in what a policy does.
public struct WeightedAction: Codable, Sendable, Hashable {
    /// The action.
    public var action: [Double]
    /// Its probability, or its share among draws; in [0, 1].
    public var weight: Double

    /// Pairs an action with a weight.
    public init(_ action: [Double], weight: Double) { (self.action, self.weight) = (action, weight) }
}

/// A policy whose value is estimated without running it.
public protocol EvaluatedPolicy {
    /// The probability, or for real-valued actions the density, of an action.
    ///
    /// - Returns: at least 0; nothing where the policy cannot say, which rules out importance sampling.
    func probability(of action: [Double], at observation: [Double]) -> Double?

    /// Actions that stand for all that the policy does: every possible one with its probability, or draws of one weight.
    ///
    /// - Returns: weights that sum to 1; the same each time.
    func weightedActions(at observation: [Double]) -> [WeightedAction]
}

/// A policy of finitely many actions in every state, given by their probabilities.
public struct FinitePolicy: EvaluatedPolicy, Sendable {
    private let law: @Sendable ([Double]) -> [WeightedAction]

    /// Makes a policy.
    ///
    /// - Parameter law: the actions of an observation with probabilities that sum to 1, each action once.
    public init(_ law: @escaping @Sendable ([Double]) -> [WeightedAction]) { self.law = law }

    /// Makes a policy that takes one action in every state.
    ///
    /// - Parameter choice: the action of an observation.
    public init(taking choice: @escaping @Sendable ([Double]) -> [Double]) {
        self.init { [WeightedAction(choice($0), weight: 1)] }
    }

    /// 0 for every action that the law does not name.
    public func probability(of action: [Double], at observation: [Double]) -> Double? {
        weightedActions(at: observation).first { $0.action == action }?.weight ?? 0
    }

    /// The law's actions.
    public func weightedActions(at observation: [Double]) -> [WeightedAction] {
        let actions = law(observation)
        let total = actions.reduce(0) { $0 + $1.weight }
        precondition(
            abs(total - 1) < 1e-6 && actions.allSatisfy { $0.weight >= 0 },
            "probabilities that sum to \(total)")
        return actions
    }
}

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
        precondition(policy.memory == 0, "a policy that remembers \(policy.memory) steps")
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
