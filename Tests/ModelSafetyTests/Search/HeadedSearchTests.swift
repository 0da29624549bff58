import Alignment
import LanguageModels
import ModelSafety
import Networks
import Tensors
import TestSupport
import Testing

/// A search by a reward head behind a trie of columns.
@Suite struct HeadedSearchTests {
    private static func options() -> SamplingOptions {
        var options = SamplingOptions()
        options.mostTokens = 12
        return options
    }

    /// Replies of the tiny model whose reward falls with each token of the lower half.
    private static func rows(_ model: FrozenModel, _ count: Int) throws -> [RewardRow] {
        let prompt = try model.prompt("a cat")
        let half = Int32(model.tokenizer.vocabularySize / 2)
        return try model.write(
            behind: [[Int32]](repeating: prompt, count: count), options(), seed: 6
        ).map { reply in
            var reward: Float = 0
            return RewardRow(
                prompt: prompt, reply: reply,
                rewards: reply.map {
                    if $0 < half { reward -= 1 }
                    return reward
                })
        }
    }

    @Test func columnsAreThoseOfOnePass() throws {
        let model = try FrozenModel(TinyModel.path)
        let tokens = try model.prompt("a cat") + [9, 4, 17]
        var trie = ColumnTrie(try DecoderColumns(model.file))
        let (hidden, states) = (model.file.description.hidden, try model.states([tokens])[0])
        for length in [1, 4, tokens.count] {
            let column = try trie.columns(behind: [tokens.prefix(length).map(Int.init)])[0]
            let wanted = states[(length - 1) * hidden..<length * hidden]
            #expect(column.state.count == hidden)
            #expect(zip(column.state, wanted).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) })
        }
        #expect(trie.computed == tokens.count)
        #expect(trie.model.attended == (1...tokens.count).reduce(0, +))
    }

    @Test func theLossIsThatOfPartialSupervision() throws {
        let model = try FrozenModel(TinyModel.path)
        let network = try model.file.network()
        let description = model.file.description
        let row = try Self.rows(model, 1)[0]
        let states = try model.states([row.prompt + row.reply])[0]
        let first = (row.prompt.count - 1) * description.hidden
        let inputs = Array(states[first..<first + row.reply.count * description.hidden])
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("head", optimizer: Adam(rate: .constant(0.1)), using: &stream) {
            RewardHeadLayers(
                hidden: description.hidden, inputs: description.hidden, inner: 5,
                vocabulary: description.vocabulary, in: &$0)
        }
        for entry in learner.layout.entries {
            for index in 0..<entry.shape.count {
                learner.elements(entry, .weights)[index] = stream.nextNormal() * 0.3
            }
        }
        let tape = Tape()
        func predicted() -> Variable {
            inputs.withUnsafeBufferPointer {
                tape.constant($0, row.reply.count, description.hidden)
            }
        }
        let all = Array(
            learner.body(
                predicted(), learner.weights(on: tape), policy: network.body, network.weights(on: tape)
            ).values)
        let scores = stride(from: 0, to: all.count, by: description.vocabulary).map {
            all[$0..<$0 + description.vocabulary].map(Double.init)
        }
        let known = PartialSupervision(
            scores: scores, tokens: row.reply.map(Int.init), rewards: row.rewards.map(Double.init))
        tape.reset()
        let loss = try learner.differentiate(on: tape) {
            learner.body.loss(
                predicted(), tokens: row.reply, rewards: row.rewards, learner.weights(on: tape),
                policy: network.body, network.weights(on: tape))
        }
        #expect(Double(loss).isWithin(1e-4, of: known.loss))
        // The bias has the columns' sums of the loss's slopes.
        let bias = try #require(learner.layout.entries.first { $0.name == "bias" })
        let sums = (0..<description.vocabulary).map { column in
            known.gradient.reduce(0) { $0 + $1[column] }
        }
        #expect(
            zip(learner.elements(bias, .gradient), sums).allSatisfy {
                abs(Double($0) - $1) < 1e-4 * (1 + abs($1))
            })
    }

    @Test func aHeadLearnsWhichTokensCost() throws {
        let model = try FrozenModel(TinyModel.path)
        let rows = try Self.rows(model, 80)
        var losses: [Float] = []
        func trained(_ seed: UInt64) throws -> StoredRewardHead {
            losses = []
            var training = Self.training(inner: 16, epochs: 60)
            (training.rate, training.seed) = (0.01, seed)
            return try training(rows, on: model, source: "by hand") { losses.append($1) }
        }
        let stored = try trained(0)
        let (before, after) = (try #require(losses.first), try #require(losses.last))
        #expect(after < before / 4, "\(before) to \(after)")
        #expect(try trained(0) == stored && stored.training.rows == 80)
        #expect(try trained(1) != stored)
        // A token that followed has its reward, and one that never did is not to be trusted.
        let head = try RewardHead(stored, on: model.file, model.tokenizer)
        let followed = Set(rows.flatMap(\.reply))
        #expect(head.unseen.isDisjoint(with: followed.map(Int.init)) && !head.unseen.isEmpty)
        var columns = try DecoderColumns(model.file)
        columns.promptTokens = rows[0].prompt.count
        var searching = HeadedSearch(columns, head)
        let misses = try rows[0].reply.indices.map { place -> Double in
            let before = (rows[0].prompt + rows[0].reply[..<place]).map(Int.init)
            let look = try searching.looks(behind: [before])[0]
            return abs(look.rewards[Int(rows[0].reply[place])] - Double(rows[0].rewards[place]))
        }
        let size = rows[0].rewards.reduce(0) { $0 + abs(Double($1)) }
        #expect(misses.reduce(0, +) < size / 2, "\(misses)")
    }

    /// What a search is told of a column is what the head learned from: the trace of states of one pass.
    @Test(arguments: HeadReading.allCases) func columnsAreReadAsTraces(_ reading: HeadReading) throws {
        let model = try FrozenModel(TinyModel.path)
        let (prompt, reply): ([Int32], [Int32]) = (try model.prompt("a cat"), [9, 4, 17])
        let hidden = model.file.description.hidden
        let states = try model.states([prompt + reply])[0]
        func state(_ place: Int) -> ArraySlice<Float> { states[place * hidden..<(place + 1) * hidden] }
        var trace = HeadTrace(reading, behind: state(prompt.count - 1))
        var wanted = [trace.asked]
        for place in reply.indices { wanted.append(trace.add(state(prompt.count + place))) }
        var columns = try DecoderColumns(model.file)
        columns.promptTokens = prompt.count
        var trie = ColumnTrie(columns)
        for length in 0...reply.count {
            let column = try trie.columns(behind: [(prompt + reply[..<length]).map(Int.init)])[0]
            let found = column.input(reading)
            #expect(found.count == reading.states * hidden)
            #expect(zip(found, wanted[length]).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) })
        }
    }

    private static func training(inner: Int, epochs: Int) -> RewardHeadTraining {
        var training = RewardHeadTraining()
        (training.inner, training.epochs) = (inner, epochs)
        return training
    }

    /// A head whose file was written and read.
    private static func head(
        _ rows: [RewardRow], _ model: FrozenModel, inner: Int = 8, epochs: Int = 4
    ) throws -> RewardHead {
        let stored = try training(inner: inner, epochs: epochs)(rows, on: model, source: "by hand")
        return try RewardHead(stored, on: model.file, model.tokenizer)
    }

    @Test func searchesAreTheSameWithThreeTimesFewerTokens() throws {
        let model = try FrozenModel(TinyModel.path)
        let head = try Self.head(try Self.rows(model, 40), model)
        let end = Int(try #require(model.file.description.endTokens.first))
        var search = GuardedSearch(budget: 8, end: end)
        (search.steps, search.leastTokens, search.unseen) = (20, 20, head.unseen)
        let prompt = try model.prompt("a cat").map(Int.init)
        var results: [GuardedSearch.Result] = []
        var computed: [Int] = []
        for isSharing in [true, false] {
            var searching = HeadedSearch(try DecoderColumns(model.file), head, isSharing: isSharing)
            results.append(try search(prompt, &searching))
            computed.append(searching.trie.computed)
        }
        #expect(results[0] == results[1] && results[0].answer?.tokens.count == 20)
        #expect(computed[1] >= 3 * computed[0], "\(computed)")
    }

    @Test func whatWasGivenCountsAsHarm() throws {
        let folder = try TemporaryDirectory()
        let model = try FrozenModel(try TinyModel.wide(in: folder.path))
        let request = try #require(
            HeadLesson.requests(40, .heldOutPairs, seed: 1).first { $0.isHarmful })
        #expect(ConsentAnswer(SearchTrial.harmfulAnswer(to: request), to: request).fitting == 3)
        let rewards = try RewardRow.rows(of: [request], .soFar, by: model, Self.options(), seed: 1)
        #expect(
            try RewardRow.rows(of: [request], .final, by: model, Self.options(), seed: 1) == rewards)
        // A model of random numbers completes no step.
        #expect(rewards.count == 1 && rewards[0].rewards.allSatisfy { $0 == 0 })
        let head = try Self.head(rewards, model, inner: 4, epochs: 1)
        var trial = try SearchTrial(model, head)
        trial.tokens = 400
        for method in SearchTrial.Method.allCases {
            trial.prefill = 396
            let given = try trial.outcome(method, width: 2, on: [request])
            #expect(given.answers == 1 && given.harmful == 1, "\(method)")
            (trial.prefill, trial.tokens) = (0, 4)
            let free = try trial.outcome(method, width: 2, on: [request])
            #expect(free.harmful == 0 && free.tokens > 0 && free.operations > 0, "\(method)")
            trial.tokens = 400
        }
        trial.tokens = 6
        let sharing = try trial.sharing(width: 4, on: [request])
        #expect(sharing.isSame && sharing.alone > sharing.shared)
    }
}
