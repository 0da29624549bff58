import SafeRL

/// BCQ-Lag's policy: draws actions like those of the data, changes each a little, and takes one; so it acts at random.
package final class PerturbedPolicy: Policy {
    package var observationSize: Int { space.observation }
    package var actionSize: Int { space.action }

    private let configuration: BCQLag.Configuration
    private let space: ActingSpace
    private let autoencoder: Network<ActionAutoencoder>
    private let actor: Network<MLP>
    private let critic, costCritic: Network<DoubleEnsemble>
    private let tape = Tape()

    init(
        _ configuration: BCQLag.Configuration, _ space: ActingSpace, autoencoder: Network<ActionAutoencoder>,
        actor: Network<MLP>, critic: Network<DoubleEnsemble>, costCritic: Network<DoubleEnsemble>
    ) {
        (self.configuration, self.space, self.autoencoder) = (configuration, space, autoencoder)
        (self.actor, self.critic, self.costCritic) = (actor, critic, costCritic)
    }

    package func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let (rows, each) = (streams.count, configuration.candidates)
        let seen = space.seen(observations, rows: rows, on: tape)
        let s = tape.repeatingRows(of: seen, each)
        let codes = tape.constant(0, rows * each, autoencoder.body.codes)
        let width = each * autoencoder.body.codes
        for row in 0..<rows {
            streams[row].fillNormal(.init(rebasing: codes.mutableValues[row * width..<(row + 1) * width]))
        }
        let drawn = candidates(s, codes)
        guard each > 1 else { return space.write(drawn, to: &actions) }
        let sa = s.joined(drawn)
        let rewards = critic(sa).smallest().values, costs = costCritic(sa).smallest().values
        for row in 0..<rows {
            let group = row * each..<(row + 1) * each
            let best = configuration.choice.index(
                rewards: .init(rebasing: rewards[group]), costs: .init(rebasing: costs[group]),
                limit: space.limit)
            let from = (row * each + best) * actionSize
            for column in 0..<actionSize { actions[row * actionSize + column] = drawn.values[from + column] }
        }
    }

    /// Actions from draws of N(0, 1), one row each.
    private func candidates(_ s: Variable, _ codes: Variable) -> Variable {
        let a = autoencoder.body.raw(s, codes.limitedCodes(), autoencoder.weights(on: tape)).tanh()
        return configuration.perturbed(s, a, actor.body, actor.weights(on: tape))
    }

    /// The one action of each observation for draws of N(0, 1), as a test gives them.
    package func actions(for observations: [Float], codes: [Float]) -> [Float] {
        let rows = observations.count / observationSize
        let s = space.seen(observations.span, rows: rows, on: tape)
        let z = codes.withUnsafeBufferPointer { tape.constant($0, rows, codes.count / rows) }
        return Array(candidates(s, z).values)
    }
}

extension BCQLag.Choice {
    /// Which candidate is taken; the first of equals.
    ///
    /// - Parameters:
    ///   - rewards: the reward value of each.
    ///   - costs: the cost value of each.
    ///   - limit: the largest cost value that counts as safe.
    /// - Returns: its number.
    package func index(
        rewards: UnsafeBufferPointer<Float>, costs: UnsafeBufferPointer<Float>, limit: Float
    ) -> Int {
        var best = 0
        for candidate in 1..<max(rewards.count, 1) {
            let (isSafe, bestIsSafe) = (costs[candidate] <= limit, costs[best] <= limit)
            let isBetter =
                self == .mostRewardingSafe && isSafe && bestIsSafe
                ? rewards[candidate] > rewards[best] : costs[candidate] < costs[best]
            // A safe one is cheaper than any that is not.
            if isBetter { best = candidate }
        }
        return best
    }
}
