import Algorithms
import SafeRL
import Testing

/// Cloning of the desk's clerk, small enough for a test.
@Suite struct DeskCloningTests {
    private static let options: DeskCloning.Configuration = {
        var options = DeskCloning.Configuration()
        options.demonstrations.count = 12
        (options.model.hidden, options.model.intermediate, options.model.layers) = (8, 8, 1)
        (options.model.heads, options.model.vocabulary) = (2, 300)
        (options.batch, options.rate) = (3, 1e-2)
        return options
    }()

    private static func run(_ steps: Int) throws -> TrainedRun<DeskCloning> {
        try TrainedRun(
            options, on: DeskData(options.demonstrations, seed: 4), steps: steps, log: 2)
    }

    @Test func interruptionsLeaveNoTrace() throws {
        // Passes of four updates: one ends within the run.
        try Self.run(6).expectNoTraceOfInterruptions(after: Array(1..<6))
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(4).expectEqualBitsOfEqualSeeds()
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        try Self.run(4).expectEqualBitsForAnyThreads()
    }

    @Test func whatIsWrittenBecomesLikelier() throws {
        let run = try Self.run(60)
        try run.train("a")
        let losses = try run.curve("loss", of: "a")
        // The first loss is that of 300 equally likely tokens.
        #expect(abs(losses[0] - 5.7) < 0.3 && (losses.last ?? 9) < losses[0] - 1.5, "\(losses)")
    }

    @Test func aCheckpointHoldsTheModelWithItsVocabulary() throws {
        let data = DeskData(Self.options.demonstrations, seed: 4)
        let algorithm = try DeskCloning(Self.options, on: data, seed: 7)
        var writer = CheckpointWriter()
        try algorithm.save(to: &writer)
        let reader = try CheckpointReader(of: writer)
        let (network, tokens) = try DeskCloning.model(Self.options, from: reader)
        #expect(network.body.description.vocabulary == 300 && tokens.tokenizer.vocabularySize == 300)
        #expect(throws: ServesDesk.self) { try algorithm.makePolicy() }
        // A vocabulary that the decoder has no rows for.
        var other = Self.options
        other.model.vocabulary = 280
        #expect(throws: CheckpointError.self) { try DeskCloning.model(other, from: reader) }
    }

    @Test func dataAreNamedByWhatWasSaid() {
        let first = DeskData(Self.options.demonstrations, seed: 4)
        #expect(first.identity == DeskData(Self.options.demonstrations, seed: 4).identity)
        #expect(first.identity != DeskData(Self.options.demonstrations, seed: 5).identity)
        var other = Self.options.demonstrations
        other.mistakes = 1
        #expect(first.identity != DeskData(other, seed: 4).identity)
    }
}
