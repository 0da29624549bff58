import SafeRL

/// FISOR's policy: draws N candidate actions for each observation by reverse diffusion and takes the one the critics
/// prefer (specification, section 8).
public final class DiffusionPolicy: Policy {
    /// Floats in an observation.
    public var observationSize: Int { description.observation }
    /// Floats in an action.
    public var actionSize: Int { description.action }

    private let configuration: FISOR.Configuration
    private let description: FISOR.Description
    private let score: Network<ScoreNetwork>
    private let qr: Network<Ensemble>, qh: Network<Ensemble>
    private let vh: Network<MLP>
    private let sampler: DiffusionSampler
    private let tape = Tape()

    init(
        _ configuration: FISOR.Configuration, _ description: FISOR.Description, score: Network<ScoreNetwork>,
        qr: Network<Ensemble>, qh: Network<Ensemble>, vh: Network<MLP>
    ) {
        (self.configuration, self.description) = (configuration, description)
        (self.score, self.qr, self.qh, self.vh) = (score, qr, qh, vh)
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
        let (rows, width, each) = (streams.count, observationSize, configuration.candidates)
        precondition(
            observations.count == rows * width && actions.count == rows * actionSize, "act: sizes do not fit")
        tape.reset()
        let seen = prepared(observations, rows)
        let s = tape.repeatingRows(of: seen, each)
        let x = sampler.start(on: tape, candidates: each, actions: actionSize, using: &streams)
        let drawn = sampler.sample(from: x, candidates: each, using: &streams) { x, steps in
            score.body(x, s, at: steps, score.weights(on: tape))
        }
        let sa = s.joined(drawn)
        let chosen = choose(qr: qr(sa).smallest(), qh: qh(sa).largest(), rows: rows)
        for row in 0..<rows {
            let from = (row * each + chosen[row]) * actionSize
            for column in 0..<actionSize { actions[row * actionSize + column] = drawn.values[from + column] }
        }
    }

    private func prepared(_ observations: Span<Float>, _ rows: Int) -> Variable {
        let copy = Tensor(rows, observationSize)
        for index in 0..<observations.count { copy.buffer[index] = observations[index] }
        description.transforms.normalise(observations: copy.buffer)
        return tape.constant(copy)
    }

    /// The number of the preferred candidate for each observation; the first of equals.
    private func choose(qr: Variable, qh: Variable, rows: Int) -> [Int] {
        let each = configuration.candidates
        return (0..<rows).map { row in
            let rewards = UnsafeBufferPointer(rebasing: qr.values[row * each..<(row + 1) * each])
            let risks = UnsafeBufferPointer(rebasing: qh.values[row * each..<(row + 1) * each])
            return configuration.choice.index(
                rewards: rewards, risks: risks,
                threshold: configuration.threshold - configuration.safetyMargin)
        }
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
        tape.reset()
        return Array(
            (vh(prepared(observations, observations.count / observationSize)) - configuration.threshold)
                .values)
    }
}
