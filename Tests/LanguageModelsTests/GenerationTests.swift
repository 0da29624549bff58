import LanguageModels
import Networks
import Tensors
import Testing

@Suite struct GenerationTests {
    @Test(arguments: GoldenDecoder.all) func greedyTokensAreThoseOfTheReference(name: String) throws {
        let golden = try GoldenDecoder(name)
        let network = try golden.checkpoint.network()
        let tape = Tape()
        var options = SamplingOptions()
        options.temperature = 0
        options.mostTokens = golden.expected.greedy.cases.reduce(0) { max($0, $1.tokens.count) }
        let written = try network.body.generate(
            golden.expected.greedy.cases.map(\.prompt), options: options, endTokens: [], seed: 1, on: tape
        ) { network.weights(on: tape) }
        #expect(written.map(\.tokens) == golden.expected.greedy.cases.map(\.tokens))
        #expect(written.allSatisfy { !$0.isEnded })
    }

    private func sampled(_ prompts: [[Int32]], seed: UInt64, first: UInt32 = 0, end: [Int32] = []) throws
        -> [Generation]
    {
        let network = try GoldenDecoder("qwen2").checkpoint.network()
        let tape = Tape()
        var options = SamplingOptions()
        options.mostTokens = 12
        options.temperature = 1.5
        return try network.body.generate(
            prompts, options: options, endTokens: end, seed: seed, firstStream: first, on: tape
        ) { network.weights(on: tape) }
    }

    @Test func aSeedRepeatsATextAndAPromptsNeighboursDoNotMatter() throws {
        let prompts: [[Int32]] = [[3, 1, 4], [1, 5], [9, 2, 6, 5, 3]]
        let all = try sampled(prompts, seed: 7)
        #expect(try sampled(prompts, seed: 7) == all)
        #expect(try sampled(prompts, seed: 8) != all)
        #expect(try sampled([prompts[2]], seed: 7, first: 2) == [all[2]])
    }

    @Test func anEndTokenEndsItsTextOnly() throws {
        let prompts: [[Int32]] = [[3, 1, 4], [1, 5]]
        let free = try sampled(prompts, seed: 7)
        let end = free[0].tokens[3]
        let stopped = try sampled(prompts, seed: 7, end: [end])
        let place = try #require(free[0].tokens.firstIndex(of: end))
        #expect(stopped[0].tokens == Array(free[0].tokens[...place]) && stopped[0].isEnded)
        #expect(stopped[1].isEnded == free[1].tokens.contains(end))
    }

    @Test func samplingFollowsItsOptions() {
        let logits: [Float] = [0, 2, 1, -1, 3]
        func draws(_ change: (inout SamplingOptions) -> Void, after seen: [Int32] = []) -> Set<Int32> {
            var (options, stream) = (SamplingOptions(), RandomStream(seed: 1, for: .testing))
            change(&options)
            return Set((0..<2000).map { _ in options.choose(logits, after: seen, using: &stream) })
        }
        #expect(draws { _ in } == [0, 1, 2, 3, 4])
        #expect(draws { $0.temperature = 0 } == [4])
        #expect(draws { $0.topK = 2 } == [1, 4])
        // Probabilities are 0.030, 0.233, 0.086, 0.012, 0.633 in order of the tokens, up to rounding.
        #expect(draws { $0.topP = 0.6 } == [4])
        #expect(draws { $0.topP = 0.9 } == [1, 2, 4])
        #expect(draws { $0.vocabularyLimit = 3 } == [0, 1, 2])
        #expect(draws({ ($0.temperature, $0.repetitionPenalty) = (0, 4) }, after: [4]) == [1])
    }

    @Test func frequenciesAreTheProbabilities() {
        let logits: [Float] = [0, 1, -1]
        var (options, stream) = (SamplingOptions(), RandomStream(seed: 3, for: .testing))
        options.temperature = 2
        var counts = [0.0, 0, 0]
        for _ in 0..<20_000 { counts[Int(options.choose(logits, after: [], using: &stream))] += 1 }
        // exp(0), exp(1/2), exp(−1/2) over their sum; 0.02 is more than five standard deviations.
        for (count, exact) in zip(counts, [0.3072, 0.5065, 0.1863]) {
            #expect(abs(count / 20_000 - exact) < 0.02)
        }
    }
}
