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
