import Assurance
import Dynamics
import Guardians
import Tensors
import Testing

/// Every mode on the line s' = s + a, reward s', cost |a|, from s = 0, with the guardian calling |a| > 1 outside.
@Suite struct GuardedModelTests {
    private let variables = ModelVariables(observations: 1, actions: 1)

    private func rollOut(
        _ mode: GuardMode, _ actions: [Double] = [1, 2, 1], dynamics: any DynamicsModel = Line(),
        guardian: (any SupportGuardian)? = LastFeatureGuardian(), outsideCosts: [Double] = [],
        actionRange: ClosedRange<Double>? = nil
    ) throws -> RolloutBuffer {
        let model = try GuardedModel(
            dynamics: dynamics, reward: .rule { _, _, next in next[0] },
            costs: [try CostModel("speed", .rule { _, a, _ in abs(a[0]) })], guardian: guardian, mode: mode,
            outsideCosts: outsideCosts, actionRange: actionRange)
        return try model.rollOut(Script(actions).policy, from: Matrix(1, 1), horizon: actions.count, seed: 1)
    }

    @Test func offAsksNobody() throws {
        let buffer = try rollOut(.off)
        #expect(buffer.channels == ["speed"])
        #expect(buffer.states.elements == [0, 1, 3] && buffer.nextStates.elements == [1, 3, 4])
        #expect(buffer.rewards == [1, 3, 4] && buffer.costs.elements == [1, 2, 1])
        #expect(buffer.isOutside == [false, false, false] && buffer.outsideEpisodes == nil)
        #expect(buffer.provenance == [0, 1, 3])
        #expect(buffer.episodes.map(\.ending) == [.truncated])
    }

    @Test func costOnlyGoesOnAndCounts() throws {
        let buffer = try rollOut(.costOnly)
        #expect(buffer.channels == ["speed", "out-of-support"])
        #expect(buffer.states.elements == [0, 1, 3] && buffer.rewards == [1, 3, 4])
        #expect(buffer.costs.elements == [1, 0, 2, 1, 1, 0])
        #expect(buffer.outsideEpisodes == BinomialCount(events: 1, trials: 1))
        #expect(buffer.isTruncated == [false, false, true])
    }

    @Test func anAbsorbedStateFreezesToTheHorizon() throws {
        let buffer = try rollOut(.absorbingPenalty(reward: -5))
        #expect(buffer.states.elements == [0, 1, 1] && buffer.nextStates.elements == [1, 1, 1])
        #expect(buffer.actions.elements == [1, 2, 2] && buffer.executedActions.elements == [1, 2, 2])
        #expect(buffer.rewards == [1, -5, -5])
        #expect(buffer.costs.elements == [1, 0, 0, 1, 0, 1])
        #expect(buffer.isAbsorbing == [false, true, false] && buffer.isAbsorbed == [false, false, true])
        #expect(buffer.provenance == [0, -1, -1] && buffer.decisions == [0, 1])
        #expect(buffer.episodes.map(\.ending) == [.truncated])
    }

    @Test func leavingCostsWhatItIsSaidToCost() throws {
        let frozen = try rollOut(.absorbingPenalty(reward: -5), outsideCosts: [9])
        #expect(frozen.costs.elements == [1, 0, 9, 1, 9, 1] && frozen.rewards == [1, -5, -5])
        let ended = try rollOut(.terminate(reward: -7), outsideCosts: [9])
        #expect(ended.costs.elements == [1, 0, 9, 1])
        // Where the model goes on, the cost is its own.
        #expect(try rollOut(.costOnly, outsideCosts: [9]).costs.elements == [1, 0, 2, 1, 1, 0])
    }

    @Test func whatIsAskedForBeyondTheRangeIsDoneAsItsEnd() throws {
        let buffer = try rollOut(.absorbingPenalty(reward: -5), [0.5, 2, -3], actionRange: -1...1)
        #expect(buffer.actions.elements == [0.5, 2, -3])
        #expect(buffer.executedActions.elements == [0.5, 1, -1])
        #expect(buffer.nextStates.elements == [0.5, 1.5, 0.5])
        #expect(buffer.isOutside == [false, false, false] && buffer.isReplaced == [false, false, false])
        #expect(buffer.costs.elements == [0.5, 0, 1, 0, 1, 0])
    }

    @Test func terminateEndsTheEpisodeThere() throws {
        let buffer = try rollOut(.terminate(reward: -7))
        #expect(buffer.count == 2 && buffer.rewards == [1, -7])
        #expect(buffer.costs.elements == [1, 0, 0, 1])
        #expect(buffer.states.elements == [0, 1] && buffer.nextStates.elements == [1, 1])
        #expect(buffer.episodes.map(\.ending) == [.terminated])
        #expect(buffer.isTerminated == [false, true] && buffer.isTruncated == [false, false])
    }

    @Test func rejectDoesTheFallback() throws {
        let fallback = Fallback("half", variables: ["a0"], .fixed([0.5]), whenOutside: .proceed)
        let buffer = try rollOut(.reject(fallback))
        #expect(buffer.actions.elements == [1, 2, 1] && buffer.executedActions.elements == [1, 0.5, 1])
        #expect(buffer.states.elements == [0, 1, 1.5] && buffer.rewards == [1, 1.5, 2.5])
        #expect(buffer.costs.elements == [1, 0, 0.5, 0, 1, 0])
        #expect(buffer.isReplaced == [false, true, false] && buffer.isOutside == [false, true, false])
        #expect(buffer.outsideEpisodes == BinomialCount(events: 0, trials: 1))
    }

    @Test func theLeastOutsideActionIsTheFirstOfEquals() throws {
        func mode(_ whenOutside: Fallback.WhenOutside, _ table: [Double]) -> GuardMode {
            .reject(
                Fallback(
                    "table", variables: ["a0"], .leastOutside(of: Matrix(table.count, 1, table)),
                    whenOutside: whenOutside))
        }
        let inside = try rollOut(mode(.proceed, [3, -0.5, 0.5, 1]))
        #expect(inside.executedActions.elements == [1, -0.5, 1])
        #expect(inside.costs.elements == [1, 0, 0.5, 0, 1, 0])
        // Every action is outside: the least one is done and counts, or the episode ends.
        let all = try rollOut(mode(.proceed, [3, -2, 2]))
        #expect(all.executedActions.elements == [1, -2, 1] && all.rewards == [1, -1, 0])
        #expect(all.costs.elements == [1, 0, 2, 1, 1, 0])
        let ended = try rollOut(mode(.terminate(reward: -9), [3, -2, 2]))
        #expect(ended.rewards == [1, -9] && ended.isTerminated == [false, true])
        #expect(ended.costs.elements == [1, 0, 0, 1] && ended.isReplaced == [false, true])
    }

    @Test func aPolicyMayBeTheFallback() throws {
        let fallback = Fallback(
            "against", variables: ["a0"],
            .policy { states in Matrix(states.rows, 1, states.elements.map { -$0 / 2 }) },
            whenOutside: .proceed)
        let buffer = try rollOut(.reject(fallback))
        #expect(buffer.executedActions.elements == [1, -0.5, 1])
    }

    @Test func aPairWithoutASuccessorIsOutside() throws {
        let buffer = try rollOut(.terminate(reward: -7), [1, 0, 0], dynamics: Line(hole: 1))
        #expect(buffer.rewards == [1, -7] && buffer.costs.elements == [1, 0, 0, 1])
        for mode in [GuardMode.off, .costOnly] {
            let error = #expect(throws: DynamicsError.self) {
                _ = try rollOut(mode, [1, 0, 0], dynamics: Line(hole: 1))
            }
            #expect(
                error?.description
                    == "guarded model: the model has no successor for row 0, and mode \"\(mode.name)\" goes on. "
                    + "Complete unseen pairs by the nearest, or choose a mode that stops there.")
        }
    }

    @Test func theGuardianIsAskedByName() throws {
        // Its last feature is the state: 0 and 1 are inside, 3 is not.
        let swapped = LastFeatureGuardian(features: GuardianFeatures(named: ["a0", "s0"]))
        #expect(try rollOut(.costOnly, guardian: swapped).isOutside == [false, false, true])
        let actionAlone = LastFeatureGuardian(features: GuardianFeatures(named: ["a0"]))
        #expect(try rollOut(.costOnly, guardian: actionAlone).isOutside == [false, true, false])
        #expect(throws: DynamicsError.unknownName("dose", present: ["s0", "a0"])) {
            try rollOut(.costOnly, guardian: LastFeatureGuardian(features: GuardianFeatures(named: ["dose"])))
        }
        #expect(throws: GuardianError.otherSize(kind: "last-feature", fitted: 3, asked: 2)) {
            try rollOut(.costOnly, guardian: LastFeatureGuardian(features: GuardianFeatures(3)))
        }
    }

    @Test func pairsMayBeJudgedWithoutAStep() throws {
        let (s, a) = (Matrix(3, 1, [0, 1, 0]), Matrix(3, 1, [1, 0, -2]))
        func judged(_ mode: GuardMode) throws -> [Bool] {
            try GuardedModel(
                dynamics: Line(hole: 1), reward: .rule { _, _, _ in 0 }, guardian: LastFeatureGuardian(),
                mode: mode
            ).isOutside(s, a)
        }
        #expect(try judged(.costOnly) == [false, true, true])
        #expect(try judged(.off) == [false, false, false])
    }

    @Test func partsThatDoNotFitAreRefused() throws {
        #expect(throws: DynamicsError.noGuardian(mode: "cost only")) { try rollOut(.costOnly, guardian: nil) }
        #expect(
            throws: DynamicsError.otherVariables(of: "fallback \"x\"", given: ["dose"], expected: ["a0"])
        ) { try rollOut(.reject(Fallback("x", variables: ["dose"], .fixed([0]), whenOutside: .proceed))) }
        #expect(throws: DynamicsError.fallbackSize(name: "x", given: 2, expected: 1)) {
            try rollOut(.reject(Fallback("x", variables: ["a0"], .fixed([0, 1]), whenOutside: .proceed)))
        }
        #expect(throws: DynamicsError.emptyFallback(name: "x")) {
            try rollOut(
                .reject(
                    Fallback(
                        "x", variables: ["a0"], .leastOutside(of: Matrix(0, 1)), whenOutside: .proceed)))
        }
        #expect(throws: DynamicsError.outOfRange(option: "penalty", value: -.infinity, range: "(−∞, ∞)")) {
            try rollOut(.absorbingPenalty(reward: -.infinity))
        }
        #expect(throws: DynamicsError.unknownName("reward", present: [])) {
            try GuardedModel(dynamics: Line(), reward: .head("reward"), mode: .off)
        }
        let other = try ModelVariables(observations: ["s0"], actions: ["dose"])
        let table = PairTable(
            variables: other, states: DistinctRows(of: Matrix(1, 1)), actions: DistinctRows(of: Matrix(1, 1)),
            entries: Matrix(1, 1))
        let error = #expect(throws: DynamicsError.self) {
            _ = try GuardedModel(dynamics: Line(), reward: .table(table), mode: .off)
        }
        #expect(
            error?.description
                == "names: reward has s0, dose, the model s0, a0. Give the columns in the model's order.")
        let model = try GuardedModel(dynamics: Line(), reward: .rule { _, _, _ in 0 }, mode: .off)
        #expect(
            throws: DynamicsError.otherVariables(
                of: "policy", given: ["s0", "dose"], expected: ["s0", "a0"])
        ) {
            try model.rollOut(
                ModelPolicy(variables: other) { s, _ in s }, from: Matrix(1, 1), horizon: 1, seed: 1)
        }
    }
}
