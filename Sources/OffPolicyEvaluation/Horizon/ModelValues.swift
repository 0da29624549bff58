import Tensors

/// Values of a policy in a model of the recorded steps, by acting in it from the recorded first states.
///
/// The change of the whitened state is linear in random features of state and action; what a step brings is a network's.
/// Resamples of the episodes have models of their own. Where the policy goes beyond the recorded states, these are the
/// limit of where the model goes.
///
/// - SeeAlso: Fu et al. 2021, "Benchmarks for deep off-policy evaluation", arXiv:2103.16596, on such models beside FQE.
public struct ModelValues {
    /// How the model is fitted and run.
    public struct Options: Codable, Sendable, Hashable {
        /// Random features.
        public var features = 256
        /// Penalty of a weight's square, for each step recorded.
        public var ridge = 1e-6
        /// Resamples of the episodes.
        public var resamples = 5
        /// First states from which each model is run, at most.
        public var starts = 64
        /// Widths of the network's hidden layers.
        public var widths = [64, 64]
        /// Steps of Adam, rows of each, and its first step size.
        public var updates = 2000, rows = 256, rate: Float = 2e-3
        /// Seed of features, networks and resamples.
        public var seed: UInt64 = 0

        /// The defaults.
        public init() {}
    }

    private let steps: RecordedSteps
    private let inputs: PairInputs
    private let features: RandomFeatures
    private let models: [Model]

    /// One resample's model.
    private struct Model {
        /// `[features, coordinates]`, in units of each coordinate's deviation.
        let changes: Matrix
        let outcomes: StepNetwork
        /// Of the first states: the numbers of their episodes.
        let starts: [Int]
    }

    private let motion: Motion

    /// Fits the models; the first one to all episodes.
    ///
    /// - Parameters:
    ///   - steps: what was recorded, with actions of real numbers or choices.
    ///   - options: how.
    /// - Throws: `OffPolicyError.noSolution`.
    public init(_ steps: RecordedSteps, options: Options = Options()) throws(OffPolicyError) {
        let inputs = try PairInputs(steps)
        let features = RandomFeatures(
            inputs: inputs.count, count: options.features, seed: options.seed, set: Self.featureSet)
        let motion = Motion(steps, inputs.states)
        let now = features.matrix(steps.observations, steps.actions, rows: steps.count, as: inputs)
        let joined = inputs.rows(0..<steps.count, steps.observations, steps.actions).joined(motion.changes)
        var models: [Model] = []
        for number in 0...options.resamples {
            let weights =
                number == 0
                ? [Double](repeating: 1, count: steps.episodeCount)
                : EpisodeCounts.resample(
                    steps.episodeCount, seed: options.seed, number: Self.featureSet + number)
            models.append(
                Model(
                    changes: try Self.fit(motion.changes, now, steps, weights, options),
                    outcomes: try StepNetwork(joined, steps, weights: weights, options, number: number),
                    starts: Self.starts(weights, options.starts)))
        }
        (self.steps, self.motion, self.inputs, self.features) = (steps, motion, inputs, features)
        self.models = models
    }

    /// A number of features and resamples that `HorizonValues` does not come to.
    private static let featureSet = 1 << 20

    /// The changes by features, `[features, coordinates]`.
    private static func fit(
        _ changes: Matrix, _ now: Matrix, _ steps: RecordedSteps, _ weights: [Double], _ options: Options
    ) throws(OffPolicyError) -> Matrix {
        var gram = HorizonRegression.grams(now, steps.episodes, [weights])[0]
        for index in 0..<now.columns { gram[index, index] += options.ridge * Double(steps.count) }
        var weighted = changes
        for index in weighted.elements.indices {
            weighted.elements[index] *= weights[steps.episodes[index / changes.columns]]
        }
        var right = Matrix(now.columns, changes.columns)
        DoubleProducts.multiply(
            now.columns, changes.columns, now.rows, now.elements, lda: now.columns, transposeA: true,
            weighted.elements, ldb: changes.columns, &right.elements, ldc: changes.columns)
        do { return try CholeskyFactor(gram).solve(right) } catch { throw .noSolution("\(error)") }
    }

    /// Episodes as often as they count, thinned evenly where they are many.
    private static func starts(_ weights: [Double], _ most: Int) -> [Int] {
        let all = weights.enumerated().flatMap { [Int](repeating: $0.offset, count: Int($0.element)) }
        guard all.count > most else { return all }
        return (0..<most).map { all[$0 * all.count / most] }
    }

    /// Acts in the models and averages.
    ///
    /// - Parameters:
    ///   - horizon: over how many steps.
    ///   - act: the policy's action in each of some states, `[rows, observationSize]` → `[rows, actionSize]`.
    /// - Returns: by the model of all episodes, and by those of resamples.
    /// - Throws: what `act` throws.
    public func estimate(
        over horizon: ValueHorizon, act: (_ observations: [Float]) throws -> [Float]
    ) rethrows -> HorizonEstimate {
        let means = try models.map { try run($0, horizon, act) }
        return HorizonEstimate(values: means[0], resampled: Array(means.dropFirst()))
    }

    private func run(
        _ model: Model, _ horizon: ValueHorizon, _ act: (_ observations: [Float]) throws -> [Float]
    ) rethrows -> [Double] {
        let size = steps.observationSize
        var state = inputs.states.coordinates(
            model.starts.flatMap { steps.starts[$0 * size..<($0 + 1) * size] }[...], isCut: false)
        var sums = [Double](repeating: 0, count: steps.signals.count)
        var alive = [Double](repeating: 1 / Double(model.starts.count), count: model.starts.count)
        for _ in 0..<horizon.steps {
            let seen = inputs.states.states(at: state)
            let pairs = inputs.rows(seen[...], try act(seen)[...])
            let changes = features.matrix(pairs) * model.changes
            for (row, outcome) in model.outcomes.outcomes(pairs.joined(changes)).enumerated() {
                for signal in sums.indices { sums[signal] += alive[row] * outcome.signals[signal] }
                alive[row] *= horizon.discount * (1 - outcome.end)
            }
            motion.move(&state, by: changes)
        }
        return sums
    }
}

/// How recorded states changed from step to step, in whitened coordinates.
private struct Motion {
    /// `[steps, coordinates]`, in units of each coordinate's root mean square.
    let changes: Matrix
    private let units: [Double]
    private let limits: [ClosedRange<Double>]

    /// How far a state goes beyond those that were recorded, as a share of their range.
    private static let margin = 0.05

    init(_ steps: RecordedSteps, _ whitening: Whitening) {
        let before = whitening.coordinates(steps.observations[...], isCut: false)
        var changes = whitening.coordinates(steps.nextObservations[...], isCut: false)
        let size = changes.columns
        for index in changes.elements.indices { changes.elements[index] -= before.elements[index] }
        var squares = [Double](repeating: 0, count: size)
        for (index, change) in changes.elements.enumerated() { squares[index % size] += change * change }
        let units = squares.map { $0 > 0 ? ($0 / Double(steps.count)).squareRoot() : 1 }
        for index in changes.elements.indices { changes.elements[index] /= units[index % size] }
        limits = (0..<size).map { column in
            let own = stride(from: column, to: before.elements.count, by: size).map { before.elements[$0] }
            let (low, high) = (own.min() ?? 0, own.max() ?? 0)
            return low - Self.margin * (high - low)...high + Self.margin * (high - low)
        }
        (self.changes, self.units) = (changes, units)
    }

    /// Moves states, within their limits.
    func move(_ states: inout Matrix, by changes: Matrix) {
        for index in states.elements.indices {
            let column = index % units.count
            let next = states.elements[index] + units[column] * changes.elements[index]
            states.elements[index] = min(max(next, limits[column].lowerBound), limits[column].upperBound)
        }
    }
}
