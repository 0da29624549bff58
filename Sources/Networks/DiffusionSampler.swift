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

    /// Describes a sampler.
    public init(_ schedule: NoiseSchedule, temperature: Float = 1, isDeterministic: Bool = false) {
        (self.schedule, self.temperature, self.isDeterministic) = (schedule, temperature, isDeterministic)
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
        var walk = Walk(on: x.tape, x.shape)
        for t in stride(from: schedule.steps - 1, through: 0, by: -1) {
            // Only x lives from step to step, so the memory of a forward pass is that of one step.
            x.tape.temporarily {
                let noise = walk.at(t) { denoise(x, $0) }
                if isDeterministic {
                    x.assign(solverStep(x, noise, t, &walk))
                } else {
                    let fresh = t > 0 ? normal(on: x.tape, candidates, x.shape.columns, &streams) : nil
                    x.assign(ancestralStep(x, noise, fresh, t))
                }
            }
        }
        return x
    }

    /// x ← clip((x − (1 − α)/√(1 − ᾱ)·ẑ)/√α + √β·temperature·ε, −1, 1), without ε in the last step.
    package func ancestralStep(_ x: Variable, _ noise: Variable, _ fresh: Variable?, _ t: Int) -> Variable {
        let (alpha, alphaBar) = (schedule.alphas[t], schedule.alphaBars[t])
        var next = (x - ((1 - alpha) / (1 - alphaBar).squareRoot()) * noise) / alpha.squareRoot()
        if let fresh { next = next + (schedule.betas[t].squareRoot() * temperature) * fresh }
        return next.clipped(-1, 1)
    }

    /// One step of the second-order multistep solver in data prediction, with predictions clipped to [−1, 1].
    ///
    /// - SeeAlso: Lu et al. 2022, arXiv:2211.01095, algorithm 2.
    private func solverStep(_ x: Variable, _ noise: Variable, _ t: Int, _ walk: inout Walk) -> Variable {
        let level = Level(schedule.alphaBars[t])
        let data = ((x - level.sigma * noise) / level.alpha).clipped(-1, 1)
        guard t > 0 else { return data }
        let next = Level(schedule.alphaBars[t - 1])
        let h = next.lambda - level.lambda
        var direction = data
        if let earlier = walk.earlier {
            let ratio = (level.lambda - earlier.lambda) / h
            direction = (1 + 0.5 / ratio) * data - (0.5 / ratio) * walk.previous
        }
        walk.earlier = level
        walk.previous.assign(data)
        // The direction was computed from the previous prediction before this one took its place.
        return (next.sigma / level.sigma) * x + (next.alpha * (1 - exp(-h))) * direction
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

    /// What a walk carries from step to step.
    private struct Walk {
        var earlier: Level?
        let previous: Variable
        private var steps: [Int32]

        init(on tape: Tape, _ shape: Shape) {
            previous = tape.constant(0, shape.rows, shape.columns)
            steps = .init(repeating: 0, count: shape.rows)
        }

        mutating func at(_ t: Int, _ body: (UnsafeBufferPointer<Int32>) -> Variable) -> Variable {
            for row in steps.indices { steps[row] = Int32(t) }
            return steps.withUnsafeBufferPointer(body)
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
    /// The steps of `sample`, for programs that repeat them.
    public var steps: [DiffusionStep] {
        var earlier: Level?
        return stride(from: schedule.steps - 1, through: 0, by: -1).map { t in
            guard isDeterministic else { return ancestral(t) }
            let level = Level(schedule.alphaBars[t])
            defer { earlier = level }
            return solver(t, level, earlier)
        }
    }

    private func ancestral(_ t: Int) -> DiffusionStep {
        let (alpha, alphaBar) = (schedule.alphas[t], schedule.alphaBars[t])
        return DiffusionStep(
            time: t, remove: (1 - alpha) / (1 - alphaBar).squareRoot(), divide: alpha.squareRoot(),
            add: t > 0 ? schedule.betas[t].squareRoot() * temperature : 0, keep: 0, toward: 1, new: 1, old: 0)
    }

    private func solver(_ t: Int, _ level: Level, _ earlier: Level?) -> DiffusionStep {
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
            time: t, remove: level.sigma, divide: level.alpha, add: 0, keep: keep, toward: toward, new: new,
            old: old)
    }
}
