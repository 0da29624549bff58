import SafeRL

extension BCRL {
    /// What a policy needs beside its networks.
    package struct Description: StoredValue {
        package var observation, action: Int
        /// Steps of the longest recorded episode.
        package var longestEpisode: Int
        /// c_max.
        package var largestBudget: Float
        /// Mean V_c over the first states of the recorded episodes.
        package var startCost: Float
        package var transforms: Transforms

        package init(
            observation: Int, action: Int, longestEpisode: Int, largestBudget: Float, startCost: Float,
            transforms: Transforms
        ) {
            (self.observation, self.action) = (observation, action)
            (self.longestEpisode, self.largestBudget) = (longestEpisode, largestBudget)
            (self.startCost, self.transforms) = (startCost, transforms)
        }

        package func check() throws(UnsoundValue) {
            try Sound.check(observation: observation, action: action, transforms)
            try Sound.check(longestEpisode, "the longest episode", in: 1...Int(Int32.max))
            try Sound.check(finite: [Double(largestBudget), Double(startCost)], "the budgets")
            if largestBudget <= 0 {
                throw UnsoundValue("the largest budget is \(largestBudget), not above 0")
            }
        }
    }

    /// Stores five learners, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(all: policies, rewardV, rewardQ, costV, costQ)
        try checkpoint.store("streams", streams)
        try checkpoint.store("description", description)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(all: policies, rewardV, rewardQ, costV, costQ)
        streams = try checkpoint.value("streams", as: RunStreams.self)
    }

    private var description: Description {
        Description(
            observation: data.observationSize, action: data.actionSize, longestEpisode: data.longestEpisode,
            largestBudget: largestBudget, startCost: startCost, transforms: data.transforms)
    }

    /// The mean V_c of recorded first states; of data without a whole episode that of the first row.
    private var startCost: Float {
        let size = data.observationSize
        let rows = data.episodes.isEmpty ? [0] : data.episodes.map(\.rows.lowerBound)
        let states = Tensor(rows.count, size)
        for (index, row) in rows.enumerated() {
            for column in 0..<size { states[index, column] = data.observations[row * size + column] }
        }
        data.transforms.normalise(observations: states.buffer)
        let tape = Tape()
        return configuration.nonNegative(costV(tape.constant(states))).mean().scalar
    }

    /// Both policies with the values that spend the budget, as they are now: weights, not their averages.
    public func makePolicy() throws -> any Policy {
        let (o, a, c) = (data.observationSize, data.actionSize, configuration)
        return BudgetedPolicy(
            c, description, policies: policies.snapshot(.weights, c.policies(o, a)),
            costV: costV.snapshot(.weights, c.value(o)), costQ: costQ.snapshot(.weights, c.critic(o + a)))
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`; `OptionIssue` where the limit is for fewer steps than an episode that was learned from.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let description = try checkpoint.value("description", as: Description.self)
        try EpisodeLimit.check(steps: c.episodeLength, longest: description.longestEpisode)
        let (o, a) = (description.observation, description.action)
        return BudgetedPolicy(
            c, description, policies: try checkpoint.network("policies", .weights, c.policies(o, a)),
            costV: try checkpoint.network("cost-v", .weights, c.value(o)),
            costQ: try checkpoint.network("cost-q", .weights, c.critic(o + a)))
    }
}
