import Tensors

/// The value networks beside a policy: one for the reward and one for each cost.
struct LearnedValues: Sendable {
    var reward: ValueFunction
    var costs: [ValueFunction]

    init(observation: Int, constraints: Int, fitting: ValueFitting, using stream: inout RandomStream) {
        reward = ValueFunction("value.reward", observation: observation, fitting: fitting, using: &stream)
        costs = (0..<constraints).map {
            ValueFunction("value.cost\($0)", observation: observation, fitting: fitting, using: &stream)
        }
    }

    /// Fits all to the returns of a batch.
    ///
    /// - Returns: the mean squared errors before, the reward's first.
    /// - Throws: `NonFiniteError`; the networks are unchanged then.
    mutating func fit(_ batch: PolicyBatch, using sampling: inout RandomStream) throws -> [Double] {
        var fitted = self
        let observations = batch.inputs.observations
        var errors = [try fitted.reward.fit(observations, to: batch.returns, using: &sampling)]
        for cost in costs.indices {
            errors.append(
                try fitted.costs[cost].fit(observations, to: batch.costReturns[cost], using: &sampling))
        }
        self = fitted
        return errors
    }

    func save(to state: inout LearnerState) {
        for value in [reward] + costs { value.save(to: &state) }
    }

    func loaded(from state: LearnerState) throws(LearnerStateError) -> LearnedValues {
        var result = self
        try result.reward.load(from: state)
        for cost in costs.indices { try result.costs[cost].load(from: state) }
        return result
    }
}
