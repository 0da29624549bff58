/// An environment whose law is known, and the behaviour that was recorded in it: where what a policy promises can be held
/// against what it is worth.
public struct KnownTruth {
    private let type: any TabularEnvironment.Type
    private let behaviour: String?

    /// Names an environment; nil where its law is not known.
    ///
    /// - Parameters:
    ///   - type: where the data were recorded and the policy is judged.
    ///   - behaviour: the name of the one that recorded; nil where nobody knows.
    public init?(in type: (any Environment.Type)?, behaviour: String?) {
        guard let type = type?.tabular else { return nil }
        (self.type, self.behaviour) = (type, behaviour)
    }

    /// The expected return of an episode of the behaviour; nil where no table says what it does.
    ///
    /// - Throws: as `ExactEvaluation`.
    public func behaviourValue() throws -> Double? {
        guard let behaviour, let table = try type.behaviourTable(named: behaviour) else { return nil }
        return try ExactEvaluation(of: table, in: type).value
    }

    /// The expected return of an episode of a policy that knows its probabilities; nil for one of no finite choices,
    /// and for one with a memory, whose states are more than the environment's.
    ///
    /// - Throws: as `ExactEvaluation` and what the policy throws.
    public func value(of policy: any Policy) throws -> Double? {
        guard let policy = policy.choosing, policy.needsNoPast else { return nil }
        return try type.exactly(policy).value
    }
}
