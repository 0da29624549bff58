import SafeRL

/// What a policy needs beside its networks: sizes, what is done to observations, and the limit of its cost values.
struct ActingSpace: StoredValue {
    var observation, action: Int
    var transforms: Transforms
    /// The discounted cost limit.
    var limit: Float

    init(of data: TransitionDataset, limit: Float) {
        (observation, action) = (data.observationSize, data.actionSize)
        (transforms, self.limit) = (data.transforms, limit)
    }

    /// Of an environment, whose observations are seen as they are.
    init(of interaction: Interaction) {
        (observation, action) = (interaction.observationSize, interaction.actionSize)
        (transforms, limit) = (Transforms(), 0)
    }

    func check() throws(UnsoundValue) {
        try Sound.check(observation: observation, action: action, transforms)
        try Sound.check(finite: [Double(limit)], "limit")
    }

    /// Observations as the networks know them, on a tape that is emptied first.
    func seen(_ observations: Span<Float>, rows: Int, on tape: Tape) -> Variable {
        precondition(
            observations.count == rows * observation, "act: \(observations.count) numbers for \(rows) rows")
        tape.reset()
        let seen = tape.constant(0, rows, observation)
        for index in 0..<observations.count { seen.mutableValues[index] = observations[index] }
        transforms.normalise(observations: seen.mutableValues)
        return seen
    }

    /// Copies the actions of rows, `[rows, action]`, out.
    func write(_ chosen: Variable, to actions: inout MutableSpan<Float>) {
        precondition(actions.count == chosen.shape.count, "act: sizes do not fit")
        let values = chosen.values
        for index in 0..<actions.count { actions[index] = values[index] }
    }
}

extension PIDMultiplier.State: StoredValue {
    /// Checks that the gathered error is a number of at least 0.
    public func check() throws(UnsoundValue) {
        try Sound.check(finite: [Double(gathered), Double(lastError)], "the multiplier")
        if gathered < 0 { throw UnsoundValue("the multiplier's gathered error is \(gathered), below 0") }
    }
}
