import SafeRL

extension FISOR {
    /// The score network; there is none where a flow draws the actions.
    package var policy: Learner<ScoreNetwork> {
        guard let diffusion else { preconditionFailure("a one-step flow has no score network") }
        return diffusion
    }

    /// h and the continuation of the first rows of a batch, as many as there is room for.
    func readConstraint(of batch: TransitionBatch, into h: borrowing Tensor, _ continues: borrowing Tensor) {
        let c = configuration
        for row in 0..<h.shape.rows {
            h[row, 0] = c.constraintValue(
                cost: batch.costs[row, 0], stored: batch.constraintValues[row, 0])
        }
        batch.readContinuation(into: continues, c.timeouts)
    }
}

extension FISOR.Configuration {
    /// h of a step.
    func constraintValue(cost: Float, stored: Float) -> Float {
        switch (objective, constraint) {
        case (.costValue, _): cost
        case (_, .cost): cost > 0 ? violation : satisfaction
        case (_, .stored): stored
        }
    }

    /// What V_h and Q_h are compared with: 0, or the discounted mean of the cost limit in the ablation.
    var threshold: Float {
        guard let own = objective.costValue else { return 0 }
        return discountedLimit(own.costLimit, steps: own.episodeLength, discount: discount)
    }

    func check(_ data: TransitionDataset) throws {
        try data.refuseChoices("sampler", "FISOR's draw actions")
        if constraint == .stored && data.constraintValues == nil {
            throw OptionIssue(
                "constraint",
                "\"stored\" needs a column \"constraint_values\", which the data lack. Use \"cost\".")
        }
        try timeouts.check(data)
    }

    func scoreNetwork(_ observation: Int, _ action: Int) -> (inout Layout) -> ScoreNetwork {
        var sizes = ScoreNetwork.Sizes(observation: observation, action: action, steps: diffusionSteps)
        (sizes.width, sizes.blocks) = (width, blocks)
        (sizes.timeFeatures, sizes.timeWidths) = (timeFeatures, timeWidths)
        return { [sizes] in ScoreNetwork(sizes, in: &$0) }
    }

    func critic(_ observation: Int, _ action: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(criticMembers, observation + action, hidden: criticWidths, in: &$0) }
    }

    func value(_ observation: Int) -> (inout Layout) -> MLP {
        { MLP("", observation, hidden: criticWidths, in: &$0) }
    }
}
