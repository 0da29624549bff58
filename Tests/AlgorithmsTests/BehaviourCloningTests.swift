import Algorithms
import SafeRL
import TestSupport
import Testing

@Suite struct BehaviourCloningTests {

    /// Actions a = M·s + noise: what squared error is least for is M·s.
    private static func linear(_ s: [Float]) -> [Float] {
        [0.3 * s[0] - 0.2 * s[1] + 0.1 * s[2], -0.4 * s[1] + 0.2 * s[2]]
    }

    private static func trained(
        _ configuration: BehaviourCloning.Configuration, on data: TransitionDataset, updates: Int
    ) throws -> BehaviourCloning {
        let bc = try BehaviourCloning(configuration, on: data, seed: 1)
        for _ in 0..<updates { _ = try bc.update() }
        return bc
    }

    @Test func everyOptionIsDescribed() throws {
        #expect(try BehaviourCloning.Configuration.inconsistencies() == [])
    }

    @Test func theMeanOfALinearGaussianBehaviourIsLearned() throws {
        let data = try noisyActions(rows: 20_000, noise: 0.1, mean: Self.linear)
        let bc = try Self.trained(.with { $0.widths = [32] }, on: data, updates: 3000)
        var stream = RandomStream(seed: 10, for: .testing)
        let states = (0..<200).map { _ in (0..<3).map { _ in stream.nextUniform(in: -0.9..<0.9) } }
        let (done, wanted) = (
            try actions(of: bc.makePolicy(), for: states.flatMap(\.self)), states.flatMap(Self.linear)
        )
        #expect(zip(done, wanted).allSatisfy { abs($0 - $1) < 0.03 })
        // What is left of the loss is the noise's variance.
        let loss = try (0..<50).map { _ in try bc.update().value }.reduce(0, +) / 50
        #expect(abs(loss - 0.01) < 0.001)
    }

    @Test func eachStateGetsTheMeanOfItsOwnActions() throws {
        // Three states; the least-squares action of each is the mean of four recorded ones.
        let recorded: [[Float]] = [[0.1, 0.3, 0.5, -0.1], [-0.8, -0.6, -0.7, -0.7], [0.9, 0.9, 0.5, 0.1]]
        var columns = TransitionColumns(observationSize: 3, actionSize: 1)
        for row in 0..<12 {
            let state = (0..<3).map { $0 == row % 3 ? 1 : 0 as Float }
            columns.append(
                observation: state, action: [recorded[row % 3][row / 3]], nextObservation: state, reward: 0,
                cost: 0, terminated: false, truncated: row == 11)
        }
        let bc = try Self.trained(
            .with { ($0.widths, $0.rows, $0.learningRate) = ([16], 4096, 3e-3) },
            on: try TransitionDataset(columns), updates: 1500)
        let done = try actions(of: bc.makePolicy(), for: [1, 0, 0, 0, 1, 0, 0, 0, 1])
        #expect(zip(done, [0.2, -0.7, 0.6]).allSatisfy { abs($0 - $1) < 0.02 }, "\(done)")
    }

    @Test func safeCloningImitatesTheSafeEpisodesOnly() throws {
        // Episodes of two rows: cost 0 with action 0.5, cost 6 with action -0.5, in turn; the state tells nothing.
        let data = try numberedTransitions(
            costs: (0..<400).map { $0 / 2 % 2 == 0 ? 0 : 3 }, timeouts: Set(stride(from: 1, to: 400, by: 2)),
            action: { $0 / 2 % 2 == 0 ? 0.5 : -0.5 })
        data.transforms = Transforms().standardising(data)
        func action(_ episodes: BehaviourCloning.Episodes) throws -> Float {
            let c = BehaviourCloning.Configuration.with {
                ($0.episodes, $0.widths, $0.learningRate) = (episodes, [8], 3e-3)
            }
            return try actions(of: Self.trained(c, on: data, updates: 800).makePolicy(), for: [200])[0]
        }
        #expect(abs(try action(.safe(.with { $0.costLimit = 5 })) - 0.5) < 0.02)
        #expect(abs(try action(.all)) < 0.1)
    }

    @Test func thePolicyOfACheckpointIsThePolicy() throws {
        let data = try noisyActions(rows: 400, noise: 0.1, mean: Self.linear)
        data.transforms = Transforms().standardising(data)
        let c = BehaviourCloning.Configuration.with { ($0.widths, $0.rows) = ([8, 4], 32) }
        let bc = try Self.trained(c, on: data, updates: 20)
        var writer = CheckpointWriter()
        try bc.save(to: &writer)
        let (now, states) = (bc.makePolicy(), [0.3, -0.2, 0.9, 1, 0, -1] as [Float])
        let done = try actions(of: now, for: states)
        let restored = try BehaviourCloning.policy(c, from: CheckpointReader(of: writer))
        _ = try bc.update()
        #expect(try actions(of: restored, for: states) == done)
        #expect(try actions(of: now, for: states) == done)  // independent of later updates
        #expect(try actions(of: bc.makePolicy(), for: states) != done)
    }

    @Test(
        .enabled(if: MallocCounter.worksInRelease, "needs a release build"),
        arguments: [BehaviourCloning.Episodes.all, .safe()])
    func anUpdateAllocatesNothing(_ episodes: BehaviourCloning.Episodes) throws {
        let c = BehaviourCloning.Configuration.with {
            ($0.episodes, $0.rows, $0.widths) = (episodes, 256, [16, 16])
        }
        let bc = try BehaviourCloning(c, on: try randomTransitions(), seed: 3)
        for _ in 0..<5 { _ = try bc.update() }
        let mallocs = try MallocCounter.fewest { for _ in 0..<1000 { _ = try bc.update() } }
        #expect(mallocs == 0)
    }

    @Test func aLossThatIsNotFiniteStopsTheUpdateWithTheName() throws {
        let bc = try BehaviourCloning(.with { $0.rows = 8 }, on: try randomTransitions(), seed: 3)
        bc.drawBatch()
        bc.batch.actions[0, 0] = .nan
        #expect(throws: NonFiniteError("loss of actor")) {
            try bc.actor.descend(on: bc.tape) { bc.error() }
        }
    }
}
