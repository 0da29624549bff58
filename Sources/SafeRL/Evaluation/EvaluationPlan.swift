/// How a policy is judged: where, over how many episodes, and what its figures are held against.
public struct EvaluationPlan {
    /// Number of episodes.
    public var episodes: Int
    /// Seed of starts and actions.
    public var seed: UInt64
    /// Confidence of the report's intervals.
    public var confidence: Double
    /// Where it acts.
    public var environment: NamedEnvironment
    /// Processes that share the episodes, where the environment runs in some; nothing for one on each core.
    public var workers: Int?
    /// How often unfinished episodes start again after the environment failed.
    public var retries: Int
    /// What returns and costs are normalised by; nothing where nobody knows.
    public var constants: TaskConstants?
    /// Steps after which an episode is truncated; nothing for the environment's own limit.
    public var timeLimit: Int?
    /// Which policy acts, for the report; packages are added to it.
    public var origin: EvaluationOrigin?
    /// What a guard did, asked for after the last episode; nothing for a policy that acts alone.
    public var guardSummary: (() -> GuardSummary)?
    /// Judges each action before it is done; nothing for a policy that acts alone.
    public var shield: (any ActionShield)?
    /// Is told of each failure after which episodes start again.
    public var warn: (String) -> Void = { _ in }

    /// Describes a judgement.
    ///
    /// - Parameters:
    ///   - episodes: how many.
    ///   - seed: of starts and actions.
    ///   - confidence: of intervals, in (0, 1).
    ///   - environment: where it acts.
    ///   - workers: processes that share the episodes.
    ///   - retries: after failures.
    ///   - constants: for normalised figures.
    ///   - timeLimit: steps of an episode.
    public init(
        episodes: Int, seed: UInt64, confidence: Double = 0.95, environment: NamedEnvironment,
        workers: Int? = nil, retries: Int = 0, constants: TaskConstants? = nil, timeLimit: Int? = nil
    ) {
        (self.episodes, self.seed, self.confidence, self.environment) = (
            episodes, seed, confidence, environment
        )
        (self.workers, self.retries) = (workers, retries)
        (self.constants, self.timeLimit) = (constants, timeLimit)
    }

    /// Runs the episodes.
    ///
    /// - Parameters:
    ///   - policy: what acts.
    ///   - traced: how many of the first episodes to keep for pictures.
    /// - Returns: the episodes and their figures.
    /// - Throws: `EvaluationError`, and what the environment throws.
    public func run(_ policy: any Policy, keeping traced: Int = 0) throws -> (Evaluation, EvaluationReport) {
        try run(policy, in: try place(), keeping: traced)
    }

    /// Makes the environment, which several policies may then act in one after the other.
    ///
    /// - Throws: what the environment throws.
    public func place() throws -> any VectorEnvironment {
        try environment.make(EnvironmentRequest(slots: evaluator.slots, workers: workers))
    }

    /// Runs the episodes in an environment that was made.
    ///
    /// - Throws: `EvaluationError`, and what the environment throws.
    public func run(
        _ policy: any Policy, in place: any VectorEnvironment, keeping traced: Int = 0,
        isStopping: () -> Bool = { false }
    ) throws -> (Evaluation, EvaluationReport) {
        let evaluation = try evaluator.run(
            policy, in: place, shieldedBy: shield, keeping: traced, isStopping: isStopping, warn: warn)
        let isChanged = shield.map { !$0.changesNothing } ?? false
        var origin = origin
        origin?.packages = place.versions
        var report = EvaluationReport(
            evaluation.episodes, seed: seed, confidence: confidence,
            extent: EpisodeExtent(of: place, timeLimit: timeLimit, isShielded: isChanged),
            task: constants, origin: origin)
        // What the law says of a policy is not what it says of one that a shield changes.
        report.exact = isChanged ? nil : try exact(policy)
        report.guarded = guardSummary?()
        report.shield = shield?.summary
        return (evaluation, report)
    }

    /// What the task's law says of a policy that knows its probabilities.
    private func exact(_ policy: any Policy) throws -> ExactEvaluation? {
        guard let type = environment.type?.tabular, let policy = policy.choosing, policy.needsNoPast
        else { return nil }
        return try type.exactly(policy)
    }

    private var evaluator: Evaluator {
        Evaluator(episodes: episodes, seed: seed, timeLimit: timeLimit, retries: retries)
    }
}
