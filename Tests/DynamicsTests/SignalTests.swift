import Dynamics
import Tensors
import Testing

@Suite struct SignalTests {
    private let variables = ModelVariables(observations: 1, actions: 1)

    /// One step of the line from the given states with the given actions.
    private func step(
        _ states: [Double], _ actions: [Double], reward: RewardModel, costs: [CostModel] = [],
        dynamics: any DynamicsModel = Line()
    ) throws -> GuardedStep {
        let model = try GuardedModel(dynamics: dynamics, reward: reward, costs: costs, mode: .off)
        var streams = testStreams(states.count)
        return try model.step(
            Matrix(states.count, 1, states), Matrix(actions.count, 1, actions), using: &streams)
    }

    @Test func aRuleSeesStateActionAndNextState() throws {
        let reward = RewardModel.rule { s, a, next in 100 * s[0] + 10 * a[0] + next[0] }
        #expect(try step([1, 2], [3, 4], reward: reward).rewards == [134, 246])
    }

    @Test func recordedValuesAreReadFromTheRowOfTheSuccessor() throws {
        #expect(try step([2, 0], [0, 0], reward: .recorded([7, 8, 9])).rewards == [9, 7])
        let error = #expect(throws: DynamicsError.self) {
            _ = try step([3], [0], reward: .recorded([7, 8, 9]))
        }
        #expect(
            error?.description
                == "model: reward has 3 recorded rows, the model points at row 3. Use columns of the model's own data."
        )
    }

    @Test func aTableIsReadByPairs() throws {
        let table = PairTable(
            variables: variables, states: DistinctRows(of: Matrix(2, 1, [0, 1])),
            actions: DistinctRows(of: Matrix(2, 1, [5, 6])), entries: Matrix(2, 2, [1, 2, 3, .nan]))
        #expect(try step([1, 0], [5, 6], reward: .table(table)).rewards == [3, 2])
        for (state, action) in [(1.0, 6.0), (2, 5)] {
            #expect(throws: DynamicsError.missingEntry(of: "reward", row: 0)) {
                try step([state], [action], reward: .table(table))
            }
        }
    }

    @Test func aQuadraticIsRecoveredByRegression() throws {
        let data = try randomData(400, states: 2, actions: 1, seed: 50)
        func truth(_ x: Double, _ y: Double, _ a: Double) -> Double { 1 + 2 * x - y * a + 0.5 * x * x }
        let targets = (0..<400).map {
            truth(data.observations[$0, 0], data.observations[$0, 1], data.actions[$0, 0])
        }
        let regression = try SignalRegression(of: targets, in: data, ridge: 0)
        let states = uniformMatrix(50, 2, seed: 60), actions = uniformMatrix(50, 1, seed: 61)
        for (row, value) in regression.predict(states, actions).enumerated() {
            #expect(abs(value - truth(states[row, 0], states[row, 1], actions[row, 0])) < 1e-10)
        }
        let linear = try SignalRegression(of: targets, in: data, terms: .linear)
        #expect(linear.coefficients.count == 4)
    }

    @Test func aRegressionOfACostIsClampedAndSaysSo() throws {
        let data = try randomData(200, states: 1, actions: 1, seed: 70)
        let regression = try SignalRegression(
            of: (0..<200).map { data.observations[$0, 0] }, in: data, terms: .linear, ridge: 0)
        let cost = try CostModel("tilt", .regression(regression))
        #expect(cost.isClamped)
        let result = try step(
            [-0.5, 0.25, -0.1], [0, 0, 0], reward: .rule { _, _, _ in 0 }, costs: [cost])
        #expect(result.costs[0, 0] == 0 && abs(result.costs[1, 0] - 0.25) < 1e-12 && result.costs[2, 0] == 0)
        #expect(result.clamped == [2])
    }

    @Test func aNegativeCostIsRefusedWhereItComesFrom() throws {
        #expect(throws: DynamicsError.negativeCost(channel: "heat", row: 1, value: -2)) {
            try CostModel("heat", .recorded([0, -2]))
        }
        #expect(throws: DynamicsError.reservedChannel("out-of-support")) {
            try CostModel("out-of-support", .recorded([0]))
        }
        let rule = try CostModel("heat", .rule { s, _, _ in s[0] })
        #expect(!rule.isClamped)
        let error = #expect(throws: DynamicsError.self) {
            _ = try step([1, -1], [0, 0], reward: .rule { _, _, _ in 0 }, costs: [rule])
        }
        #expect(
            error?.description
                == "model: cost \"heat\" is -1.0 for row 1. A cost is at least 0; correct its rule.")
    }

    @Test func aNumberThatIsNotFiniteIsAnEvent() throws {
        #expect(throws: DynamicsError.divergedPrediction(of: "reward", row: 1)) {
            try step([1, 0], [0, 0], reward: .rule { s, _, _ in 1 / s[0] })
        }
        #expect(throws: DynamicsError.divergedInput(variable: "s0", row: 0)) {
            try step([.nan], [0], reward: .rule { _, _, _ in 0 })
        }
    }

    @Test func constraintsAreCheckedOneByOne() throws {
        func message(_ constraints: () throws -> [CostConstraint]) -> String? {
            let error = #expect(throws: DynamicsError.self) {
                _ = try GuardedModel(
                    dynamics: Line(), reward: .rule { _, _, _ in 0 },
                    costs: [try CostModel("speed", .rule { _, a, _ in abs(a[0]) })], mode: .off,
                    constraints: constraints())
            }
            return error?.description
        }
        #expect(
            message { [try CostConstraint("speed", budget: -1, sum: .undiscounted)] }
                == "constraint \"speed\": the budget -1.0 is not a number of at least 0. "
                + "Costs are never negative; give what may be spent.")
        #expect(
            message { [try CostConstraint("speed", budget: 1, sum: .discounted(1))] }
                == "constraint \"speed\": the discount 1.0 is outside (0, 1). "
                + "Choose a factor inside, or sum without one.")
        #expect(
            message { [try CostConstraint("heat", budget: 1, sum: .undiscounted)] }
                == "constraint \"heat\": there is no cost of that name. Present: speed.")
        #expect(
            message {
                let one = try CostConstraint("speed", budget: 1, sum: .undiscounted)
                return [one, one]
            } == "names: \"speed\" occurs twice among the constraints. Rename one.")
        #expect(
            message { [try CostConstraint("out-of-support", budget: 0.1, sum: .undiscounted)] }
                == "constraint \"out-of-support\": there is no cost of that name. Present: speed.")
    }
}
