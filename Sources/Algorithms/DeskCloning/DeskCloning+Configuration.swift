import Agents
import LanguageModels
import SafeRL

extension DeskCloning {
    /// The options; the defaults are those of the desk's specification.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting("What is learned from.")
        public var demonstrations = DemonstrationOptions()
        @Setting("The decoder.")
        public var model = ModelOptions()
        @Setting(1...1_000_000, "Demonstrations of an update.")
        public var batch = 64
        @Setting(.above(0, upTo: 1), "Adam's step size.")
        public var rate: Float = 1e-3

        /// A decoder that learns in minutes.
        public init() {}

        /// Yes: the world demonstrates itself.
        public static var bringsData: Bool { true }
    }

    /// What is learned from.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct DemonstrationOptions: Defaulted, Equatable {
        @Setting(1...1_000_000, "Episodes of a clerk who knows the rules.")
        public var count = 20_000
        @Setting(0...1, "Share of them in which one call is a mistake.")
        public var mistakes = 0.25
        @Setting(0...1, "Share of those with an adversarial request that give in to it.")
        public var givingIn = 0.5

        /// A quarter with mistakes, and half of the adversarial ones.
        public init() {}
    }

    /// The decoder.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct ModelOptions: Defaulted, Equatable {
        @Setting(1...1_000_000, "Width of the residual stream.")
        public var hidden = 96
        @Setting(1...1_000_000, "Width of the feed-forward layers.")
        public var intermediate = 256
        @Setting(1...1_024, "Blocks.")
        public var layers = 3
        @Setting(1...1_000_000, "Query heads, and as many of keys and values.")
        public var heads = 4
        @Setting(
            260...1_000_000,
            "Tokens that are learned from the demonstrations, 256 bytes and 4 special ones among them.")
        public var vocabulary = 512

        /// A small LLaMA.
        public init() {}

        /// Checks that the sizes fit together.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            if hidden % heads != 0 || hidden / heads % 2 != 0 {
                throw OptionIssue(
                    "heads", "\(hidden) units are not an even number for each of \(heads) heads.")
            }
        }

        func description(of tokens: DeskTokens) -> DecoderDescription {
            var description = DecoderDescription(
                .llama, vocabulary: vocabulary, hidden: hidden, intermediate: intermediate, layers: layers,
                heads: heads)
            description.endTokens = [tokens.endToken]
            return description
        }
    }
}

extension DeskCloning.Configuration {
    /// Checks the groups.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        try model.validate(under: "model")
    }
}

extension DeskCloning {
    /// The decoder with its optimiser, and what the tape keeps of a batch.
    public static func memoryNeed(of c: Configuration, on data: DeskData) -> MemoryNeed {
        var need = MemoryNeed()
        let model = c.model
        let description = DecoderDescription(
            .llama, vocabulary: model.vocabulary, hidden: model.hidden, intermediate: model.intermediate,
            layers: model.layers, heads: model.heads)
        need.addLearners("the decoder", "model.hidden") { Decoder(description, in: &$0) }
        // A short episode of the batch, in every layer.
        let columns = 64 * 2 * model.hidden * model.layers
        need.addRows("the demonstrations of an update", "batch", c.batch, of: columns)
        return need
    }

    /// Demonstrates the desk.
    ///
    /// - Throws: `OptionIssue` for a file or an environment beside it.
    public static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?,
        earlier: String?
    ) throws -> OpenedData<DeskData>? {
        if !run.data.file.isEmpty {
            throw OptionIssue("data.file", "the desk demonstrates itself. Write \"\".")
        }
        if !run.environment.isEmpty {
            throw OptionIssue("environment", "the desk is no environment of numbers. Write \"\".")
        }
        let own = options.demonstrations
        let seed = run.data.collect.seed
        let place =
            "demonstrations at the desk: \(own.count), seed \(seed), mistakes \(own.mistakes), "
            + "giving in \(own.givingIn)"
        return OpenedData(DeskData(own, seed: seed), place: place, summary: place, subject: "desk")
    }
}

/// Demonstrations at the desk.
public final class DeskData: TrainingData {
    let demonstrations: [DeskDemonstration]
    /// SHA-256 of everything that was read and written in them, in hexadecimal.
    public let identity: String
    /// Demonstrations.
    public var count: Int { demonstrations.count }

    /// Demonstrates episodes, which depend on options and seed alone.
    public init(_ options: DeskCloning.DemonstrationOptions, seed: UInt64) {
        var shares = DeskDemonstration.Shares()
        (shares.mistakes, shares.givingIn) = (options.mistakes, options.givingIn)
        demonstrations = (0..<options.count).map {
            DeskDemonstration(seed: seed, episode: $0, shares: shares)
        }
        var digest = SHA256()
        for demonstration in demonstrations {
            for turn in demonstration.episode.turns { digest.update("\(turn.read)\n\(turn.written)\n".utf8) }
        }
        identity = digest.hexadecimal()
    }
}
