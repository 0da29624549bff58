import Tensors

/// The value networks beside a policy: one for the reward and one for each cost.
struct LearnedValues {
    let reward: ValueFunction
    let costs: [ValueFunction]

    init(observation: Int, constraints: Int, fitting: ValueFitting, using stream: inout RandomStream) {
        reward = ValueFunction("value.reward", observation: observation, fitting: fitting, using: &stream)
        costs = (0..<constraints).map {
            ValueFunction("value.cost\($0)", observation: observation, fitting: fitting, using: &stream)
        }
    }

    private var all: [ValueFunction] { [reward] + costs }

    /// Fits all to the returns of a batch.
    ///
    /// - Returns: the mean squared errors before, the reward's first.
    /// - Throws: `NonFiniteError`; the networks are unchanged then.
    func fit(_ batch: PolicyBatch, using sampling: inout RandomStream) throws -> [Double] {
        let (before, observations) = (all.map { $0.remembered() }, batch.inputs.observations)
        do {
            return try zip(all, [batch.returns] + batch.costReturns).map {
                try $0.fit(observations, to: $1, using: &sampling)
            }
        } catch {
            for (value, memory) in zip(all, before) { value.restore(memory) }
            throw error
        }
    }

    func save(to state: inout LearnerState) {
        for value in all { value.save(to: &state) }
    }

    /// What a state holds of all, for `restore`.
    func memories(in state: LearnerState) throws(LearnerStateError) -> [ValueFunction.Memory] {
        var memories: [ValueFunction.Memory] = []
        for value in all { memories.append(try value.memory(in: state)) }
        return memories
    }

    func restore(_ memories: [ValueFunction.Memory]) {
        for (value, memory) in zip(all, memories) { value.restore(memory) }
    }
}
