@_exported import TabularModels

/// An environment of finitely many states and actions whose law is known, so that a policy can be evaluated exactly.
///
/// Observations and actions are vectors of floats all the same. The model may have states that look alike: what a policy
/// does then depends on the observation alone, while the model goes on to tell them apart.
public protocol TabularEnvironment: Environment {
    /// The environment as a model: equal transitions, rewards, costs and start, with `costNames` as its costs.
    ///
    /// - Throws: where what the environment is made of is not there.
    static func model() throws -> TabularCMDP
    /// Number of observations that can be told apart; the number of states where all can.
    static var observationCount: Int { get }
    /// What a policy sees in a state of the model.
    ///
    /// - Throws: as `model`.
    static func observation(inState state: Int) throws -> [Float]
    /// The number of an observation, the same for all states that look alike; nothing for values that are none.
    ///
    /// - Throws: as `model`.
    static func number(ofObservation observation: [Float]) throws -> Int?
    /// The number of the action that `step` takes these values for.
    static func number(ofAction action: Span<Float>) -> Int
    /// Values that `step` takes for an action.
    static func action(numbered number: Int) -> [Float]
    /// What one of the `behaviours` does in every state of the model; nil where no table says it, as by default.
    ///
    /// - Throws: as `model`.
    static func behaviourTable(named behaviour: String) throws -> TabularPolicy?
}

extension TabularEnvironment {
    /// Itself.
    public static var tabular: (any TabularEnvironment.Type)? { Self.self }

    /// Every column, with the values that some state shows in it; empty where what the environment is made of is not there.
    public static var observationValues: [Int: [Float]] {
        guard let states = try? model().states,
            let shown = try? (0..<states).map({ try observation(inState: $0) })
        else { return [:] }
        return [Int: [Float]](valuesOf: shown)
    }

    /// Nil.
    public static func behaviourTable(named behaviour: String) throws -> TabularPolicy? { nil }
}

extension [Int: [Float]] {
    /// Of each column of some rows, the values that occur, rising.
    public init(valuesOf rows: some Sequence<[Float]>) {
        var found: [Int: Set<Float>] = [:]
        for row in rows {
            for (column, value) in row.enumerated() { found[column, default: []].insert(value) }
        }
        self = found.mapValues { $0.sorted() }
    }
}
