import SafeRL

/// A limit on the cost of an episode with the number of its steps, as discounted values are compared with it.
struct EpisodeLimit {
    /// kappa, undiscounted.
    let cost: Float
    /// T.
    let steps: Int
    /// The same limit, discounted.
    let discounted: Float

    /// Checks the steps against the data.
    ///
    /// - Parameters:
    ///   - cost: kappa.
    ///   - steps: T; 0 for the longest recorded episode.
    ///   - discount: gamma.
    ///   - data: with at least one episode.
    /// - Throws: `OptionIssue` for `episodeLength` where an episode is longer.
    init(cost: Float, steps: Int, discount: Float, on data: TransitionDataset) throws {
        let longest = data.longestEpisode
        try Self.check(steps: steps, longest: longest)
        (self.cost, self.steps) = (cost, steps == 0 ? longest : steps)
        discounted = discountedLimit(cost, steps: self.steps, discount: discount)
    }

    /// Refuses fewer steps than the longest recorded episode has; 0 stands for that.
    ///
    /// - Throws: `OptionIssue` for `episodeLength`.
    static func check(steps: Int, longest: Int) throws(OptionIssue) {
        if steps != 0 && steps < longest {
            throw OptionIssue(
                "episodeLength",
                "\(steps), and an episode of the data has \(longest) steps. Write that or more, or 0 for the longest "
                    + "recorded.")
        }
    }
}
