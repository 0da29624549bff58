/// A policy over finitely many actions that knows how probable each of them is, so that it can be evaluated exactly.
public protocol FiniteChoicePolicy: Policy {
    /// The actions, `[choices][actionSize]`.
    var choices: [[Float]] { get }
    /// How probable each action is.
    ///
    /// - Parameter observations: `[rows, observationSize]`, row-major, as the environment gives them.
    /// - Returns: `[rows, choices]`, each row a distribution.
    /// - Throws: where the policy cannot judge an observation.
    func probabilities(in observations: [Float]) throws -> [Double]
}

extension FiniteChoicePolicy {
    /// Itself, where there are actions to choose among.
    public var choosing: (any FiniteChoicePolicy)? { choices.isEmpty ? nil : self }
}

extension TabularEnvironment {
    /// The exact value and costs of a policy that knows its probabilities.
    ///
    /// - Parameter policy: its actions are taken for those of the environment that `step` takes them for.
    /// - Returns: expectations, nothing drawn.
    /// - Throws: as `ExactEvaluation` and what the policy throws.
    public static func exactly(_ policy: some FiniteChoicePolicy) throws -> ExactEvaluation {
        let numbers = policy.choices.map { number(ofAction: $0.span) }
        let actions = try model().actions
        return try ExactEvaluation(in: Self.self) { observations, rows in
            let chosen = try policy.probabilities(in: observations)
            var result = [Double](repeating: 0, count: rows * actions)
            for row in 0..<rows {
                for (choice, number) in numbers.enumerated() {
                    result[row * actions + number] += chosen[row * numbers.count + choice]
                }
            }
            return result
        }
    }
}
