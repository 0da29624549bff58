import Foundation
import SafeRL
import Testing

/// Costs that grow by 0.5 a step in the second of two channels, of which less is stated.
private struct Growing: Environment {
    static let name = "growing"
    let observationSpace = Space.box(1, in: -1...1)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 5
    let costNames = ["left", "right"]
    let largestCosts: [Float]? = [0.1, 1]
    private var last: Float = 0

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        observation[0] = 0
        last += 0.5
        return StepOutcome(reward: 0, costs: [0.1, last])
    }
}

/// States what it is told to.
private struct Stating<Words: Statement>: Environment {
    static var name: String { "stating" }
    let observationSpace = Space.box(1, in: -1...1)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 3
    let costNames = ["a", "b"]
    var largestCosts: [Float]? { Words.largestCosts }
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        observation[0] = 0
        return StepOutcome(reward: 0, costs: [0, 0])
    }
}

private protocol Statement { static var largestCosts: [Float]? { get } }
private enum Nothing: Statement { static let largestCosts: [Float]? = nil }
private enum OneTooFew: Statement { static let largestCosts: [Float]? = [1] }
private enum Zero: Statement { static let largestCosts: [Float]? = [1, 0] }
private enum Endless: Statement { static let largestCosts: [Float]? = [1, .infinity] }
private enum Sound: Statement { static let largestCosts: [Float]? = [1, 2] }

private struct Still: Policy {
    let observationSize = 1
    let actionSize = 1
    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = 0 }
    }
}

@Suite struct LargestCostTests {
    @Test func aCostAboveTheLargestStatedStopsTheEvaluation() {
        let error = #expect(throws: EvaluationError.self) {
            try Evaluator(episodes: 2, seed: 1).run(Still(), in: Growing.self)
        }
        #expect(
            error?.description
                == "episode 0, step 2: right is 1.5, above 1.0, the largest that the environment states. "
                + "Repair the environment (saferl env check); no figures were written.")
    }

    private func stated<Words: Statement>(_ words: Words.Type, channel: String? = nil) -> Double? {
        LargestEpisodeCost.stated(by: EnvironmentVector(Stating<Words>.self, slots: 1), channel: channel)
    }

    @Test func theLargestCostOfAnEpisodeIsThatOfAStepTimesTheLimit() {
        #expect(stated(Sound.self) == 9)
        #expect(stated(Sound.self, channel: "a") == 3 && stated(Sound.self, channel: "b") == 6)
        #expect(stated(Sound.self, channel: "c") == nil)
    }

    @Test func whatIsOfNoUseIsNotStated() {
        #expect(stated(Nothing.self) == nil)
        #expect(stated(OneTooFew.self) == nil)
        #expect(stated(Zero.self) == nil && stated(Endless.self) == nil)
    }

    @Test(arguments: [0.1, 0.3, 1 / 3.0, 1e-9, 7.7, 1, 25])
    func noSumOfSuchCostsIsAboveTheBound(_ step: Double) {
        var sum = 0.0
        for steps in 1...2000 {
            sum += step
            #expect(sum <= LargestEpisodeCost.bounding(step: step, steps: steps))
        }
        #expect(LargestEpisodeCost.bounding(step: step, steps: 2000) <= sum * (1 + 1e-12))
    }
}
