/// What a stochastic policy truly amounts to in a `TabularEnvironment`: expectations computed from its law, nothing drawn.
public struct ExactEvaluation: Codable, Sendable, Equatable {
    /// Expected return of an episode.
    public let value: Double
    /// The names of the cost channels, in the environment's order.
    public let costNames: [String]
    /// Expected sum of each channel's cost over an episode, in the order of `costNames`.
    public let costs: [Double]
    /// Expected steps of an episode.
    public let length: Double

    private enum CodingKeys: String, CodingKey {
        case value, costs, length
        case costNames = "cost_names"
    }

    /// Computes the expectations of a policy that is given by its probabilities.
    ///
    /// Everything is counted as the environment's model counts: over its horizon where it has one, else to the end of the
    /// episode however late it comes, and without a discount unless the model has one.
    ///
    /// - Parameters:
    ///   - type: the environment.
    ///   - probabilities: asked once, with all observations that can be told apart, `[rows, observationSize]`, and their
    ///     number; returns the probability of every action, `[rows, actions]`. Rows may sum to 1 within 10⁻⁴, as those of
    ///     a network in single precision do, and are normalised.
    /// - Throws: `TabularModelError.badPolicy` where a row is no distribution; as `TabularEnvironment.model` and
    ///   `TabularCMDP.evaluation`; what the closure throws.
    public init(
        in type: any TabularEnvironment.Type,
        choosing probabilities: (_ observations: [Float], _ rows: Int) throws -> [Double]
    ) throws {
        let rows = type.observationCount
        let table = try probabilities(type.allObservations(), rows)
        try self.init(
            of: TabularPolicy(observing: rows, actions: type.model().actions, probabilities: table), in: type)
    }

    /// Computes the expectations of a table.
    ///
    /// - Parameters:
    ///   - table: a row for each observation that can be told apart, or for each state of the model; stationary, or with
    ///     one stage for each step of the model's horizon.
    ///   - type: the environment.
    /// - Throws: as `TabularEnvironment.model` and `TabularCMDP.evaluation`.
    public init(of table: TabularPolicy, in type: any TabularEnvironment.Type) throws {
        let model = try type.model()
        let policy = table.states == model.states ? table : try type.policy(observing: table)
        let evaluation = try model.evaluation(of: policy)
        (value, costs, costNames) = (evaluation.reward, evaluation.costs, model.costNames)
        length = evaluation.occupancy.total
    }

    /// Expected sum of a cost over an episode, or nothing where there is no such channel.
    public func cost(_ name: String) -> Double? { costNames.firstIndex(of: name).map { costs[$0] } }
}

extension TabularEnvironment {
    /// All observations that can be told apart, by number, `[observationCount, observationSize]`.
    ///
    /// - Throws: as `model`.
    public static func allObservations() throws -> [Float] {
        var rows = [[Float]?](repeating: nil, count: observationCount)
        for state in 0..<(try model().states) {
            let (number, observation) = try numberedObservation(inState: state)
            rows[number] = observation
        }
        return rows.flatMap { row in
            guard let row else { preconditionFailure("\(name): an observation that no state has") }
            return row
        }
    }

    /// The policy of the model's states that a table with a row for each observation amounts to, stage by stage.
    ///
    /// - Throws: as `model`.
    public static func policy(observing table: TabularPolicy) throws -> TabularPolicy {
        precondition(
            table.states == observationCount,
            "a table of \(table.states) rows for \(observationCount) observations")
        let model = try model()
        let numbers = try (0..<model.states).map { try numberedObservation(inState: $0).number }
        var probabilities: [Double] = []
        for stage in 0..<table.stages {
            for number in numbers {
                let first = (stage * table.states + number) * table.actions
                probabilities += table.probabilities[first..<first + table.actions]
            }
        }
        return TabularPolicy(
            states: model.states, actions: table.actions, stages: table.stages, probabilities: probabilities)
    }

    private static func numberedObservation(
        inState state: Int
    ) throws -> (number: Int, observation: [Float]) {
        let observation = try observation(inState: state)
        guard let number = try number(ofObservation: observation), 0..<observationCount ~= number else {
            preconditionFailure("\(name): the observation of state \(state) has no number")
        }
        return (number, observation)
    }
}

extension TabularPolicy {
    /// Checks and normalises the probabilities that a policy computed in single precision.
    fileprivate init(observing rows: Int, actions: Int, probabilities: [Double]) throws(TabularModelError) {
        precondition(
            probabilities.count == rows * actions,
            "\(probabilities.count) probabilities for \(rows) × \(actions)")
        for row in 0..<rows {
            let values = probabilities[row * actions..<(row + 1) * actions]
            let sum = values.reduce(0, +)
            // Written so that a sum of NaN is refused too.
            guard values.allSatisfy({ $0 >= 0 }), abs(sum - 1) <= 1e-4 else {
                throw .badPolicy(row: row, sum: sum)
            }
        }
        self.init(states: rows, actions: actions) { probabilities[$0 * actions + $1] }
    }
}
