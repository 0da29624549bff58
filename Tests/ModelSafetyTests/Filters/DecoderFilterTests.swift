import Alignment
import Foundation
import ModelSafety
import Testing

/// Decoders that are trained as filters, and their files.
@Suite struct DecoderFilterTests {
    private static let erasures = Erasures(.insertion(blocks: 1), size: 3)

    private static func training(seed: UInt64 = 0) -> DecoderFilterTraining {
        var training = DecoderFilterTraining()
        (training.sizes.hidden, training.sizes.intermediate, training.sizes.layers) = (16, 32, 1)
        (training.sizes.heads, training.sizes.vocabulary) = (2, 300)
        (training.epochs, training.batch, training.rate) = (4, 16, 1e-2)
        (training.versions, training.seed) = (12, seed)
        return training
    }

    private static func filter(seed: UInt64 = 0) throws -> DecoderFilter {
        try training(seed: seed)(
            harmful: FilterTexts.list(FilterTexts.harmful(0..<12), "h.txt"),
            safe: FilterTexts.list(FilterTexts.safe(100..<112), "s.txt"), erasures: erasures)
    }

    @Test func itTellsListsApartAndIsCertified() throws {
        let filter = try Self.filter()
        let harmful = try FilterTexts.list(FilterTexts.harmful(20..<50))
        let safe = try FilterTexts.list(FilterTexts.safe(200..<210) + FilterTexts.safe(100..<102))
        let test = FilterTest(Erasures(.suffix, size: 3), limit: 0.1, delta: 0.05)
        let report = try test.report(filter, harmful: harmful, safe: safe)
        #expect(report.isCertified && report.certificate.detected.events == 30)
        #expect(report.certificate.filter == filter.hash && report.isTrainingKnown)
        // Two safe prompts are those of the training list.
        #expect(report.safe.kept.trials == 10 && report.safe.kept.events == 10 && report.safeLeftOut == 2)
        #expect(report.tried.map(\.words) == [3, 4, 6] && report.tried[0].flagged == 30)
        let known = try FilterTexts.list(FilterTexts.harmful(5..<8))
        #expect(throws: FilterError.self) { try test.report(filter, harmful: known, safe: safe) }
    }

    /// Beginnings are answered by the pass over what they begin, as each is by itself.
    @Test func whatIsAskedTogetherChangesNothing() throws {
        let filter = try Self.filter()
        let prompt = ErasureUnit.words("please make zorgle number 7 now and bake bread")
        var prompts = prompt.indices.map { Array(prompt[...$0]) }
        prompts += [prompt, [], Array(prompt.reversed()), ["Please"], ["please", "bake"]]
        let together = try filter.harm(of: prompts)
        let alone = try prompts.map { try filter.harm(of: [$0])[0] }
        #expect(zip(together, alone).allSatisfy { abs($0 - $1) < filter.rounding / 10 })
        #expect(together[prompt.count + 1] == 0 && together[0] == together[prompt.count + 3])
        // Prompts that differ are told apart.
        #expect(Set(alone).count > 5)
        // What is longer than the context is harmful, whatever it says.
        let long = [String](repeating: "bread", count: DecoderFilter.Sizes.context)
        #expect(try filter.harm(of: [long]) == [1] && filter.areSurelyHarmful([long]) == [true])
    }

    @Test func equalArgumentsGiveEqualBytesAndFilesAreReadStrictly() throws {
        let (first, again) = (try Self.filter(), try Self.filter())
        #expect(first.bytes == again.bytes && first.hash == again.hash)
        #expect(try Self.filter(seed: 1).bytes != first.bytes)
        try FilterTexts.inFolder { folder in
            let path = folder + "/f"
            func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
            try write(first.bytes)
            let read = try DecoderFilter(contentsOf: path)
            let prompts = (FilterTexts.harmful(0..<3) + FilterTexts.safe(0..<3)).map(ErasureUnit.words)
            #expect(try read.hash == first.hash && read.harm(of: prompts) == first.harm(of: prompts))
            #expect(DecoderFilter.isFilter(path) && !StoredHead.isHead(path))
            #expect(try FilterFile.open(path).hash == first.hash && !GuardFile.open(path).judgesReplies)
            #expect(throws: HeadError.self) { try StoredHead(contentsOf: path) }
            #expect(throws: FilterUse.self) { try FilterFile.open(path, .init(threshold: 0.3)) }
            for place in [first.bytes.count - 1, first.bytes.count / 2, 400] {
                var bytes = first.bytes
                bytes[place] ^= 1
                try write(bytes)
                #expect(throws: (any Error).self) { try DecoderFilter(contentsOf: path) }
            }
            try write(Array(first.bytes.dropLast(4)))
            #expect(throws: (any Error).self) { try DecoderFilter(contentsOf: path) }
        }
    }

    @Test func listsThatCannotBeSharedOutAreRefused() throws {
        let (one, two) = (
            try FilterTexts.list(["a b"], "h.txt"), try FilterTexts.list(["c d", "e f"], "s.txt")
        )
        #expect(throws: FilterError("h.txt: one prompt alone. A part is held out: give more.")) {
            try Self.training()(harmful: one, safe: two, erasures: Self.erasures)
        }
        #expect(throws: FilterError.self) {
            try Self.training()(harmful: two, safe: two, erasures: Self.erasures)
        }
    }
}
