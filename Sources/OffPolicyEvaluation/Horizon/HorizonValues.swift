import Tensors

/// Values of a policy over a number of steps, linear in random features: fitted Q evaluation, one regression a step from the
/// last one back.
///
/// Q_h(s, a), the sum over h steps, is regressed on x + γ·V_{h−1}(s'), where V_0 = 0 and V_{h−1}(s') is the value of the
/// policy's own action in s', cut to what so many steps can sum up to. No regression follows itself, so nothing diverges.
/// All resamples are regressed together.
///
/// - SeeAlso: Le, Voloshin and Yue 2019, arXiv:1903.08738; De Asis et al. 2020, "Fixed-horizon temporal difference methods",
///   arXiv:1909.03906; Hao et al. 2021, "Bootstrapping fitted Q-evaluation for off-policy inference", arXiv:2102.03607.
public struct HorizonValues {
    /// How values are fitted.
    public struct Options: Codable, Sendable, Hashable {
        /// Random features of a set.
        public var features = 200
        /// Sets of features; estimates are means over them.
        public var sets = 2
        /// Resamples of the episodes for each set.
        public var resamples = 6
        /// Penalty of a weight's square, for each step recorded.
        public var ridge = 1e-6
        /// Seed of features and resamples.
        public var seed: UInt64 = 0

        /// The defaults.
        public init() {}
    }

    private let steps: RecordedSteps
    private let nextActions, startActions: [Float]
    private let options: Options

    /// Prepares a fit.
    ///
    /// - Parameters:
    ///   - steps: what was recorded.
    ///   - nextActions: what the policy does in each state reached, `[steps, actionSize]`.
    ///   - startActions: what it does in each first state, `[episodes, actionSize]`.
    ///   - options: how.
    public init(
        _ steps: RecordedSteps, nextActions: [Float], startActions: [Float], options: Options = Options()
    ) {
        precondition(
            nextActions.count == steps.count * steps.actionSize
                && startActions.count == steps.episodeCount * steps.actionSize,
            "\(nextActions.count) and \(startActions.count) numbers of actions do not fit the steps")
        precondition(
            options.features >= 1 && options.sets >= 1 && options.resamples >= 0
                && options.ridge > 0, "\(options)")
        (self.steps, self.nextActions, self.startActions) = (steps, nextActions, startActions)
        self.options = options
    }

    /// Fits and averages over the first states.
    ///
    /// - Parameter horizon: over how many steps.
    /// - Returns: the mean over the sets of features; each resample is of one of the sets.
    /// - Throws: `OffPolicyError.noSolution` where the features are too dependent for the penalty.
    public func estimate(over horizon: ValueHorizon) throws(OffPolicyError) -> HorizonEstimate {
        var total = [Double](repeating: 0, count: steps.signals.count)
        var resampled: [[Double]] = []
        let inputs = try PairInputs(steps)
        for set in 0..<options.sets {
            let features = RandomFeatures(
                inputs: inputs.count, count: options.features, seed: options.seed, set: set)
            let members =
                [[Double](repeating: 1, count: steps.episodeCount)]
                + (0..<options.resamples).map {
                    EpisodeCounts.resample(
                        steps.episodeCount, seed: options.seed, number: set * options.resamples + $0)
                }
            let regression = try HorizonRegression(
                steps, members, ridge: options.ridge,
                now: features.matrix(steps.observations, steps.actions, rows: steps.count, as: inputs),
                next: features.matrix(steps.nextObservations, nextActions, rows: steps.count, as: inputs),
                starts: features.matrix(steps.starts, startActions, rows: steps.episodeCount, as: inputs))
            let values = try regression.values(over: horizon)
            for signal in total.indices { total[signal] += values[0][signal] / Double(options.sets) }
            resampled += values.dropFirst()
        }
        return HorizonEstimate(values: total, resampled: resampled)
    }
}

/// The regressions of one set of features, for several weightings of the episodes at once.
struct HorizonRegression {
    private let steps: RecordedSteps
    /// `[members][episodes]`.
    private let members: [[Double]]
    /// Features of the pairs recorded, of the states reached with the policy's action, and of the first states with it.
    private let now, next, starts: Matrix
    private let factors: [CholeskyFactor]

    /// Rows that are multiplied together.
    private static let block = 512

    init(
        _ steps: RecordedSteps, _ members: [[Double]], ridge: Double, now: Matrix, next: Matrix,
        starts: Matrix
    ) throws(OffPolicyError) {
        (self.steps, self.members, self.now, self.next, self.starts) = (steps, members, now, next, starts)
        var factors: [CholeskyFactor] = []
        for gram in Self.grams(now, steps.episodes, members) {
            var gram = gram
            for index in 0..<now.columns { gram[index, index] += ridge * Double(steps.count) }
            do { factors.append(try CholeskyFactor(gram)) } catch { throw .noSolution("\(error)") }
        }
        self.factors = factors
    }

    /// Σ w·φφᵀ of each member; the lower triangle only.
    static func grams(_ now: Matrix, _ episodes: [Int], _ members: [[Double]]) -> [Matrix] {
        let (size, count) = (now.columns, members.count)
        var all = [Double](repeating: 0, count: count * size * size)
        all.withUnsafeMutableBufferPointer { all in
            guard let all = all.baseAddress else { return }
            let work = Place(all)
            Shards.run(count, on: (now, episodes, members, work)) { context, member in
                let (now, episodes, members, work) = context
                let out = work.pointer + member * size * size
                let weights = members[member]
                var rows: [Double] = []
                func add() {
                    DoubleProducts.gram(size, rows.count / max(size, 1), rows, beta: 1, out)
                    rows.removeAll(keepingCapacity: true)
                }
                for (row, episode) in episodes.enumerated() where weights[episode] > 0 {
                    let root = weights[episode].squareRoot()
                    for column in row * size..<(row + 1) * size { rows.append(root * now.elements[column]) }
                    if rows.count >= block * size { add() }
                }
                add()
            }
        }
        return (0..<count).map { Matrix(size, size, Array(all[$0 * size * size..<($0 + 1) * size * size])) }
    }

    /// The mean value of the first states, `[members][signals]`.
    func values(over horizon: ValueHorizon) throws(OffPolicyError) -> [[Double]] {
        let (signals, size) = (steps.signals.count, now.columns)
        var theta = Matrix(size, members.count * signals)
        for step in 1...horizon.steps {
            let sum = horizon.sum(step - 1)
            let right = rightSides(
                theta, horizon.discount, (0..<signals).map { steps.range(ofSignal: $0, over: sum) })
            for (member, factor) in factors.enumerated() {
                let columns = Array(member * signals..<(member + 1) * signals)
                let solution: Matrix
                do { solution = try factor.solve(right.columns(at: columns)) } catch {
                    throw .noSolution("\(error)")
                }
                for row in 0..<size {
                    for signal in 0..<signals {
                        theta.elements[row * theta.columns + member * signals + signal] =
                            solution[row, signal]
                    }
                }
            }
        }
        return means(starts * theta, over: horizon)
    }

    private func means(_ values: Matrix, over horizon: ValueHorizon) -> [[Double]] {
        let signals = steps.signals.count
        let ranges = (0..<signals).map { steps.range(ofSignal: $0, over: horizon.sum(horizon.steps)) }
        return members.enumerated().map { member, weights in
            let all = weights.reduce(0, +)
            return (0..<signals).map { signal in
                let range = ranges[signal]
                return weights.indices.reduce(0) { sum, episode in
                    let value = values[episode, member * signals + signal]
                    return sum + weights[episode] * min(max(value, range.lowerBound), range.upperBound)
                } / all
            }
        }
    }

    /// Σ w·φ·(x + γ·V(s')), `[features, members · signals]`, in parts whose number depends on the rows alone.
    private func rightSides(_ theta: Matrix, _ discount: Double, _ ranges: [ClosedRange<Double>]) -> Matrix {
        let size = now.columns * theta.columns
        let parts = min(8, (steps.count - 1) / Self.block + 1)
        var partial = [Double](repeating: 0, count: parts * size)
        partial.withUnsafeMutableBufferPointer { partial in
            guard let partial = partial.baseAddress else { return }
            let work = Place(partial)
            Shards.run(parts, on: self) { regression, part in
                let range = Shards.range(part, of: parts, rows: regression.steps.count)
                Shards.inBlocks(of: Self.block, range) { rows in
                    regression.add(rows, theta, discount, ranges, to: work.pointer + part * size)
                }
            }
        }
        var result = Matrix(now.columns, theta.columns)
        for part in 0..<parts {
            for index in 0..<size { result.elements[index] += partial[part * size + index] }
        }
        return result
    }

    private func add(
        _ rows: Range<Int>, _ theta: Matrix, _ discount: Double, _ ranges: [ClosedRange<Double>],
        to out: UnsafeMutablePointer<Double>
    ) {
        let (size, columns, signals) = (now.columns, theta.columns, ranges.count)
        var targets = [Double](repeating: 0, count: rows.count * columns)
        next.elements.withUnsafeBufferPointer { next in
            guard let next = next.baseAddress else { return }
            DoubleProducts.multiply(
                rows.count, columns, size, next + rows.lowerBound * size, lda: size, theta.elements,
                ldb: columns,
                &targets, ldc: columns)
        }
        for (place, row) in rows.enumerated() {
            let goesOn = steps.isTerminated[row] ? 0 : discount
            for (member, weights) in members.enumerated() {
                let weight = weights[steps.episodes[row]]
                for signal in 0..<signals {
                    let index = place * columns + member * signals + signal
                    let ahead = min(max(targets[index], ranges[signal].lowerBound), ranges[signal].upperBound)
                    targets[index] = weight * (steps.values[signal][row] + goesOn * ahead)
                }
            }
        }
        now.elements.withUnsafeBufferPointer { now in
            guard let now = now.baseAddress else { return }
            DoubleProducts.multiply(
                size, columns, rows.count, now + rows.lowerBound * size, lda: size, transposeA: true, targets,
                ldb: columns, beta: 1, out, ldc: columns)
        }
    }
}
