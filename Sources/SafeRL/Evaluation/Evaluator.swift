import Tensors

/// Runs a policy in an environment for a number of episodes, many side by side.
///
/// Every step asks the policy once for the actions of all unfinished episodes, and the environment once for all their
/// steps. Episode i has a slot and a random stream of its own, both seeded by (seed, i), so its course depends neither
/// on how many episodes there are nor on how many run together, as long as the policy treats rows independently.
public struct Evaluator: Sendable {
    /// Number of episodes, at least 1.
    public let episodes: Int
    /// Seed of starts and actions.
    public let seed: UInt64
    /// Episodes that run side by side at most; bounds memory, does not change results.
    public let concurrency: Int
    /// Steps after which an episode is truncated; nothing for the environment's own limit.
    public let timeLimit: Int?
    /// How often a failed environment is made usable again and its unfinished episodes start again from the same
    /// seeds; 0 ends the evaluation at the first failure.
    public let retries: Int

    /// Describes an evaluation.
    public init(
        episodes: Int, seed: UInt64, concurrency: Int = 128, timeLimit: Int? = nil, retries: Int = 0
    ) {
        precondition(episodes >= 1 && concurrency >= 1, "\(episodes) episodes, \(concurrency) together")
        precondition(timeLimit.map { $0 >= 1 } ?? true, "a time limit below one step")
        precondition(retries >= 0, "\(retries) retries")
        (self.episodes, self.seed, self.retries) = (episodes, seed, retries)
        (self.concurrency, self.timeLimit) = (concurrency, timeLimit)
    }

    /// Slots that an environment needs for all the episodes that run side by side.
    public var slots: Int { min(episodes, concurrency) }

    /// The seed of an episode's start.
    public static func resetSeed(_ seed: UInt64, episode: Int) -> UInt64 {
        var stream = RandomStream(seed: seed, for: .reset, index: UInt32(truncatingIfNeeded: episode))
        return stream.nextInteger()
    }

    /// Runs all episodes, each in a fresh value of a type.
    ///
    /// - Parameters:
    ///   - policy: what acts; copied, so that its own state does not change.
    ///   - environment: what it acts in.
    ///   - shield: judges each action before it is done; nothing for a policy that acts alone.
    ///   - traced: how many of the first episodes to keep all observations and actions of, for pictures.
    /// - Returns: the episodes in order.
    /// - Throws: `EvaluationError` as soon as anything is not finite or sizes differ; the environment's own errors.
    public func run<Task: Environment>(
        _ policy: any Policy, in environment: Task.Type, shieldedBy shield: (any ActionShield)? = nil,
        keeping traced: Int = 0
    ) throws -> Evaluation {
        try run(
            policy, in: EnvironmentVector(environment, slots: slots), shieldedBy: shield, keeping: traced)
    }

    /// Runs all episodes, as many side by side as the environment has slots, at most `concurrency`.
    ///
    /// - Parameters:
    ///   - policy: what acts; copied, so that its own state does not change.
    ///   - environment: what it acts in.
    ///   - shield: judges each action before it is done; nothing for a policy that acts alone.
    ///   - traced: how many of the first episodes to keep all observations and actions of, for pictures.
    ///   - isStopping: asked before each step; true ends the evaluation.
    ///   - warn: is told about each failure after which episodes start again.
    /// - Returns: the episodes in order.
    /// - Throws: `EvaluationError` as soon as anything is not finite or sizes differ; the environment's own errors
    ///   once there are no retries left, the policy's at once; `EvaluationStopped`.
    public func run(
        _ policy: any Policy, in environment: any VectorEnvironment,
        shieldedBy shield: (any ActionShield)? = nil, keeping traced: Int = 0,
        isStopping: () -> Bool = { false }, warn: (String) -> Void = { _ in }
    ) throws -> Evaluation {
        var policy = policy
        try Self.checkSizes(of: policy, in: environment)
        try shield?.check(environment)
        var episodes = RunningEpisodes(
            self, environment, shield: shield, traced: min(traced, self.episodes))
        var left = retries
        while !episodes.areFinished {
            if isStopping() { throw EvaluationStopped() }
            do throws(EnvironmentFailure) { try episodes.advance(&policy) } catch {
                switch error {
                case .evaluation(let error): throw error
                case .policy(let error): throw error
                case .environment(let error) where left == 0: throw error
                case .environment(let error):
                    left -= 1
                    try environment.recover(from: error)
                    warn("\(error) Unfinished episodes start again; \(left) more retries.")
                    episodes.startAgain()
                }
            }
        }
        return episodes.result()
    }

    /// Refuses an environment that the policy does not fit.
    ///
    /// - Throws: `EvaluationError`.
    package static func checkSizes(of policy: any Policy, in environment: any VectorEnvironment) throws {
        let choices = environment.actionSpace.choices
        guard policy.actionChoices == choices else {
            throw EvaluationError.otherActions(
                environment.name, choices: choices, policy: policy.actionChoices)
        }
        try EvaluationError.mustFit(
            policy, observation: environment.observationSpace.size, action: environment.actionSpace.size)
    }
}

extension EvaluationError {
    /// Checks that a policy sees and does what an environment shows and takes.
    ///
    /// - Throws: `wrongSize`.
    static func mustFit(_ policy: any Policy, observation: Int, action: Int) throws(EvaluationError) {
        guard policy.observationSize == observation else {
            throw .wrongSize("observation", policy: policy.observationSize, environment: observation)
        }
        guard policy.actionSize == action else {
            throw .wrongSize("action", policy: policy.actionSize, environment: action)
        }
    }
}

/// The episodes of an evaluation.
public struct Evaluation: Sendable, Equatable {
    /// One record an episode, in order.
    public internal(set) var episodes: [EpisodeRecord] = []
    /// All observations of the first episodes, `[length + 1, observationSize]` each, the last one included.
    public internal(set) var traces: [[Float]]
    /// All actions of the same episodes, `[length, actionSize]` each.
    public internal(set) var actions: [[Float]]
}

/// An evaluation ended before its time because it was asked to.
public struct EvaluationStopped: Error {}

/// Why an evaluation stopped: its figures would not mean anything.
public enum EvaluationError: Fault, Equatable {
    /// A number that is NaN or infinite, or a negative cost.
    case badNumber(String, value: Float, episode: Int, step: Int)
    /// A policy that does not know what to do, such as one whose numbers lead to NaN.
    case badAction(Float, episode: Int, step: Int)
    /// A step without one cost for each channel.
    case wrongCosts(Int, names: [String], episode: Int, step: Int)
    /// A cost above the largest that the environment states.
    case excessiveCost(String, episode: Int, step: Int)
    /// Policy and environment do not fit.
    case wrongSize(String, policy: Int, environment: Int)
    /// An action that is none of the choices.
    case notAChoice(Float, choices: Int, episode: Int, step: Int)
    /// Policy and environment have other numbers of choices, or one has real numbers: nil.
    case otherActions(String, choices: Int?, policy: Int?)
    /// A policy that remembers so many steps, or with 0 how its episode went, where what it does must follow from an observation alone.
    case remembers(Int)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .badAction: .badData
        case .wrongSize, .otherActions, .remembers: .configuration
        case .badNumber, .notAChoice, .wrongCosts, .excessiveCost: .internalFault
        }
    }

    /// One sentence.
    public var description: String {
        switch self {
        case .badNumber(let name, let value, let episode, let step):
            "episode \(episode), step \(step): \(name) is \(value). "
                + "Repair the environment (saferl env check) or the policy; no figures were written."
        case .badAction(let value, let episode, let step):
            "episode \(episode), step \(step): the policy's action is \(value). "
                + "Use an older checkpoint, or repair the policy; no figures were written."
        case .wrongCosts(let count, let names, let episode, let step):
            "episode \(episode), step \(step): \(count) costs for \(names.count) channels "
                + "(\(names.joined(separator: ", "))). Repair the environment (saferl env check); no figures were written."
        case .excessiveCost(let fault, let episode, let step):
            "episode \(episode), step \(step): \(fault). Repair the environment (saferl env check); no figures were written."
        case .wrongSize(let name, let policy, let environment):
            "the policy's \(name) has \(policy) values, the environment's \(environment). "
                + "Name the environment that the policy was trained for."
        case .notAChoice(let value, let choices, let episode, let step):
            "episode \(episode), step \(step): the action \(value) is none of the choices 0 … \(choices - 1). "
                + "Repair the policy; no figures were written."
        case .otherActions(let name, let choices, let policy):
            "\(name): its actions are \(Self.words(choices)), the policy's are \(Self.words(policy)). "
                + "Name the environment that the policy was trained for."
        case .remembers(let steps):
            "the policy remembers \(Self.past(steps)), and a table has one row for an observation. Evaluate it by episodes."
        }
    }

    /// What a policy remembers.
    package static func past(_ steps: Int) -> String {
        steps > 0 ? "\(steps) steps" : "how its episode went"
    }

    private static func words(_ choices: Int?) -> String {
        choices.map { "one of \($0) choices" } ?? "real numbers"
    }
}
