import Assurance
import Guardians

/// A recorded episode as a test of improvement sees it.
public struct ComparedEpisode: Sendable, Hashable {
    /// π(a|s) of every action at each step, `[steps][actions]`; each row sums to 1.
    public let policy: [[Double]]
    /// μ(a|s) of every action at each step, `[steps][actions]`; each row sums to 1.
    public let behaviour: [[Double]]
    /// What the episode was expected to return in all after each action at each step, `[steps][actions]`: any numbers that
    /// do not depend on what came after.
    public let forecasts: [[Double]]
    /// Which action was taken at each step.
    public let taken: [Int]
    /// What the episode returned.
    public let outcome: Double

    /// Puts an episode together; at least one step, equal numbers of actions everywhere.
    public init(
        policy: [[Double]], behaviour: [[Double]], forecasts: [[Double]], taken: [Int], outcome: Double
    ) {
        let (steps, actions) = (taken.count, policy.first?.count ?? 0)
        precondition(
            steps > 0 && actions > 0
                && [policy, behaviour, forecasts].allSatisfy {
                    $0.count == steps && $0.allSatisfy { $0.count == actions }
                }, "laws and forecasts of \(steps) steps and \(actions) actions")
        (self.policy, self.behaviour, self.forecasts) = (policy, behaviour, forecasts)
        (self.taken, self.outcome) = (taken, outcome)
    }
}

/// A test whether a policy returns more than the behaviour that was recorded, from recorded episodes alone.
///
/// Each episode gives one number whose expectation is at most V(π) − V(μ); the lower bound of their mean by betting is one of
/// the difference, missed with probability delta at most for every number of episodes. What that rests on: the episodes
/// are independent and nothing that chose the policy, its forecasts or this test has seen them; μ is what recorded them,
/// given all that it looked at; every possible return lies in `returns`. Under an estimated μ the test is approximate.
///
/// The number is the doubly robust estimate of V(π) less that of V(μ), with the same forecasts f and W_t = ρ_0·…·ρ_t:
/// Σ_t (W_t − 1)·(F_{t+1} − f_t(a_t)) + F_t − F^μ_t, where F_t = Σ π(a)·f_t(a), F^μ_t likewise, and F after the last step is
/// what the episode returned. For π = μ it is exactly 0 in every episode. An action whose weight could bring the number below
/// −`floor` is counted as if the least possible return followed, by its probability under π, whether it was taken or not;
/// numbers above `ceiling` are cut. Both only lower the expectation, so that bounded numbers need no bounded weights.
///
/// - SeeAlso: Thomas, Theocharous and Ghavamzadeh 2015, "High confidence policy improvement"; Jiang and Li 2016,
///   arXiv:1511.03722.
public struct ImprovementTest: Sendable, Hashable {
    /// Every possible return of an episode.
    public let returns: ClosedRange<Double>
    /// How far below 0 an episode's number may lie; at least the width of `returns`.
    public let floor: Double
    /// How far above 0 an episode's number may lie.
    public let ceiling: Double
    /// Probability of certifying a policy that is not better.
    public let delta: Double

    /// Describes a test.
    ///
    /// - Parameters:
    ///   - returns: of every possible episode, wider than 0.
    ///   - floor: at least the width of `returns`.
    ///   - ceiling: above 0.
    ///   - delta: in (0, 1).
    public init(returns: ClosedRange<Double>, floor: Double, ceiling: Double, delta: Double) {
        let width = returns.upperBound - returns.lowerBound
        precondition(width > 0 && width.isFinite, "returns in \(returns)")
        precondition(
            floor >= width && ceiling > 0, "numbers in −\(floor) … \(ceiling) for a width of \(width)")
        precondition(delta > 0 && delta < 1, "a delta of \(delta) is outside (0, 1)")
        (self.returns, self.floor, self.ceiling, self.delta) = (returns, floor, ceiling, delta)
    }

    /// The test with the floor and ceiling that suit other episodes best: those that the policy was trained on, never those
    /// that are tested.
    ///
    /// - Parameters:
    ///   - episodes: at least one; their returns lie in `returns`.
    ///   - returns: of every possible episode.
    ///   - delta: in (0, 1).
    public init(suiting episodes: [ComparedEpisode], returns: ClosedRange<Double>, delta: Double) {
        let width = returns.upperBound - returns.lowerBound
        var best: (test: ImprovementTest, loss: Double)?
        for floor in [1, 1.5, 2, 2.5, 3, 4, 6, 10] {
            let wide = ImprovementTest(
                returns: returns, floor: floor * width, ceiling: 16 * width, delta: delta)
            let numbers = episodes.map(wide.difference)
            for ceiling in [0.25, 0.5, 1, 1.5, 2, 3, 5] {
                let test = ImprovementTest(
                    returns: returns, floor: floor * width, ceiling: ceiling * width, delta: delta)
                guard let loss = try? test.bound.upper(numbers.map(test.loss), delta: delta) else { continue }
                if loss < (best?.loss ?? .infinity) { best = (test, loss) }
            }
        }
        self = best?.test ?? Self(returns: returns, floor: width, ceiling: width, delta: delta)
    }

    private var bound: BettingBound { BettingBound(in: -ceiling...floor) }

    private func loss(_ difference: Double) -> Double { -cut(difference) }

    /// An episode's number, between −`floor` and `ceiling`.
    public func difference(in episode: ComparedEpisode) -> Double {
        var (sum, weight) = (0.0, 1.0)
        func clipped(_ values: [Double]) -> [Double] {
            values.map { min(max($0, returns.lowerBound), returns.upperBound) }
        }
        var forecasts = clipped(episode.forecasts[0])
        for step in episode.taken.indices {
            let (policy, behaviour) = (episode.policy[step], episode.behaviour[step])
            let expected = mean(forecasts, policy)
            let gain = expected - mean(forecasts, behaviour)
            guard let feared = feared(forecasts, policy, behaviour, sum + gain, weight) else {
                // Stopped: the least that can follow for the policy, what did follow for the behaviour.
                return cut(sum - weight * (expected - returns.lowerBound) - (episode.outcome - expected))
            }
            let taken = episode.taken[step]
            let next: Double
            if step + 1 < episode.taken.count {
                let following = clipped(episode.forecasts[step + 1])
                next = mean(following, episode.policy[step + 1])
                sum += gain + weight * shortfall(forecasts, policy, feared)
                weight = feared[taken] ? 0 : weight * ratio(policy[taken], behaviour[taken])
                sum += (weight - 1) * (next - forecasts[taken])
                forecasts = following
            } else {
                sum += gain + weight * shortfall(forecasts, policy, feared)
                weight = feared[taken] ? 0 : weight * ratio(policy[taken], behaviour[taken])
                sum += (weight - 1) * (episode.outcome - forecasts[taken])
            }
        }
        return cut(sum)
    }

    private func cut(_ number: Double) -> Double { min(max(number, -floor), ceiling) }

    private func mean(_ values: [Double], _ law: [Double]) -> Double {
        zip(values, law).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// ρ; equal probabilities have the ratio 1 exactly.
    private func ratio(_ policy: Double, _ behaviour: Double) -> Double {
        policy == 0 ? 0 : behaviour > 0 ? policy / behaviour : .infinity
    }

    /// What counting feared actions by the least return takes away, for a weight of 1.
    private func shortfall(_ forecasts: [Double], _ policy: [Double], _ feared: [Bool]) -> Double {
        feared.indices.reduce(0) {
            $0 + (feared[$1] ? policy[$1] * (returns.lowerBound - forecasts[$1]) : 0)
        }
    }

    /// Which actions could bring the number below the floor; nil where something else would, and the episode is stopped.
    private func feared(
        _ forecasts: [Double], _ policy: [Double], _ behaviour: [Double], _ sum: Double, _ weight: Double
    ) -> [Bool]? {
        var feared = [Bool](repeating: false, count: policy.count)
        while true {
            let base = sum + weight * shortfall(forecasts, policy, feared)
            var isStable = true
            for action in policy.indices {
                let left = feared[action] ? 0 : weight * ratio(policy[action], behaviour[action])
                let least =
                    base - (left > 0 ? left * (forecasts[action] - returns.lowerBound) : 0)
                    - (returns.upperBound - forecasts[action])
                // Rounding alone fears nothing: numbers are cut at the floor in the end.
                if least >= -floor * (1 + 1e-9) && left.isFinite { continue }
                if left == 0 { return nil }
                (feared[action], isStable) = (true, false)
            }
            if isStable { return feared }
        }
    }

    /// Tests episodes, which are then spent.
    ///
    /// - Parameters:
    ///   - episodes: that nothing has seen which chose the policy, in an order that does not depend on what they returned.
    ///   - origin: where they are from.
    ///   - isApproximate: whether the behaviour was estimated.
    ///   - objections: what else speaks against certifying.
    ///   - cautions: what a reader of the verdict must bear in mind, one sentence each.
    /// - Returns: a verdict on the *loss* against the behaviour, at most 0 where the policy is certified to be no worse;
    ///   `report.upperBound` is the negative of the lower bound of the difference.
    public func judge(
        _ episodes: [ComparedEpisode], from origin: CostOrigin, isApproximate: Bool,
        despite objections: [Objection] = [], cautions: [String] = []
    ) -> SafetyVerdict {
        let isOutside = episodes.contains { !returns.contains($0.outcome) }
        let losses = episodes.map { isOutside ? .nan : loss(difference(in: $0)) }
        let test = SafetyTest(
            bound, limit: 0, delta: delta, about: .improvement(isApproximate: isApproximate))
        return HeldOutCosts(losses, from: origin).spend(on: test, despite: objections, cautions: cautions)
    }
}
