import Tensors

/// Where the probabilities with which recorded actions were chosen come from; always said, never guessed.
public enum BehaviourSource {
    /// They were recorded.
    case recorded
    /// They are those of an estimate. Weights then carry its error, which no diagnostic shows.
    case estimated(any BehaviourLaw)

    /// In one or two words, for reports.
    public var description: String {
        switch self {
        case .recorded: "recorded"
        case .estimated(let law): law.description
        }
    }
}

/// An estimate of how recorded actions were chosen.
public protocol BehaviourLaw {
    /// What it is, in a few words.
    var description: String { get }
    /// Probability of an action, at least 0.
    func probability(of action: [Double], at observation: [Double]) -> Double
}

/// Relative frequencies of distinct actions in distinct states.
///
/// For tables: rows are compared number by number. Where most states occur once, every frequency is 1 and says nothing
/// about how actions were chosen; `SoftmaxBehaviour` generalises over states.
public struct CountedBehaviour: BehaviourLaw, Sendable {
    /// `counted frequencies`.
    public let description = "counted frequencies"
    private let counts: [[Double]: [[Double]: Int]]
    /// Share of steps whose state occurs once, and whose probability is therefore 1.
    public let loneShare: Double

    /// Counts.
    public init(_ data: TrajectorySet) {
        var counts: [[Double]: [[Double]: Int]] = [:]
        for episode in data.episodes {
            for step in 0..<episode.length {
                counts[episode.observations[step], default: [:]][episode.actions[step], default: 0] += 1
            }
        }
        self.counts = counts
        let lone = counts.values.count { $0.values.reduce(0, +) == 1 }
        loneShare = Double(lone) / Double(data.steps)
    }

    /// The frequency of the action in that state; 0 where either was not recorded.
    public func probability(of action: [Double], at observation: [Double]) -> Double {
        guard let actions = counts[observation] else { return 0 }
        return Double(actions[action] ?? 0) / Double(actions.values.reduce(0, +))
    }
}

/// Multinomial logistic regression of the distinct recorded actions on standardised observations.
///
/// Penalised maximum likelihood, climbed by steps that solve with an upper bound of the curvature, so that every step
/// gains; with momentum, which is dropped where it loses.
///
/// - SeeAlso: Böhning 1992, "Multinomial logistic regression algorithm".
public struct SoftmaxBehaviour: BehaviourLaw, Sendable {
    /// `softmax regression`.
    public let description = "softmax regression"
    /// The distinct actions, sorted; at least two.
    public let actions: [[Double]]
    /// Mean log-probability of the recorded actions, for a comparison with that of other laws.
    public let logLikelihood: Double
    /// Steps made.
    public let iterations: Int
    private let scale: RowScale
    private let weights: Matrix
    private let numbers: [[Double]: Int]

    /// Most distinct actions that are taken for choices of a finite set.
    public static let mostActions = 256

    /// Fits the law.
    ///
    /// - Parameters:
    ///   - data: whose actions are some of a finite set.
    ///   - ridge: penalty ridge/2·‖W‖² of the weights on the sum of log-likelihoods, above 0, without which separable
    ///     actions have no best weights.
    ///   - tolerance: largest element of the gradient, for each step recorded, at which the climb ends.
    /// - Throws: `OffPolicyError.noSolution` with fewer than two or more than `mostActions` distinct actions, and where
    ///   10,000 steps are not enough.
    public init(_ data: TrajectorySet, ridge: Double = 1, tolerance: Double = 1e-7) throws(OffPolicyError) {
        precondition(ridge > 0 && tolerance > 0, "ridge \(ridge), tolerance \(tolerance)")
        let observations = data.episodes.flatMap { $0.observations.dropLast() }
        let taken = data.episodes.flatMap(\.actions)
        let distinct = Set(taken).sorted { $0.lexicographicallyPrecedes($1) }
        guard distinct.count >= 2 && distinct.count <= Self.mostActions else {
            throw .noSolution("\(distinct.count) distinct actions, not 2 to \(Self.mostActions)")
        }
        let numbers = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($0.element, $0.offset) })
        let scale = RowScale(observations)
        var problem = SoftmaxProblem(
            rows: scale.design(observations), labels: taken.compactMap { numbers[$0] },
            classes: distinct.count,
            ridge: ridge)
        iterations = try problem.climb(to: tolerance)
        (actions, self.numbers, self.scale, weights) = (distinct, numbers, scale, problem.weights)
        logLikelihood = problem.meanLogLikelihood
    }

    /// The probability of an action; 0 for one that was never recorded.
    public func probability(of action: [Double], at observation: [Double]) -> Double {
        guard let number = numbers[action] else { return 0 }
        var scores = (scale.design([observation]) * weights).elements
        softmax(&scores[...])
        return scores[number]
    }
}
