// Behaviour cloning, the baseline that papers on safe offline learning call BC (or BC-All) and, on episodes within a
// cost limit only, BC-Safe: Liu et al., "Datasets and Benchmarks for Offline Safe Reinforcement Learning", DMLR 2024,
// arXiv:2306.09303 (DSRL), and its baselines OSRL.
//
//   usual symbol             here
//   pi_theta(s)              actor                      tanh of a network; an action's components lie in (-1, 1).
//                                                       Of choices the most probable one, by a softmax of the network
//   kappa                    episodes.costLimit         largest undiscounted sum of an episode's costs that is kept
//   D, D_safe                kept                       rows of the data that batches are drawn from
//
// Followed: network, loss, optimiser, rows of an update, uniform draws with replacement, and the rule for D_safe.
//
// Deviations, with their reasons in docs/bc.md:
//   - rows after the last end belong to no episode: BC-Safe leaves them out, because their cost is not known;
//   - weights start Xavier-uniform and biases at 0, as everywhere here;
//   - actions are clipped to ±(1 - 1e-5) where the run's transforms say so (they do);
//   - random numbers come from streams of our own;
//   - choices are learned by cross-entropy, which OSRL's BC does not have.

import SafeRL

/// Imitates the recorded actions, of all episodes (BC) or of those within a cost limit (BC-Safe).
public final class BehaviourCloning: Algorithm {
    /// `bc`.
    public static let name = "bc"
    /// Yes, by the cross-entropy of the recorded choices.
    public static let learnsChoices = true

    package let actor: Actor
    package let batch: TransitionBatch
    /// Rows of the data that batches are drawn from, in rising order; not empty.
    package let kept: [Int32]
    /// What BC-Safe keeps; nil for BC.
    public let selection: String?
    private let data: TransitionDataset
    package let tape = Tape()

    /// Makes a fresh network and selects the rows to learn from.
    ///
    /// - Throws: `OptionIssue` when no episode is within the cost limit.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        self.data = data
        switch configuration.episodes {
        case .all: (kept, selection) = ((0..<Int32(data.count)).map(\.self), nil)
        case .safe(let own):
            let safe = try SafeEpisodes(of: data, within: own.costLimit)
            (kept, selection) = (safe.rows, safe.summary)
        }
        actor = Actor(
            on: data, hidden: configuration.widths, rate: configuration.learningRate, seed: seed)
        batch = TransitionBatch(rows: configuration.rows, of: data)
    }

    /// One stage.
    public func stages(steps: Int) -> [Stage<Loss>] {
        [Stage(Self.name, updates: steps) { try self.update() }]
    }

    /// One step down the mean squared error of the actions, over rows and components, or down the cross-entropy.
    ///
    /// - Throws: `NonFiniteError`.
    package func update() throws -> Loss {
        drawBatch()
        return Loss(try actor.descend(on: tape) { error() })
    }

    /// Allowed: the step size is constant.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// The clone goes on with what is appended.
    public static var isRepairable: Bool { true }

    /// Fills the batch with rows drawn uniformly with replacement.
    package func drawBatch() { data.fill(batch, from: kept, using: &actor.sampling) }

    /// The loss on the batch, `[1, 1]`.
    package func error() -> Variable {
        tape.reset()
        return actor.imitationLoss(of: batch, on: tape)
    }

    /// The actor as learned so far.
    public func makePolicy() -> any Policy { actor.policy() }

    /// Stores the actor with its optimiser and the stream of its batches.
    public func save(to checkpoint: inout CheckpointWriter) throws { try actor.save(to: &checkpoint) }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws { try actor.load(from: checkpoint) }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> any Policy
    {
        try Actor.policy(from: checkpoint)
    }

    /// One pass of the actor.
    ///
    /// - Throws: `CheckpointError`; `VerificationError`.
    public static func program(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> PolicyProgram
    { try Actor.program(from: checkpoint) }

    /// `actor`.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> [RunNetwork]
    { try Actor.networks(from: checkpoint) }
}
