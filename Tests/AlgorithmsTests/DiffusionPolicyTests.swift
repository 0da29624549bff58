import Algorithms
import SafeRL
import TestSupport
import Testing

@Suite struct DiffusionPolicyTests {
    @Test func candidatesAreChosenAsConfigured() {
        let rewards: [Float] = [1, 5, 3, 4], risks: [Float] = [-0.5, 0.2, -0.1, -0.5]
        func index(_ choice: FISOR.Choice, threshold: Float = 0) -> Int {
            rewards.withUnsafeBufferPointer { rewards in
                risks.withUnsafeBufferPointer {
                    choice.index(rewards: rewards, risks: $0, threshold: threshold)
                }
            }
        }
        #expect(index(.first) == 0)
        #expect(index(.safest) == 0)  // the first of equals
        #expect(index(.mostRewarding) == 1)
        #expect(index(.mostRewardingSafe) == 3)
        #expect(index(.mostRewardingSafe, threshold: -1) == 0)  // none is safe: the safest
    }

    @Test func candidatesStandInTheOrderOfTheirChoice() {
        let rewards: [Float] = [1, 5, 3, 4], risks: [Float] = [-0.5, 0.2, -0.1, -0.5]
        func order(_ choice: FISOR.Choice, threshold: Float = 0) -> [Int] {
            rewards.withUnsafeBufferPointer { rewards in
                risks.withUnsafeBufferPointer {
                    choice.order(rewards: rewards, risks: $0, threshold: threshold)
                }
            }
        }
        #expect(order(.first) == [0, 1, 2, 3])
        #expect(order(.safest) == [0, 3, 2, 1])
        #expect(order(.mostRewarding) == [1, 3, 2, 0])
        #expect(order(.mostRewardingSafe) == [3, 2, 0, 1])
        #expect(order(.mostRewardingSafe, threshold: -1) == [0, 3, 2, 1])
    }

    @Test(arguments: [false, true]) func theActionIsTheFirstOfItsCandidates(_ isOneStep: Bool) throws {
        var c = isOneStep ? FISOR.Configuration.tinyFlow : .tiny
        if isOneStep { c.flowSettings.draws = 4 }
        let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
        for _ in 0..<3 { _ = try fisor.update(.joint) }
        let policy = try #require(try fisor.makePolicy() as? any CandidatePolicy)
        var acting: any Policy = policy
        let row = [Float](repeating: 0.25, count: policy.observationSize)
        var (first, second) = (RandomStream(seed: 7, for: .action), RandomStream(seed: 7, for: .action))
        let candidates = try policy.candidates(on: row, using: &first)
        let action = try acting.action(on: row, using: &second)
        #expect(candidates.count > 1)
        #expect(candidates.first == action && first == second)
    }

    @Test(arguments: FISOR.Sampler.allCases)
    func anActionDoesNotDependOnTheCompany(_ sampler: FISOR.Sampler) throws {
        var c = FISOR.Configuration.tiny
        c.sampler = sampler
        let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
        for _ in 0..<3 { _ = try fisor.update(.joint) }
        let policy = try fisor.makePolicy()
        let together = try actions(of: policy, rows: 0..<5)
        for row in 0..<5 {
            #expect(
                try relativeError(
                    actions(of: policy, rows: row..<row + 1), Array(together[2 * row..<2 * row + 2])) < 1e-5)
        }
        #expect(together.allSatisfy { abs($0) <= 1 })
    }

    @Test func aPolicyFromACheckpointActsLikeTheOneItWasStoredFrom() throws {
        let fisor = try FISOR(.tiny, on: randomTransitions(), seed: 3)
        for _ in 0..<3 { _ = try fisor.update(.joint) }
        var writer = CheckpointWriter()
        try fisor.save(to: &writer)
        let restored = try FISOR.policy(.tiny, from: CheckpointReader(of: writer))
        #expect(try actions(of: restored, rows: 0..<3) == actions(of: fisor.makePolicy(), rows: 0..<3))
    }

    @Test(arguments: [false, true])
    func aGaussianIsSampledWithItsOwnMeanAndDeviation(_ isDeterministic: Bool) {
        // For data N(m, d²) the best noise prediction is known: z = √(1−ᾱ)·(x − √ᾱ·m) / (ᾱ·d² + 1 − ᾱ).
        let (m, d): (Float, Float) = (0.2, 0.15)
        let sampler = DiffusionSampler(NoiseSchedule(.vp, steps: 100), isDeterministic: isDeterministic)
        let drawn = gaussianDraws(20_000, sampler, mean: m, deviation: d)
        let n = drawn.count
        let mean = drawn.reduce(0, +) / Float(n)
        let deviation = (drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(n)).squareRoot()
        #expect(abs(mean - m) < 0.01)
        #expect(abs(deviation - d) < 0.02)
    }
}

/// Actions for made-up observations of three floats; each row has a stream of its own.
private func actions(of policy: any Policy, rows: Range<Int>) throws -> [Float] {
    var policy = policy
    let seen = rows.flatMap { row in (0..<3).map { Float($0 - row) / 3 } }
    var streams = rows.map { RandomStream(seed: 9, for: .action, index: UInt32($0)) }
    var actions = [Float](repeating: 0, count: rows.count * 2)
    var written = actions.mutableSpan
    var drawn = streams.mutableSpan
    try policy.act(on: seen.span, actions: &written, using: &drawn)
    return actions
}

/// Samples of N(m, d²) by its best noise prediction, z = √(1−ᾱ)·(x − √ᾱ·m) / (ᾱ·d² + 1 − ᾱ).
private func gaussianDraws(_ count: Int, _ sampler: DiffusionSampler, mean m: Float, deviation d: Float)
    -> [Float]
{
    let tape = Tape()
    var streams = [RandomStream(seed: 4, for: .testing)]
    var drawn = streams.mutableSpan
    let x = sampler.start(on: tape, candidates: count, actions: 1, using: &drawn)
    let result = sampler.sample(from: x, candidates: count, using: &drawn) { x, steps in
        let alphaBar = sampler.schedule.alphaBars[Int(steps[0])]
        let factor = (1 - alphaBar).squareRoot() / (alphaBar * d * d + 1 - alphaBar)
        return factor * (x - alphaBar.squareRoot() * m)
    }
    return Array(result.values)
}
