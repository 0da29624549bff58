import Assurance
import SafeRL
import Tensors

extension RoutedStep {
    /// Draws one step of each episode, uniformly, and scores it: episodes are exchangeable, their steps are not.
    ///
    /// - Parameters:
    ///   - episodes: recorded.
    ///   - horizon: H, at least 1.
    ///   - seed: chooses the steps.
    ///   - judge: score and grounding of observation and action.
    /// - Returns: one step an episode.
    /// - Throws: what `judge` throws.
    public static func drawn(
        from episodes: [RecordedEpisode], horizon: Int, seed: UInt64,
        _ judge: (_ observation: [Float], _ action: [Float]) throws -> (score: Double, isGrounded: Bool)
    ) rethrows -> [RoutedStep] {
        try episodes.map { episode in
            var stream = RandomStream(
                seed: seed, for: .splitting, index: UInt32(truncatingIfNeeded: episode.index))
            let step = stream.nextInteger(below: episode.length)
            let found = try judge(episode.observations[step], episode.actions[step])
            return RoutedStep(
                episode: episode.index, step: step, score: found.score,
                isViolated: episode.stepsToViolation(from: step, within: horizon) != nil,
                isGrounded: found.isGrounded)
        }
    }
}

extension RouterThresholds {
    /// Finds thresholds by conformal risk control.
    ///
    /// - Parameters:
    ///   - steps: one of each calibration episode.
    ///   - alphas: three, rising, each in (0, 1).
    ///   - delta: in (0, 1); nil for risks that hold on average.
    /// - Throws: `RiskControlError`.
    public init(
        calibratedOn steps: [RoutedStep], alphas: [Double], delta: Double?
    ) throws(RiskControlError) {
        guard alphas.count == 3, zip(alphas, alphas.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .ratesDoNotRise(alphas)
        }
        let control = try RiskControl(scores: steps.map(\.score), isViolated: steps.map(\.isViolated))
        guard control.violatedScores.count < steps.count else { throw .allViolated(episodes: steps.count) }
        var values: [Double?] = []
        for alpha in alphas {
            if let delta {
                values.append(try control.threshold(alpha: alpha, delta: delta))
            } else {
                values.append(try control.threshold(alpha: alpha))
            }
        }
        self.init(alphas: alphas, delta: delta, values: values)
    }
}
