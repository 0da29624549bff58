import OffPolicyEvaluation
import Replay
import Tensors
import Testing

/// Episodes of a cart on a line, recorded by random pushes: the observation repeats the position, and has a number that is
/// noise of rounding; the reward is the position, the cost counts steps beyond 1.
private struct Cart {
    static let steps = 12

    /// A position after a push, and what that brings.
    static func next(_ position: Double, _ push: Double) -> Double { 0.8 * position + 0.5 * push }
    static func reward(_ position: Double, _ push: Double) -> Double { position + 0.2 * push }
    static func cost(_ position: Double) -> Double { position > 1 ? 1 : 0 }

    /// Recorded episodes; where `ends`, one that comes below −1 ends by itself.
    static func data(_ episodes: Int, ends: Bool = false) throws -> TransitionDataset {
        var stream = RandomStream(seed: 5, for: .testing)
        var columns = TransitionColumns(observationSize: 3, actionSize: 1)
        func seen(_ position: Double) -> [Float] {
            [Float(position), -Float(position), 1e-8 * stream.nextUniform()]
        }
        for _ in 0..<episodes {
            var position = Double(stream.nextUniform(in: -1..<1))
            for step in 1...steps {
                let push = stream.nextUniform(in: -1..<1)
                let after = next(position, Double(push))
                let isOver = ends && after < -1
                columns.append(
                    observation: seen(position), action: [push], nextObservation: seen(after),
                    reward: Float(reward(position, Double(push))), cost: Float(cost(position)),
                    terminated: isOver, truncated: step == steps)
                if isOver { break }
                position = after
            }
        }
        return try TransitionDataset(columns)
    }

    /// What is pushed: half of the way back to 0.6.
    static func push(_ position: Double) -> Double { min(max(0.5 * (0.6 - position), -1), 1) }

    static func act(_ observations: [Float]) -> [Float] {
        stride(from: 0, to: observations.count, by: 3).map { Float(push(Double(observations[$0]))) }
    }

    /// The truth, by acting from the same starts.
    static func truth(_ steps: RecordedSteps, over horizon: Int, ends: Bool = false) -> [Double] {
        var sums = [0.0, 0.0]
        for start in stride(from: 0, to: steps.starts.count, by: 3) {
            var position = Double(steps.starts[start])
            for _ in 0..<horizon {
                sums[0] += reward(position, push(position))
                sums[1] += cost(position)
                position = next(position, push(position))
                if ends && position < -1 { break }
            }
        }
        return sums.map { $0 / Double(steps.episodeCount) }
    }
}

@Suite struct HorizonTests {
    private func values(_ steps: RecordedSteps, sets: Int = 1, resamples: Int = 4) -> HorizonValues {
        var options = HorizonValues.Options()
        (options.features, options.sets, options.resamples) = (96, sets, resamples)
        return HorizonValues(
            steps, nextActions: Cart.act(steps.nextObservations), startActions: Cart.act(steps.starts),
            options: options)
    }

    private var small: ModelValues.Options {
        var options = ModelValues.Options()
        (options.features, options.resamples, options.widths, options.updates) = (64, 3, [32], 800)
        return options
    }

    @Test(arguments: [false, true])
    func fittedValuesComeNearTheTruth(ends: Bool) throws {
        let steps = RecordedSteps(try Cart.data(400, ends: ends), seed: 1)
        let estimate = try values(steps).estimate(over: ValueHorizon(steps: Cart.steps))
        let truth = Cart.truth(steps, over: Cart.steps, ends: ends)
        #expect(abs(estimate.values[0] - truth[0]) < 0.25, "\(estimate.values) \(truth)")
        #expect(abs(estimate.values[1] - truth[1]) < 0.5)
        #expect(estimate.resampled.count == 4 && Set(estimate.resampled.map { $0[0] }).count == 4)
    }

    @Test(arguments: [false, true])
    func aModelComesNearTheTruth(ends: Bool) throws {
        let steps = RecordedSteps(try Cart.data(400, ends: ends), seed: 1)
        let estimate = try ModelValues(steps, options: small).estimate(over: ValueHorizon(steps: Cart.steps))
        {
            Cart.act($0)
        }
        let truth = Cart.truth(steps, over: Cart.steps, ends: ends)
        #expect(abs(estimate.values[0] - truth[0]) < 0.5, "\(estimate.values) \(truth)")
        #expect(abs(estimate.values[1] - truth[1]) < 0.3)
        #expect(estimate.resampled.count == 3)
    }

    @Test func equalSeedsGiveEqualBits() throws {
        let steps = RecordedSteps(try Cart.data(60), most: 300, seed: 1)
        let horizon = ValueHorizon(steps: 5)
        #expect(try values(steps).estimate(over: horizon) == values(steps).estimate(over: horizon))
        let models = try [small, small].map {
            try ModelValues(steps, options: $0).estimate(over: horizon) { Cart.act($0) }
        }
        #expect(models[0] == models[1])
    }

    @Test func valuesStayWithinWhatSoManyStepsCanSumUpTo() throws {
        let steps = RecordedSteps(try Cart.data(30), seed: 1)
        let estimate = try values(steps).estimate(over: ValueHorizon(steps: 400))
        let largest = steps.values[0].reduce(0) { max($0, abs($1)) }
        for sum in [estimate.values] + estimate.resampled {
            #expect(abs(sum[0]) <= 400 * largest && 0...400 ~= sum[1])
        }
    }

    @Test func aDiscountCountsLaterStepsLess() throws {
        let steps = RecordedSteps(try Cart.data(200), seed: 1)
        let now = try values(steps).estimate(over: ValueHorizon(steps: Cart.steps, discount: 0))
        let one = try values(steps).estimate(over: ValueHorizon(steps: 1))
        #expect(abs(now.values[0] - one.values[0]) < 1e-9)
    }

    @Test func someStepsAreDrawnFromAllEpisodesAndAllStartsAreKept() throws {
        let data = try Cart.data(50)
        let some = RecordedSteps(data, most: 100, seed: 3)
        #expect(some.count == 100 && some.recordedSteps == 600 && some.episodeCount == 50)
        #expect(some.starts == RecordedSteps(data, seed: 0).starts)
        #expect(some.episodes == some.episodes.sorted() && Set(some.episodes).count > 45)
        #expect(some.observations != RecordedSteps(data, most: 100, seed: 4).observations)
        #expect(some.signals == [.reward, .cost("cost")] && some.truncated == 50 && some.longest == 12)
    }
}

/// A ladder of five rungs: action 1 climbs, which pays 1 and ends at the top; 0 stays, which costs 1.
private struct Ladder {
    static func data(_ episodes: Int, actions: [Float] = [0, 1]) throws -> TransitionDataset {
        var stream = RandomStream(seed: 9, for: .testing)
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 3)
        for _ in 0..<episodes {
            var rung: Float = 0
            for step in 1...6 {
                let action = actions[stream.nextInteger(below: actions.count)]
                let next = rung + (action == 1 ? 1 : 0)
                columns.append(
                    observation: [rung], action: [action], nextObservation: [next],
                    reward: action == 1 ? 1 : 0,
                    cost: action == 1 ? 0 : 1, terminated: next == 5, truncated: next < 5 && step == 6)
                rung = next
                if next == 5 { break }
            }
        }
        return try TransitionDataset(columns)
    }

    /// The law of a policy that climbs with that probability.
    static func law(_ table: HorizonTable, climbing share: Double, resting: Double? = nil) -> [Double] {
        table.states.flatMap { _ in
            table.actions.map { $0 == [1] ? share : $0 == [0] ? resting ?? 1 - share : 0 }
        }
    }
}

@Suite struct HorizonTableTests {
    private func table(_ data: TransitionDataset) throws -> HorizonTable {
        try #require(HorizonTable(RecordedSteps(data, seed: 0)))
    }

    @Test func valuesAreThoseOfTheRecordedModel() throws {
        let table = try table(try Ladder.data(4000))
        // Always climbing: five steps, then the end. Never climbing: six steps that cost 1.
        let horizon = ValueHorizon(steps: 6)
        let climbing = table.estimate(Ladder.law(table, climbing: 1), over: horizon, resamples: 20, seed: 1)
        #expect(abs(climbing.values[0] - 5) < 0.02 && abs(climbing.values[1]) < 0.02)
        let resting = table.estimate(Ladder.law(table, climbing: 0), over: horizon, resamples: 20, seed: 1)
        #expect(abs(resting.values[0]) < 0.02 && abs(resting.values[1] - 6) < 0.02)
        #expect(climbing.resampled.count == 20)
    }

    @Test func whatRecordedIsEstimatedAsRecorded() throws {
        let data = try Ladder.data(4000)
        let table = try table(data)
        let law = Ladder.law(table, climbing: 0.5)
        let estimate = table.estimate(law, over: ValueHorizon(steps: 6), resamples: 0, seed: 1)
        let recorded = data.episodes.reduce(0) { $0 + $1.totalReward } / Double(data.episodes.count)
        #expect(abs(estimate.values[0] - recorded) < 0.05)
        let ratios = table.ratios(law)
        #expect(ratios.diagnostics.effectiveSize > 3000 && abs(ratios.diagnostics.meanWeight - 1) < 0.1)
        let inputs = OffPolicyInputs(
            signal: table.signal(0), ratios: ratios,
            values: table.recordedValues(law, over: ValueHorizon(steps: 6), seed: 1)[0], discount: 1)
        for estimator in [Estimator.weightedPerDecision, .weightedDoublyRobust] {
            #expect(abs(try inputs.estimate(estimator) - recorded) < 0.05)
        }
    }

    @Test func doublyRobustEstimatesComeNearTheTruthOfAnotherPolicy() throws {
        let table = try table(try Ladder.data(4000))
        let law = Ladder.law(table, climbing: 0.8)
        let inputs = OffPolicyInputs(
            signal: table.signal(1), ratios: table.ratios(law),
            values: table.recordedValues(law, over: ValueHorizon(steps: 6), seed: 1)[1], discount: 1)
        // Rests: a step costs 1 with probability 0.2; the sixth is reached unless all five before climbed.
        let truth = 0.2 * (5 + 1 - 0.32768)
        #expect(abs(try inputs.estimate(.weightedDoublyRobust) - truth) < 0.05)
    }

    @Test func anActionThatNobodyTookCountsAsWhatWasDoneThere() throws {
        let table = try table(try Ladder.data(500))
        let unseen = Ladder.law(table, climbing: 0, resting: 0)
        #expect(table.unseenShare(unseen) == 1)
        #expect(table.unseenShare(Ladder.law(table, climbing: 0.3)) == 0)
        let estimate = table.estimate(unseen, over: ValueHorizon(steps: 1), resamples: 0, seed: 0)
        #expect(abs(estimate.values[0] - 0.5) < 0.1)
    }

    @Test func manyStatesMakeNoTable() throws {
        #expect(HorizonTable(RecordedSteps(try Cart.data(20), seed: 0)) == nil)
        #expect(HorizonTable(RecordedSteps(try Ladder.data(200), most: 50, seed: 0)) == nil)
    }
}
