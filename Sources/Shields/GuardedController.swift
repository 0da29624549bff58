import SafeRL
import Tensors

/// A policy and its shield in a loop of somebody else's: one episode, step by step.
///
///     var controller = try GuardedController(policy, plan, actions: space, seed: 0)
///     while case .act(let action) = try controller.step(observation) {
///         observation = robot.move(action)
///         controller.settle()
///     }
///
/// What it does is what the evaluator does with an episode of the same seed. It is no safer than its rules: an observation that
/// is not what they take it for is not noticed.
public struct GuardedController {
    private var policy: any Policy
    private let plan: ShieldPlan
    private let actions: Space
    private let timeLimit: Int?
    private var episode: GuardedEpisode
    private var past: PolicyPast
    private var stream: RandomStream
    private var observation: [Float] = []
    private var executed: [Float] = []
    /// Steps that were settled, and their rewards and costs as far as they were told.
    public private(set) var progress = EpisodeProgress(steps: 0, totalReward: 0, totalCost: 0)
    /// The latest decision, with the reasons of a refusal.
    public var entry: ShieldEntry? { episode.entry }

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - policy: what proposes.
    ///   - plan: what it may not do.
    ///   - actions: what is taken; a policy's box of [−1, 1] where it is nothing else.
    ///   - seed: of the policy's draws.
    ///   - timeLimit: steps after which the episode is cut; nothing where it is not.
    /// - Throws: `ReactionFault`.
    public init(
        _ policy: any Policy, _ plan: ShieldPlan, actions: Space, seed: UInt64, timeLimit: Int? = nil
    ) throws {
        try plan.check(policy)
        try plan.mustNotGoBack("no loop in real time can")
        (self.policy, self.plan, self.actions, self.timeLimit) = (policy, plan, actions, timeLimit)
        var plan = plan
        plan.logging = .nothing
        episode = GuardedEpisode(plan, number: 0, actions: actions)
        past = PolicyPast(of: policy)
        stream = RandomStream(seed: seed, for: .action)
    }

    /// Begins another episode.
    public mutating func begin(seed: UInt64) {
        episode.begin(episode.number + 1)
        past = PolicyPast(of: policy)
        stream = RandomStream(seed: seed, for: .action, index: UInt32(truncatingIfNeeded: episode.number))
        progress = EpisodeProgress(steps: 0, totalReward: 0, totalCost: 0)
    }

    /// Lets the fallback act from now on, until `release`: for a person to look first.
    public mutating func hold() { episode.hold() }

    /// Lets the policy act again.
    public mutating func release() { episode.release() }

    /// Decides what is done in what is observed.
    ///
    /// - Parameter observation: as the policy's environment shows it, `[observationSize]`.
    /// - Returns: the action, in the policy's range; or that nothing may be done.
    /// - Throws: `EvaluationError` for an observation of another size. A policy that fails is refused, and reactions are tried.
    public mutating func step(_ observation: [Float]) throws -> ShieldDecision {
        guard observation.count == policy.observationSize else {
            throw EvaluationError.wrongSize(
                "observation", policy: policy.observationSize, environment: observation.count)
        }
        self.observation = observation
        let seen = past.row(observation, progress)
        var carried = past.carried
        let start = policy.proposing != nil ? stream : nil
        // A policy that fails proposes no action, which is refused.
        let action =
            (try? policy.action(on: seen, carrying: &carried, using: &stream))
            ?? [Float](repeating: .nan, count: policy.actionSize)
        var source = PolicyRow(policy, seeing: seen, carrying: past.carried, carried, stream, from: start)
        let proposal = ActionProposal(
            episode: episode.number, step: progress.steps, observation: observation, action: action,
            isLast: timeLimit.map { progress.steps + 1 >= $0 } ?? false)
        let decision = episode.review(proposal, of: &source)
        (stream, past.carried) = (source.stream, source.carried)
        if case .act(let done) = decision { executed = done }
        return decision
    }

    /// The latest action was done.
    ///
    /// - Parameters:
    ///   - isEnd: whether the episode ended with it.
    ///   - reward: of the step; policies that see how their episode goes need it.
    ///   - cost: of the step, likewise.
    public mutating func settle(isEnd: Bool = false, reward: Float = 0, cost: Float = 0) {
        episode.settle(isEnd: isEnd, isViolation: cost > 0)
        past.remember(observation, progress, executed[...])
        progress = EpisodeProgress(
            steps: progress.steps + 1, totalReward: progress.totalReward + reward,
            totalCost: progress.totalCost + cost)
    }

    /// What was done so far in the episode.
    public var tally: ShieldTally { episode.tally }
}
