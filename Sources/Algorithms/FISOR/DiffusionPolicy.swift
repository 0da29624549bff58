import SafeRL

/// FISOR's policy: draws N candidate actions for each observation by reverse diffusion and takes the one the critics
/// prefer (specification, section 8).
public final class DiffusionPolicy: Policy {
    /// Floats in an observation.
    public var observationSize: Int { judge.observationSize }
    /// Floats in an action.
    public var actionSize: Int { judge.actionSize }

    private let candidates: Int
    private let score: Network<ScoreNetwork>
    private let judge: CandidateJudge
    private let sampler: DiffusionSampler
    private let tape = Tape()

    init(_ configuration: FISOR.Configuration, score: Network<ScoreNetwork>, judge: CandidateJudge) {
        (candidates, self.score, self.judge) = (configuration.candidates, score, judge)
        sampler = DiffusionSampler(
            NoiseSchedule(configuration.noise, steps: configuration.diffusionSteps),
            temperature: configuration.temperature,
            isDeterministic: configuration.sampler == .dpmSolver)
    }

    /// One forward pass of every network for all observations together.
    public func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let (rows, width, each) = (streams.count, observationSize, candidates)
        precondition(
            observations.count == rows * width && actions.count == rows * actionSize, "act: sizes do not fit")
        tape.reset()
        let seen = judge.seen(observations, rows, on: tape)
        let s = tape.repeatingRows(of: seen, each)
        let x = sampler.start(on: tape, candidates: each, actions: actionSize, using: &streams)
        let drawn = sampler.sample(from: x, candidates: each, using: &streams) { x, steps in
            score.body(x, s, at: steps, score.weights(on: tape))
        }
        judge.write(drawn, in: s, each: each, to: &actions)
    }
}

extension FISOR.Choice {
    /// Which candidate is taken.
    ///
    /// - Parameters:
    ///   - rewards: Q_r of each candidate.
    ///   - risks: Q_h of each candidate.
    ///   - threshold: the largest risk that counts as safe.
    /// - Returns: its number; 0 for one candidate.
    package func index(
        rewards: UnsafeBufferPointer<Float>, risks: UnsafeBufferPointer<Float>, threshold: Float
    ) -> Int {
        var best = 0
        for candidate in 1..<max(rewards.count, 1) {
            let better =
                switch self {
                case .first: false
                case .safest: risks[candidate] < risks[best]
                case .mostRewarding: rewards[candidate] > rewards[best]
                case .mostRewardingSafe:
                    switch (risks[candidate] <= threshold, risks[best] <= threshold) {
                    case (true, true): rewards[candidate] > rewards[best]
                    case (true, false): true
                    case (false, true): false
                    case (false, false): risks[candidate] < risks[best]
                    }
                }
            if better { best = candidate }
        }
        return best
    }
}

extension DiffusionPolicy {
    /// V_h of each observation: the state is judged feasible where it is 0 or less.
    ///
    /// - Parameter observations: `[rows, observationSize]`, row-major, as the environment gives them.
    /// - Returns: one value for each row.
    public func feasibilityValues(of observations: Span<Float>) -> [Float]? {
        judge.feasibilityValues(of: observations, on: tape)
    }
}
