import Foundation
import Tensors

/// Draws from a diffusion model by walking its noise schedule backwards.
///
/// Rows come in groups of `candidates`, one group for each stream, so what a group gets does not depend on the others.
public struct DiffusionSampler: Sendable {
    /// The schedule that the model was trained with.
    public let schedule: NoiseSchedule
    /// Scale of the noise added on the way.
    public let temperature: Float
    /// DPM-Solver++(2M) instead of ancestral sampling: no noise after the first.
    public let isDeterministic: Bool
    /// The steps of `sample`, the last time first, also for programs that repeat them.
    public let steps: [DiffusionStep]

    /// Describes a sampler.
    public init(_ schedule: NoiseSchedule, temperature: Float = 1, isDeterministic: Bool = false) {
        (self.schedule, self.temperature, self.isDeterministic) = (schedule, temperature, isDeterministic)
        steps =
            isDeterministic
            ? Self.solverSteps(schedule) : Self.ancestralSteps(schedule, temperature: temperature)
    }

    /// The first noise, N(0, I), `[streams · candidates, actions]`.
    public func start(
        on tape: Tape, candidates: Int, actions: Int, using streams: inout MutableSpan<RandomStream>
    ) -> Variable {
        normal(on: tape, candidates, actions, &streams)
    }

    /// Walks from noise to samples in [−1, 1].
    ///
    /// - Parameters:
    ///   - x: the first noise.
    ///   - candidates: rows of one stream.
    ///   - streams: where later noise comes from.
    ///   - denoise: predicts the noise in x at the given time indices.
    /// - Returns: the samples, of the shape of `x`.
    public func sample(
        from x: Variable, candidates: Int, using streams: inout MutableSpan<RandomStream>,
        _ denoise: (_ x: Variable, _ steps: UnsafeBufferPointer<Int32>) -> Variable
    ) -> Variable {
        let x = x.tape.copy(x)
        let previous = x.tape.constant(0, x.shape.rows, x.shape.columns)
        var times = [Int32](repeating: 0, count: x.shape.rows)
        for step in steps {
            // Only x lives from step to step, so the memory of a forward pass is that of one step.
            x.tape.temporarily {
                for row in times.indices { times[row] = Int32(step.time) }
                let noise = times.withUnsafeBufferPointer { denoise(x, $0) }
                // Also at temperature 0, so that a stream does not depend on it.
                let fresh =
                    !isDeterministic && step.time > 0
                    ? normal(on: x.tape, candidates, x.shape.columns, &streams) : nil
                x.assign(next(x, noise, fresh, step, previous))
            }
        }
        return x
    }

    /// The step at a time index of ancestral sampling.
    package func ancestralStep(_ x: Variable, _ noise: Variable, _ fresh: Variable?, _ t: Int) -> Variable {
        precondition(!isDeterministic, "a sampler without noise on its way")
        return next(x, noise, fresh, steps[steps.count - 1 - t], x)
    }

    /// Where a step leads; `previous` becomes its prediction of clean data where a later step reads it.
    private func next(
        _ x: Variable, _ noise: Variable, _ fresh: Variable?, _ step: DiffusionStep, _ previous: Variable
    ) -> Variable {
        var data = (x - step.remove * noise) / step.divide
        if let fresh { data = data + step.add * fresh }
        data = data.clipped(-1, 1)
        guard step.keep != 0 else { return data }
        let direction = step.old != 0 ? step.new * data - step.old * previous : data
        // The direction was computed from the previous prediction before this one takes its place.
        previous.assign(data)
        return step.keep * x + step.toward * direction
    }

    private func normal(
        on tape: Tape, _ candidates: Int, _ columns: Int, _ streams: inout MutableSpan<RandomStream>
    ) -> Variable {
        let result = tape.constant(0, streams.count * candidates, columns)
        for row in streams.indices {
            let start = row * candidates * columns
            streams[row].fillNormal(
                .init(rebasing: result.mutableValues[start..<start + candidates * columns]))
        }
        return result
    }

    /// Signal, noise and half the logarithm of their squared ratio at one step.
    private struct Level {
        let alpha, sigma, lambda: Float
        init(_ alphaBar: Float) {
            alpha = alphaBar.squareRoot()
            sigma = (1 - alphaBar).squareRoot()
            lambda = log(alpha / sigma)
        }
    }
}

/// One step of a walk in numbers: d = clip((x − remove·ẑ)/divide + add·ε, −1, 1), then x ← keep·x + toward·(new·d − old·d′), d′ the
/// d of the step before.
public struct DiffusionStep: Sendable, Hashable {
    /// The time index that the denoiser is asked for.
    public let time: Int
    /// Factors of the prediction of clean data.
    public let remove, divide, add: Float
    /// Factors of the move.
    public let keep, toward, new, old: Float
}

extension DiffusionSampler {
    /// x ← clip((x − (1 − α)/√(1 − ᾱ)·ẑ)/√α + √β·temperature·ε, −1, 1), without ε in the last step.
    private static func ancestralSteps(_ schedule: NoiseSchedule, temperature: Float) -> [DiffusionStep] {
        (0..<schedule.steps).reversed().map { t in
            let (alpha, alphaBar) = (schedule.alphas[t], schedule.alphaBars[t])
            return DiffusionStep(
                time: t, remove: (1 - alpha) / (1 - alphaBar).squareRoot(), divide: alpha.squareRoot(),
                add: t > 0 ? schedule.betas[t].squareRoot() * temperature : 0, keep: 0, toward: 1, new: 1,
                old: 0)
        }
    }

    /// The second-order multistep solver in data prediction, with predictions clipped to [−1, 1].
    ///
    /// - SeeAlso: Lu et al. 2022, arXiv:2211.01095, algorithm 2.
    private static func solverSteps(_ schedule: NoiseSchedule) -> [DiffusionStep] {
        var earlier: Level?
        return (0..<schedule.steps).reversed().map { t in
            let level = Level(schedule.alphaBars[t])
            defer { earlier = level }
            var (keep, toward, new, old): (Float, Float, Float, Float) = (0, 1, 1, 0)
            if t > 0 {
                let next = Level(schedule.alphaBars[t - 1])
                let h = next.lambda - level.lambda
                if let earlier {
                    let ratio = (level.lambda - earlier.lambda) / h
                    (new, old) = (1 + 0.5 / ratio, 0.5 / ratio)
                }
                (keep, toward) = (next.sigma / level.sigma, next.alpha * (1 - exp(-h)))
            }
            return DiffusionStep(
                time: t, remove: level.sigma, divide: level.alpha, add: 0, keep: keep, toward: toward,
                new: new,
                old: old)
        }
    }
}
