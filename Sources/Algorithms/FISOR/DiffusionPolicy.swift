import SafeRL

/// FISOR's policy: draws N candidate actions for each observation by reverse diffusion and takes the one the critics
/// prefer (specification, section 8).
public final class DiffusionPolicy: CandidatePolicy {
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
        sampler = Self.sampler(configuration)
    }

    /// How candidates are drawn.
    static func sampler(_ configuration: FISOR.Configuration) -> DiffusionSampler {
        DiffusionSampler(
            NoiseSchedule(configuration.noise, steps: configuration.diffusionSteps),
            temperature: configuration.temperature,
            isDeterministic: configuration.sampler == .dpmSolver)
    }

    /// One forward pass of every network for all observations together.
    public func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let (rows, each) = (streams.count, candidates)
        precondition(
            observations.count == rows * observationSize && actions.count == rows * actionSize,
            "act: sizes do not fit")
        let (drawn, s) = draw(for: observations, using: &streams)
        judge.write(drawn, in: s, each: each, to: &actions)
    }

    /// All candidates of one observation, the one that is taken first.
    public func candidates(on row: [Float], using stream: inout RandomStream) -> [[Float]] {
        judge.candidates(on: row, using: &stream) { draw(for: $0, using: &$1) }
    }

    /// Candidates, `[rows · candidates, A]`, and the observation of each.
    private func draw(
        for observations: Span<Float>, using streams: inout MutableSpan<RandomStream>
    ) -> (drawn: Variable, seen: Variable) {
        tape.reset()
        let seen = judge.seen(observations, streams.count, on: tape)
        let s = tape.repeatingRows(of: seen, candidates)
        let x = sampler.start(on: tape, candidates: candidates, actions: actionSize, using: &streams)
        let drawn = sampler.sample(from: x, candidates: candidates, using: &streams) { x, steps in
            score.body(x, s, at: steps, score.weights(on: tape))
        }
        return (drawn, s)
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
        for candidate in 1..<max(rewards.count, 1)
        where rank(candidate, rewards, risks, threshold) < rank(best, rewards, risks, threshold) {
            best = candidate
        }
        return best
    }

    /// All candidates in the order in which they would be taken if those before were not there; the first of equals first.
    package func order(
        rewards: UnsafeBufferPointer<Float>, risks: UnsafeBufferPointer<Float>, threshold: Float
    ) -> [Int] {
        rewards.indices.sorted {
            let (a, b) = (rank($0, rewards, risks, threshold), rank($1, rewards, risks, threshold))
            return a == b ? $0 < $1 : a < b
        }
    }

    /// What candidates are compared by: the smaller, the sooner taken.
    private func rank(
        _ candidate: Int, _ rewards: UnsafeBufferPointer<Float>, _ risks: UnsafeBufferPointer<Float>,
        _ threshold: Float
    ) -> (Int, Float) {
        switch self {
        case .first: (0, 0)
        case .safest: (0, risks[candidate])
        case .mostRewarding: (0, -rewards[candidate])
        case .mostRewardingSafe:
            risks[candidate] <= threshold ? (0, -rewards[candidate]) : (1, risks[candidate])
        }
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
