import Tensors

/// An action that a policy proposes in a step of an episode.
public struct ActionProposal {
    /// The episode's number, which tells it from others that run beside it.
    public let episode: Int
    /// Steps of the episode before this one.
    public let step: Int
    /// What the environment showed, without what a policy remembers beside it.
    public let observation: [Float]
    /// What is proposed; not finite, or no choice, where the policy does not know.
    public let action: [Float]
    /// Whether the episode is cut after this step.
    public let isLast: Bool
    /// Whether some behaviour keeps clear of violations from here on, by the environment's exact rule.
    ///
    /// Nil where none is known, or the shield does not ask. It is for figures, and no decision may depend on it.
    public let canStaySafe: Bool?

    /// Describes a proposal.
    public init(
        episode: Int, step: Int, observation: [Float], action: [Float], isLast: Bool = false,
        canStaySafe: Bool? = nil
    ) {
        (self.episode, self.step, self.isLast) = (episode, step, isLast)
        self.canStaySafe = canStaySafe
        (self.observation, self.action) = (observation, action)
    }
}

/// What a proposing policy can be asked for besides its proposal.
public protocol ProposalSource {
    /// Other actions that were drawn for this step together with the proposal, the best first; mostly none.
    mutating func drawn() throws -> [[Float]]
    /// Draws another action for the same step; nothing from a policy that cannot.
    mutating func another() throws -> [Float]?
    /// The actions that it chooses among, `[choices][actionSize]`; empty where they are real numbers.
    var choices: [[Float]] { get }
    /// Draws among allowed choices by the policy's probabilities; where these are 0, or it does not know them, each is as probable.
    ///
    /// - Parameter allowed: one flag for each of `choices`.
    /// - Returns: the place of an allowed choice; nothing where none is allowed.
    /// - Throws: where the policy cannot judge the observation.
    mutating func choice(among allowed: [Bool]) throws -> Int?
}

extension ProposalSource {
    /// None: the proposal is all that was drawn.
    public mutating func drawn() throws -> [[Float]] { [] }
}

/// What is done in place of a proposal, or with it.
public enum ShieldDecision: Sendable, Equatable {
    /// This action.
    case act([Float])
    /// Nothing: the episode ends before the step.
    case stop
    /// Nothing: the episode goes back so many steps, at least 1, and on from there with another stream.
    case rollBack(Int)
}

/// Stands between a policy and an environment: judges each action before it is done, each episode by itself.
///
/// A shield is told of every episode's start, of every proposal, and of what each step led to. An episode's decisions may
/// depend on nothing but that episode, so that results do not depend on which episodes run side by side.
public protocol ActionShield: AnyObject {
    /// Refuses an environment whose actions or observations are not what the shield judges.
    ///
    /// - Throws: an error that names both.
    func check(_ environment: any VectorEnvironment) throws
    /// An episode starts, or starts again.
    func begin(_ episode: Int)
    /// Whether `passing` may ever say yes.
    var mayPass: Bool { get }
    /// Which proposals of a round are done as they are with nothing to be said of it, in place of a `review` that allows each.
    ///
    /// - Parameters:
    ///   - episodes: their numbers, in the order in which they began as far as they never went back.
    ///   - steps: of each episode before this one.
    ///   - observations: what the environment showed, `[rows, observationSize]`.
    ///   - actions: what is proposed, `[rows, actionSize]`.
    /// - Returns: one answer a row, or nothing for no such row; of the others `review` decides.
    func passing(
        _ episodes: [Int], steps: [Int], observations: Span<Float>, actions: Span<Float>
    ) -> [Bool]
    /// Decides what is done. An action that is allowed is done bit for bit as it was proposed.
    func review(_ proposal: ActionProposal, of source: inout some ProposalSource) -> ShieldDecision
    /// The step was taken; it ended the episode or did not, and had a cost or did not.
    func settle(_ episode: Int, isEnd: Bool, isViolation: Bool)
    /// What it did in the episodes that came to their end.
    var summary: ShieldSummary { get }
    /// Whether it only looks on: every proposal is done as it is.
    var changesNothing: Bool { get }
    /// How many steps an episode may go back at most; 0 where it never does, so that nobody keeps copies of states.
    var rollBackDepth: Int { get }
    /// Whether its figures need `ActionProposal.canStaySafe`.
    var asksForTruth: Bool { get }
}

extension ActionShield {
    /// False: each proposal is reviewed.
    public var mayPass: Bool { false }
    /// Nothing.
    public func passing(
        _ episodes: [Int], steps: [Int], observations: Span<Float>, actions: Span<Float>
    ) -> [Bool] { [] }
    /// False.
    public var changesNothing: Bool { false }
    /// 0.
    public var rollBackDepth: Int { 0 }
    /// False.
    public var asksForTruth: Bool { false }
}

/// A policy's row of a step, asked again for the same observation with the stream of its own episode.
public struct PolicyRow: ProposalSource {
    let policy: any Policy
    /// Rows of observations as `Policy.act` is given them, and where its own stand.
    private let (rows, place): ([Float], Range<Int>)
    /// The row of observations as `Policy.act` is given it.
    var seen: [Float] { place.count == rows.count ? rows : Array(rows[place]) }
    /// What the policy carried into the step.
    let carriedBefore: [Float]
    /// What it carries on after its last draw.
    public private(set) var carried: [Float]
    /// The episode's stream.
    public private(set) var stream: RandomStream
    /// The stream in front of the first draw; nothing where that is not known.
    let start: RandomStream?

    /// A row that was asked once.
    ///
    /// - Parameters:
    ///   - policy: what proposes.
    ///   - seen: the row as `Policy.act` is given it.
    ///   - before: what was carried into the step.
    ///   - carried: what is carried on from the first draw.
    ///   - stream: behind the first draw.
    ///   - start: in front of it, for a policy of candidates; nothing for none.
    public init(
        _ policy: any Policy, seeing seen: [Float], carrying before: [Float], _ carried: [Float],
        _ stream: RandomStream, from start: RandomStream? = nil
    ) {
        self.init(policy, seeing: seen, at: seen.indices, carrying: before, carried, stream, from: start)
    }

    /// A row among others, of which it is copied when it is asked for.
    init(
        _ policy: any Policy, seeing rows: [Float], at place: Range<Int>, carrying before: [Float],
        _ carried: [Float], _ stream: RandomStream, from start: RandomStream?
    ) {
        self.start = start
        (self.policy, self.rows, self.place, self.stream) = (policy, rows, place, stream)
        (carriedBefore, self.carried) = (before, carried)
    }

    /// Draws again; nothing where nothing is drawn.
    public mutating func another() throws -> [Float]? {
        var acting = policy
        var (drawn, carried) = (stream, carriedBefore)
        let action = try acting.action(on: seen, carrying: &carried, using: &drawn)
        // A stream that nothing was drawn from gives the same action again.
        guard drawn != stream else { return nil }
        (stream, self.carried) = (drawn, carried)
        return action
    }

    /// The candidates behind the proposal, drawn once more from where they were drawn.
    public mutating func drawn() throws -> [[Float]] {
        guard var start, let policy = policy.proposing else { return [] }
        return Array(try policy.candidates(on: seen, using: &start).dropFirst())
    }

    /// The policy's.
    public var choices: [[Float]] { policy.finiteActions }

    /// Draws by the policy's probabilities where it knows them.
    public mutating func choice(among allowed: [Bool]) throws -> Int? {
        var weights = allowed.map { $0 ? 1.0 : 0 }
        if let choosing = policy.choosing, policy.needsNoPast {
            let probabilities = try choosing.probabilities(in: seen)
            let masked = zip(allowed, probabilities).map { $0 ? $1 : 0 }
            if masked.contains(where: { $0 > 0 }) { weights = masked }
        }
        var left = stream.nextPreciseUniform() * weights.reduce(0, +)
        for (number, weight) in weights.enumerated() where weight > 0 {
            left -= weight
            if left < 0 { return number }
        }
        return weights.lastIndex { $0 > 0 }
    }
}

extension Policy {
    /// The actions that it chooses among, `[choices][actionSize]`; empty where they are real numbers.
    public var finiteActions: [[Float]] {
        choosing?.choices ?? (0..<(actionChoices ?? 0)).map { [Float($0)] }
    }
}
