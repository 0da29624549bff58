import Tensors

/// Numbers that describe a pair of observation and action, on which values are linear.
public struct ValueFeatures: Sendable {
    /// How many, at least 1.
    public let count: Int
    private let compute: @Sendable ([Double], [Double]) throws(OffPolicyError) -> [Double]

    /// Makes features.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - compute: `count` finite numbers of an observation and an action; should hold a 1, or there is no intercept.
    public init(
        count: Int, _ compute: @escaping @Sendable ([Double], [Double]) throws(OffPolicyError) -> [Double]
    ) {
        precondition(count >= 1, "no features")
        (self.count, self.compute) = (count, compute)
    }

    /// A 1 and the standardised observation for each distinct recorded action, 0 for all others.
    public static func perAction(_ data: TrajectorySet) -> ValueFeatures {
        let scale = RowScale(data.episodes.flatMap(\.observations))
        let actions = Set(data.episodes.flatMap(\.actions)).sorted { $0.lexicographicallyPrecedes($1) }
        let numbers = Dictionary(uniqueKeysWithValues: actions.enumerated().map { ($0.element, $0.offset) })
        let size = data.observationSize + 1
        return ValueFeatures(count: size * actions.count) { observation, action throws(OffPolicyError) in
            guard let number = numbers[action] else {
                throw .unseenPair(observation: observation, action: action)
            }
            var features = [Double](repeating: 0, count: size * actions.count)
            features[number * size] = 1
            for (index, value) in scale.standardised(observation).enumerated() {
                features[number * size + 1 + index] = value
            }
            return features
        }
    }

    /// The numbers of one pair.
    func callAsFunction(_ observation: [Double], _ action: [Double]) throws(OffPolicyError) -> [Double] {
        let features = try compute(observation, action)
        precondition(features.count == count, "\(features.count) features, not \(count)")
        return features
    }
}

/// Values linear in features, fitted by regression with a ridge penalty.
///
/// Two ways to the same fixed point θ of regressing x + γ·V_θ(s') on the features: iterating the regression, which may
/// diverge when the data's states are not those that the policy visits, and solving for it at once (LSTD-Q), which cannot
/// diverge but may then give a meaningless value. Values beyond ten times the largest possible are refused either way.
///
/// - SeeAlso: Le, Voloshin and Yue 2019, arXiv:1903.08738; Lagoudakis and Parr 2003, "Least-squares policy iteration".
public struct LinearValues: ActionValues, Sendable {
    /// How θ is found.
    public enum Method: Codable, Sendable, Hashable {
        /// Regression after regression, until no weight moves by more than `tolerance`, relative to the largest.
        case iterated(tolerance: Double, most: Int)
        /// The fixed point at once.
        case solved
    }

    /// θ, one for each feature.
    public let weights: [Double]
    /// Regressions made; 0 where the fixed point was solved for.
    public let iterations: Int
    private let features: ValueFeatures

    /// Fits values.
    ///
    /// - Parameters:
    ///   - data: the recorded episodes.
    ///   - signal: what is summed up.
    ///   - policy: whose value it is.
    ///   - discount: in [0, 1].
    ///   - features: what values are linear in.
    ///   - ridge: penalty of ‖θ‖² on the sum of squares, at least 0.
    ///   - method: how θ is found.
    /// - Throws: `OffPolicyError.noSolution` where the equation has none, the iteration diverges or does not end, or the
    ///   value of a recorded pair is beyond ten times the largest possible.
    public init(
        _ data: TrajectorySet, _ signal: Signal, of policy: some EvaluatedPolicy, discount: Double,
        features: ValueFeatures, ridge: Double, method: Method
    ) throws(OffPolicyError) {
        precondition(discount >= 0 && discount <= 1 && ridge >= 0, "discount \(discount), ridge \(ridge)")
        let regression = try Self.regression(data, signal, policy, discount, features, ridge)
        self.features = features
        switch method {
        case .solved:
            var left = regression.square
            for index in left.elements.indices { left.elements[index] -= regression.ahead.elements[index] }
            do { weights = try left.solve(regression.right).elements } catch { throw .noSolution("\(error)") }
            iterations = 0
        case .iterated(let tolerance, let most):
            (weights, iterations) = try regression.iterate(to: tolerance, most: most)
        }
        guard weights.allSatisfy(\.isFinite) else { throw .noSolution("the weights are not finite") }
        let fitted = (regression.now * Matrix(features.count, 1, weights)).elements
        let largest = data.largestSum(of: signal, discount: discount)
        guard fitted.allSatisfy({ abs($0) <= 10 * largest }) else {
            throw .noSolution("values ten times beyond the largest possible")
        }
    }

    /// square·θ = right + ahead·θ.
    private struct Regression {
        /// The features of all recorded pairs, one row a step.
        let now: Matrix
        let square, ahead, right: Matrix

        func iterate(to tolerance: Double, most: Int) throws(OffPolicyError) -> ([Double], Int) {
            let factor: CholeskyFactor
            do { factor = try CholeskyFactor(square) } catch {
                throw .noSolution("\(error), or use a larger ridge")
            }
            var theta = Matrix(square.rows, 1)
            var first = 0.0
            for iteration in 1...max(most, 1) {
                let next: Matrix
                do { next = try factor.solve((ahead * theta).adding(right, times: 1)) } catch {
                    throw .noSolution("the iteration diverges")
                }
                let change = next.adding(theta, times: -1).elements.reduce(0) { max($0, abs($1)) }
                let size = next.elements.reduce(0) { max($0, abs($1)) }
                theta = next
                if iteration == 1 { first = change }
                if change <= tolerance * max(size, .leastNormalMagnitude) {
                    return (theta.elements, iteration)
                }
                guard change.isFinite && change <= 1e6 * first else {
                    throw .noSolution(
                        "the iteration diverges: the data's states are not those the policy visits")
                }
            }
            throw .noSolution("the iteration still moves after \(most) regressions")
        }
    }

    private static func regression(
        _ data: TrajectorySet, _ signal: Signal, _ policy: some EvaluatedPolicy, _ discount: Double,
        _ features: ValueFeatures, _ ridge: Double
    ) throws(OffPolicyError) -> Regression {
        let (steps, size) = (data.steps, features.count)
        var (now, next) = (Matrix(steps, size), Matrix(steps, size))
        var row = 0
        for episode in data.episodes {
            for step in 0..<episode.length {
                let here = try features(episode.observations[step], episode.actions[step])
                now.elements.replaceSubrange(row * size..<(row + 1) * size, with: here)
                if !(step + 1 == episode.length && episode.end == .terminated) {
                    let observation = episode.observations[step + 1]
                    for choice in policy.weightedActions(at: observation) where choice.weight > 0 {
                        for (index, value) in (try features(observation, choice.action)).enumerated() {
                            next[row, index] += choice.weight * value
                        }
                    }
                }
                row += 1
            }
        }
        let across = now.transposed()
        var (square, ahead) = (across * now, across * next)
        for index in 0..<size { square[index, index] += ridge }
        for index in ahead.elements.indices { ahead.elements[index] *= discount }
        let right = across * Matrix(steps, 1, data.values(of: signal).flatMap(\.self))
        return Regression(now: now, square: square, ahead: ahead, right: right)
    }

    /// θ times the features.
    public func value(of action: [Double], at observation: [Double]) throws(OffPolicyError) -> Double {
        zip(try features(observation, action), weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
