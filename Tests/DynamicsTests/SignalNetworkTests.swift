import Dynamics
import Networks
import SafeRL
import Testing

/// A cart whose speed changes by its action, rewarded by its speed; faster than 0.5 costs 3, and so does nothing else.
@Suite(.serialized) struct SignalNetworkTests {
    private static func data(_ count: Int, seed: UInt64) throws -> ModelData {
        var stream = RandomStream(seed: seed, for: .testing)
        let s = (0..<count).map { _ in Double(stream.nextUniform(in: -1..<1)) }
        let a = (0..<count).map { _ in Double(stream.nextUniform(in: -1..<1)) }
        let next = zip(s, a).map { $0 + 0.3 * $1 }
        return try ModelData(
            observations: Matrix(count, 1, s), actions: Matrix(count, 1, a),
            nextObservations: Matrix(count, 1, next), rewards: next.map { 2 * $0 - 1 },
            isTerminated: [Bool](repeating: false, count: count), episodes: (0..<count).map { $0 / 20 },
            costs: [CostColumn("speed", next.map { $0 > 0.5 ? 3 : 0 })])
    }

    private static func training(_ count: Int = 2000, updates: Int) throws -> SignalTraining {
        let data = try data(count, seed: 100)
        // The cost first, to see that the order given does not matter.
        let training = try SignalTraining(
            data, try data.split(heldOut: 0.2, seed: 1),
            heads: data.costs.map { EnsembleHead($0.name, $0.values) }
                + [EnsembleHead("reward", data.rewards)], seed: 1)
        for _ in 0..<updates where !training.isFinished { try training.update() }
        return training
    }

    private static func predictions(_ network: SignalNetwork, of name: String, in data: ModelData) throws
        -> [Double]
    {
        let found = try network(data.observations, data.actions, data.nextObservations)
        let column = try #require(network.description.heads.firstIndex(of: name))
        return found.columns(at: [column]).elements
    }

    @Test func aCostThatJumpsIsToldApart() throws {
        let network = try Self.training(updates: 1500).network()
        let fresh = try Self.data(1000, seed: 200)
        let costs = try fresh.cost("speed")
        let found = try Self.predictions(network, of: "speed", in: fresh)
        #expect(found.allSatisfy { 0...3 ~= $0 })
        #expect(zip(found, costs).count { ($0 > 1.5) == ($1 > 1.5) } >= 980)
        let free = zip(found, costs).filter { $0.1 == 0 }.map(\.0)
        #expect(free.reduce(0, +) / Double(free.count) < 0.06)
        let errors = zip(try Self.predictions(network, of: "reward", in: fresh), fresh.rewards)
            .map { abs($0 - $1) }
        #expect(errors.reduce(0, +) / Double(errors.count) < 0.1)
    }

    @Test func nothingBeyondTheRecordedValuesIsSaid() throws {
        let network = try Self.training(updates: 200).network()
        let far = Matrix(2, 1, [1e6, -1e6])
        let found = try network(far, Matrix(2, 1), far)
        let reward = try #require(network.description.heads.firstIndex(of: "reward"))
        let data = try Self.data(2000, seed: 100)
        let ends = try #require(data.rewards.min())...(try #require(data.rewards.max()))
        #expect((0..<2).allSatisfy { ends ~= found[$0, reward] })
        #expect(found[0, reward] > found[1, reward])
    }

    /// What was recorded with one value alone has no second one.
    @Test func aConstantIsPredictedAsItself() throws {
        let data = try Self.data(400, seed: 100)
        let training = try SignalTraining(
            data, try data.split(heldOut: 0.2, seed: 1),
            heads: [EnsembleHead("never", [Double](repeating: 0.25, count: 400))], seed: 1)
        for _ in 0..<20 { try training.update() }
        let found = try Self.predictions(training.network(), of: "never", in: data)
        #expect(found.allSatisfy { $0 == 0.25 })
    }

    private func bits(_ training: SignalTraining) -> [UInt32] {
        [LearnerRole.weights, .target, .firstMoment, .secondMoment].flatMap { role in
            training.learner.layout.entries.flatMap {
                training.learner.elements($0, role).map(\.bitPattern)
            }
        }
    }

    @Test func stoppingAndResumingChangesNoBit() throws {
        let whole = try Self.training(400, updates: 520)
        let first = try Self.training(400, updates: 505)
        var writer = CheckpointWriter()
        try writer.store(first.learner)
        try writer.store("state", first.state)
        let second = try Self.training(400, updates: 0)
        let reader = try CheckpointReader(of: writer)
        try reader.load(second.learner)
        try second.restore(try reader.value("state", as: SignalTraining.State.self))
        for _ in 0..<15 { try second.update() }
        #expect(second.state == whole.state && second.state.error.isFinite)
        #expect(bits(second) == bits(whole))
        #expect(bits(second) != bits(first))
    }

    @Test func neitherThreadsNorBatchesShow() throws {
        let network = try Self.training(400, updates: 50).network()
        let data = try Self.data(700, seed: 300)
        func predicted(_ rows: Range<Int>) throws -> [Double] {
            let rows = Array(rows)
            return try network(
                data.observations.rows(at: rows), data.actions.rows(at: rows),
                data.nextObservations.rows(at: rows)
            ).elements
        }
        let whole = try predicted(0..<700)
        defer { BLAS.threads = 0 }
        for threads in [1, 4] {
            BLAS.threads = threads
            #expect(try predicted(0..<700) == whole)
        }
        for part in [0..<1, 5..<38, 100..<700] {
            #expect(try predicted(part) == Array(whole[2 * part.lowerBound..<2 * part.upperBound]))
        }
    }
}
