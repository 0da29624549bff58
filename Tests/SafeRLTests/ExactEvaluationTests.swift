import SafeRL
import TestSupport
import Testing

/// A bet that is won from one state and lost from another which looks alike: wait, which may end it, or bet.
private struct HiddenBet: TabularEnvironment {
    static let name = "hidden-bet"
    let observationSpace = Space.box(1, in: 0...1)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 1_000
    let costNames = ["wait", "bet"]
    private var state = 0
    private var stream = RandomStream(seed: 0, for: .reset)

    static func model() throws -> TabularCMDP {
        try TabularCMDP(
            states: 3, actions: 2, start: [0.3, 0.7, 0], costNames: ["wait", "bet"],
            isTerminal: [false, false, true]
        ) { state, action in
            action == 0
                ? .init([.init(state, 0.5), .init(2, 0.5)], reward: 0, costs: [1, 0])
                : .init([.init(2, 1)], reward: state == 0 ? 1 : -1, costs: [0, 1])
        }
    }
    static let observationCount = 2
    static func observation(inState state: Int) -> [Float] { [state == 2 ? 1 : 0] }
    static func number(ofObservation observation: [Float]) -> Int? {
        [[0], [1]].firstIndex(of: observation)
    }
    static func number(ofAction action: Span<Float>) -> Int { action[0] > 0 ? 1 : 0 }
    static func action(numbered number: Int) -> [Float] { [number == 1 ? 1 : -1] }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        stream = RandomStream(seed: seed, for: .reset)
        state = try Self.model().firstState(using: &stream)
        observation[0] = 0
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
        let (model, number) = (try Self.model(), Self.number(ofAction: action))
        let pair = 2 * state + number
        state = model.successor(of: state, after: number, using: &stream)
        observation[0] = state == 2 ? 1 : 0
        return StepOutcome(
            reward: Float(model.rewards[pair]), costs: model.costs.map { Float($0[pair]) },
            end: state == 2 ? .terminated : nil)
    }
}

@Suite struct ExactEvaluationTests {
    @Test(arguments: [0, 0.2, 0.7, 1]) func aStochasticPolicyHasItsClosedForm(share: Double) throws {
        let found = try ExactEvaluation(in: HiddenBet.self) { observations, rows in
            #expect(observations == [0, 1] && rows == 2)
            return [1 - share, share, 0.5, 0.5]
        }
        // Every step is the last with probability share + (1 − share)/2, and three of ten bets are won.
        let length = 2 / (1 + share)
        #expect(abs(found.length - length) <= 1e-14)
        #expect(abs(found.value - (0.3 - 0.7) * share * length) <= 1e-14)
        #expect(found.costNames == ["wait", "bet"])
        #expect(
            zip(found.costs, [(1 - share) * length, share * length]).allSatisfy { abs($0 - $1) <= 1e-14 })
        #expect(found.cost("bet") == found.costs[1] && found.cost("hope") == nil)
    }

    @Test func aTableOfAllStatesMaySeeWhatObservationsHide() throws {
        let seeing = TabularPolicy(choosing: [1, 0, 0], of: 2)
        let found = try ExactEvaluation(of: seeing, in: HiddenBet.self)
        #expect(found.value == 0.3 && abs(found.length - (0.3 + 0.7 * 2)) <= 1e-14)
        let blind = try ExactEvaluation(of: TabularPolicy(choosing: [1, 0], of: 2), in: HiddenBet.self)
        #expect(abs(blind.value + 0.4) <= 1e-15 && blind.length == 1)
    }

    @Test func rowsOfSinglePrecisionAreNormalisedAndOthersRefused() throws {
        func value(_ row: [Double]) throws -> Double {
            try ExactEvaluation(in: HiddenBet.self) { _, _ in row + [1, 0] }.value
        }
        #expect(abs(try value([0.50001, 0.50004]) - value([0.50001 / 1.00005, 0.50004 / 1.00005])) <= 1e-15)
        #expect(throws: TabularModelError.badPolicy(row: 0, sum: 1.25)) { try value([0.75, 0.5]) }
        #expect(throws: TabularModelError.badPolicy(row: 0, sum: 1)) { try value([1.5, -0.5]) }
        let error = #expect(throws: TabularModelError.self) { try value([.nan, 0.5]) }
        #expect(
            error?.description
                == "row 0: the policy's probabilities are negative or sum to nan instead of 1. Repair the policy."
        )
    }

    @Test func simulatedEpisodesAgreeWithTheExactFigures() throws {
        let table = TabularPolicy(states: 2, actions: 2, probabilities: [0.6, 0.4, 1, 0])
        let exact = try ExactEvaluation(of: table, in: HiddenBet.self)
        let episodes = try Evaluator(episodes: 4_000, seed: 5).run(
            TabularActor(table, in: HiddenBet.self), in: HiddenBet.self
        ).episodes
        #expect(MonteCarloMean(episodes.map(\.totalReward)).agrees(with: exact.value))
        #expect(MonteCarloMean(episodes.map { Double($0.length) }).agrees(with: exact.length))
        for channel in 0..<2 {
            let costs = episodes.map { $0.channels?[channel].totalCost ?? .nan }
            #expect(MonteCarloMean(costs).agrees(with: exact.costs[channel]))
        }
    }

    @Test func theTableOfAPolicyIsWhatItDoes() throws {
        let table = TabularPolicy(states: 2, actions: 2, probabilities: [0, 1, 1, 0])
        let actor = TabularActor(table, in: HiddenBet.self)
        #expect(try HiddenBet.table(of: actor).probabilities == [0, 1, 0, 1, 1, 0])
        #expect(abs(try HiddenBet.exactEvaluation(of: actor).reward + 0.4) <= 1e-15)
        let random = TabularActor(
            TabularPolicy(states: 2, actions: 2, probabilities: [0.25, 0.75, 1, 0]), in: HiddenBet.self)
        let drawn = try HiddenBet.table(of: random, draws: 4_000, seed: 3)
        #expect(abs(drawn.probability(of: 1, in: 0) - 0.75) <= 6 * (0.1875 / 4_000).squareRoot())
        #expect(
            try HiddenBet.table(of: random, draws: 10, seed: 3)
                == HiddenBet.table(of: random, draws: 10, seed: 3))
    }

    @Test func aPolicyWithAMemoryHasNoTable() throws {
        struct Remembering: Policy {
            let observationSize: Int, actionSize: Int, memory = 3
            mutating func act(
                on observations: Span<Float>, actions: inout MutableSpan<Float>,
                using streams: inout MutableSpan<RandomStream>
            ) {}
        }
        let space = HiddenBet()
        let policy = Remembering(
            observationSize: space.observationSpace.size, actionSize: space.actionSpace.size)
        let error = #expect(throws: EvaluationError.self) { _ = try HiddenBet.table(of: policy) }
        #expect(error == .remembers(3))
        #expect(
            error?.description
                == "the policy remembers 3 steps, and a table has one row for an observation. Evaluate it by episodes."
        )
    }
}
