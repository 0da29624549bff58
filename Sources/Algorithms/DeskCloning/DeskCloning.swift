// Behaviour cloning of a clerk at the desk of docs/agents.md: a LLaMA-shaped decoder learns what demonstrations wrote, from
// what they had read and written before. It learns their mistakes too, which is what it is for: guards are judged by it.
//
//   usual symbol             here
//   pi_theta(a | h)          learner                    the decoder; h is the episode as text, a the tokens of a call
//   D                        data.demonstrations        of a planner, a share of them with mistakes
//   L                        -mean ln p                 over the tokens that the agent wrote
//
// Followed: sizes, optimiser and shares of the desk's specification. Batches are of shuffled passes, as in HC-RLHF.

import Agents
import LanguageModels
import SafeRL

/// Learns to serve the desk from demonstrations.
public final class DeskCloning: Algorithm {
    /// `desk-cloning`.
    public static let name = "desk-cloning"
    /// How a model is sampled is `saferl agent`'s business.
    public static var actingOptions: [String] { [] }

    private let options: Configuration
    private let tokens: DeskTokens
    private let sequences: [DeskSequence]
    private let learner: Learner<Decoder>
    private let tape = Tape()
    private var order: EpochOrder

    /// Learns a vocabulary and makes a fresh decoder.
    ///
    /// - Throws: `DeskTokenError`.
    public init(_ configuration: Configuration, on data: DeskData, seed: UInt64) throws {
        options = configuration
        let tokens = try DeskTokens(
            learningFrom: data.demonstrations, vocabulary: configuration.model.vocabulary)
        self.tokens = tokens
        sequences = data.demonstrations.map { tokens.sequence(of: $0.episode) }
        var stream = RandomStream(seed: seed, for: .weights)
        let description = configuration.model.description(of: tokens)
        learner = Learner("decoder", optimizer: Adam(rate: .constant(configuration.rate)), using: &stream) {
            Decoder(description, in: &$0)
        }
        order = EpochOrder(sequences.count, seed: seed, lane: 0)
    }

    /// One stage.
    public func stages(steps: Int) -> [Stage<Loss>] {
        [Stage(Self.name, updates: steps) { try self.update() }]
    }

    /// One step down the mean of -ln p over the tokens that the agent wrote in the batch.
    ///
    /// - Throws: `NonFiniteError`.
    package func update() throws -> Loss {
        let rows = order.next(options.batch).map { sequences[$0] }
        let input = PackedTokens(rows.map(\.tokens))
        let places = zip(rows, input.starts).flatMap { row, start in row.places.map { start + $0 } }
        return Loss(
            try learner.descend(on: tape) {
                tape.reset()
                return -learner.body.logProbabilities(input, learner.weights(on: tape), at: places).mean()
            })
    }

    /// Allowed: the step size is constant.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// Never one for an environment.
    public var hasPolicy: Bool { false }

    /// None.
    ///
    /// - Throws: `ServesDesk`.
    public func makePolicy() throws -> any Policy { throw ServesDesk() }

    /// None.
    ///
    /// - Throws: `ServesDesk`.
    public static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> any Policy
    { throw ServesDesk() }

    // MARK: - State

    /// Stores the decoder with its optimiser, the vocabulary, and how many demonstrations were taken.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(learner)
        try checkpoint.store("desk.taken", order.taken)
        try checkpoint.store("desk.tokenizer", tokens.tokenizer.json().compact)
    }

    /// Restores what `save` stored; the vocabulary comes from the same demonstrations.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(learner)
        order.taken = try checkpoint.value("desk.taken", in: Sound.count)
    }

    /// The decoder in a checkpoint with its vocabulary.
    ///
    /// - Throws: `CheckpointError`, `TokenizerError`, `DeskTokenError`.
    public static func model(
        _ configuration: Configuration, from checkpoint: CheckpointReader
    ) throws -> (network: Network<Decoder>, tokens: DeskTokens) {
        let text = try checkpoint.value("desk.tokenizer", as: String.self)
        let tokens = try DeskTokens(Tokenizer(parsing: Array(text.utf8), place: checkpoint.path))
        guard tokens.tokenizer.vocabularySize <= configuration.model.vocabulary else {
            throw checkpoint.unsound(
                "desk.tokenizer", UnsoundValue("it has more tokens than the decoder has rows"))
        }
        let description = configuration.model.description(of: tokens)
        return (try checkpoint.network("decoder", .weights) { Decoder(description, in: &$0) }, tokens)
    }
}

/// Why there is no policy for an environment: the run's calls tools.
public struct ServesDesk: Fault {
    /// The one who asks for it.
    public var kind: FaultKind { .usage }
    /// One line.
    public let description =
        "this run's model calls tools, which no environment takes. Judge it by \"saferl agent RUN\"."

    /// The only one there is.
    public init() {}
}
