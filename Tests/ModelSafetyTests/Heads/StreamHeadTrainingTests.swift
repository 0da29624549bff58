import Alignment
import LanguageModels
import ModelSafety
import Networks
import Tensors
import TestSupport
import Testing

/// Stream heads that learn.
@Suite struct StreamHeadTrainingTests {
    /// Replies of the tiny model, labelled by a rule that a state can show: from the first token of the lower half on they are unsafe.
    private static func rows(_ model: FrozenModel, _ count: Int, seed: UInt64) throws -> [StreamRow] {
        var options = SamplingOptions()
        options.mostTokens = 12
        let prompts = try ["a cat", "the robot"].map(model.prompt)
        let asked = (0..<count).map { prompts[$0 % 2] }
        let half = Int32(model.tokenizer.vocabularySize / 2)
        return try model.write(behind: asked, options, seed: seed).enumerated().map { index, reply in
            let boundary = reply.firstIndex { $0 < half }
            let risk = reply.indices.map { place -> GuardLabel in
                place < boundary ?? reply.count ? .safe : index % 4 == 0 ? .controversial : .unsafe
            }
            return StreamRow(
                prompt: asked[index], reply: reply, promptRisk: index % 2 == 0 ? .safe : .unsafe,
                promptCategory: 8, risk: risk, category: index % 4, boundary: boundary)
        }
    }

    @Test(arguments: HeadReading.allCases, [0, 5])
    func lossesAndGradientsAreThoseInDoublePrecision(reading: HeadReading, reader: Int) throws {
        let model = try FrozenModel(TinyModel.path)
        let (hidden, epsilon) = (model.file.description.hidden, model.file.description.epsilon)
        let rows = try Self.rows(model, 12, seed: 1)
        #expect(Set(rows.flatMap(\.risk)).count == 3)
        let states = try model.states(rows.map { $0.prompt + $0.reply })
        var training = StreamHeadTraining()
        training.seed = 5
        let learner = training.learner(
            HeadSizes(hidden: hidden, reader: reader, inner: 6, reading: reading, epsilon: epsilon),
            rows: rows.count)
        let tape = Tape()
        let loss = try learner.differentiate(on: tape) {
            learner.body.loss(rows, states, learner.weights(on: tape))
        }
        let head = learner.head(reading, epsilon: Double(epsilon))
        #expect(head.readers.count == (reader > 0 ? 2 : 0))
        func read(_ input: [Float], _ place: Int) -> [Double] {
            head.readers.isEmpty ? input.map(Double.init) : head.readers[place](input.map(Double.init))
        }
        let known = head.towers.loss(
            zip(rows, states).map { row, states in
                let tokens = stride(from: 0, to: states.count, by: hidden).map { states[$0..<$0 + hidden] }
                var trace = HeadTrace(reading, behind: tokens[row.prompt.count - 1])
                let asked = row.prompt.map { _ in read(trace.asked, 1) }
                return StreamHead.Sample(
                    states: asked + tokens[row.prompt.count...].map { read(trace.add($0), 0) },
                    promptTokens: row.prompt.count, promptRisk: row.promptRisk,
                    promptCategory: row.promptCategory, risk: row.risk, category: row.category)
            })
        #expect(Double(loss).isWithin(1e-5, of: known.loss))
        let (response, prompt) = (known.gradient.response, known.gradient.prompt)
        let wanted = [
            "risk_level_category_pre.weight": response.pre, "risk_level_head.weight": response.risk,
            "risk_level_category_layernorm.weight": [response.norm],
            "category_head.weight": response.category,
            "query_risk_level_category_pre.weight": prompt.pre, "query_risk_level_head.weight": prompt.risk,
            "query_risk_level_category_layernorm.weight": [prompt.norm],
            "query_category_head.weight": prompt.category,
        ]
        var compared = 0
        for entry in learner.layout.entries {
            let numbers = learner.elements(entry, .gradient).map(Double.init)
            guard let all = wanted[entry.name]?.flatMap({ $0 }) else {
                // What flows into a reader moves it.
                #expect(reader > 0 && numbers.contains { $0 != 0 }, "\(entry.name)")
                continue
            }
            let largest = all.reduce(0) { max($0, abs($1)) }
            #expect(numbers.count == all.count && largest > 0, "\(entry.name)")
            #expect(zip(numbers, all).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(entry.name)")
            compared += 1
        }
        #expect(compared == wanted.count)
    }

    @Test func aTraceForgetsWhatIsDropped() {
        let (prompt, states): ([Float], [[Float]]) = ([1, 2], [[1, 0], [3, 4], [5, 5], [7, 1]])
        for reading in HeadReading.allCases {
            var trace = HeadTrace(reading, behind: prompt)
            let inputs = states.map { trace.add($0) }
            #expect(inputs.allSatisfy { $0.count == 2 * reading.states })
            trace.shorten(to: 1)
            #expect(states[1...].map { trace.add($0) } == Array(inputs[1...]))
        }
        var trace = HeadTrace(.whole, behind: prompt)
        #expect(trace.asked == [1, 2, 1, 2, 0, 0])
        _ = trace.add([1, 0])
        #expect(trace.add([3, 4]) == [3, 4, 1, 2, 2, 2])
    }

    @Test func aHeadLearnsWhatStatesShow() throws {
        let model = try FrozenModel(TinyModel.path)
        let rows = try Self.rows(model, 60, seed: 2)
        var training = StreamHeadTraining()
        (training.inner, training.epochs, training.batch, training.rate) = (16, 150, 16, 0.01)
        var losses: [Float] = []
        let head = try training(rows, on: model) { losses.append($1) }
        #expect(losses.count == 150)
        let (first, last) = (try #require(losses.first), try #require(losses.last))
        #expect(last < first / 4, "\(first) to \(last)")
        let stored = StoredHead(
            head, model: try model.file.identity(),
            training: .init(source: "rows", rows: 60, leftOut: 0, rollouts: 0, seed: 0))
        let test = try HeadTest(HeadGuard(stored, source: "h"), on: rows, model)
        #expect(test.rightPrompts == 60 && test.unsafe + test.safe == 60 && test.unsafe > 20)
        #expect(test.within >= test.unsafe * 8 / 10, "\(test)")
        // Equal arguments, equal bytes; another seed is another head.
        #expect(try training(rows, on: model) == head)
        training.seed = 1
        #expect(try training(rows, on: model) != head)
    }

    @Test func flagsAreCountedByTheirDistance() throws {
        let model = try FrozenModel(TinyModel.path)
        let prompt = try model.prompt("a cat")
        func row(_ boundary: Int?, _ tokens: Int = 9, _ label: GuardLabel = .unsafe) -> StreamRow {
            StreamRow(
                prompt: prompt, reply: [Int32](repeating: 5, count: tokens), promptRisk: .unsafe,
                promptCategory: 0, risk: (0..<tokens).map { $0 < boundary ?? tokens ? .safe : label },
                category: 0, boundary: boundary)
        }
        let rows = [row(0), row(1), row(3), row(4), row(nil), row(nil, 1), row(2, 9, .controversial)]
        let stored = try HandMadeHead.indifferent()
        // Whatever is flagged is flagged at the second token.
        func test(_ threshold: Double, _ policy: GuardPolicy) throws -> HeadTest {
            try HeadTest(
                HeadGuard(stored, source: "h", threshold: threshold, policy: policy), on: rows, model)
        }
        let flagging = try test(0.5, .strict)
        #expect(flagging.unsafe == 5 && flagging.within == 4 && flagging.ahead == 1 && flagging.missed == 0)
        #expect(flagging.safe == 2 && flagging.alarms == 1 && flagging.rightPrompts == 7)
        #expect(flagging.found?.events == 4 && flagging.falseAlarms?.trials == 2)
        let silent = try test(0.9, .strict)
        #expect(silent.missed == 5 && silent.within == 0 && silent.alarms == 0 && silent.rightPrompts == 0)
        // Controversial alone is safe under the loose policy, and a third is enough at 0.3.
        let loose = try test(0.3, .loose)
        #expect(loose.unsafe == 4 && loose.safe == 3 && loose.alarms == 2)
    }
}
