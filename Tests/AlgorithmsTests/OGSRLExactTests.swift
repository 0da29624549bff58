import Algorithms
import Dynamics
import SafeRL
import Testing

@Suite struct OGSRLExactTests {
    private static func options(
        _ change: (inout OGSRL.Configuration) -> Void = { _ in }
    ) -> OGSRL.Configuration {
        Field.options {
            ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
            ($0.optimiser, $0.discount) = (Field.exact(shrinkage: 0.01), 1)
            change(&$0)
        }
    }

    private static func planned(_ options: OGSRL.Configuration, rounds: Int = 10) throws -> OGSRL {
        try options.validate()
        let ogsrl = try OGSRL(options, on: Field.recordings(episodes: 2000), seed: 1)
        for stage in ogsrl.stages(steps: 2 + rounds) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        return ogsrl
    }

    /// Mean return, mud and unrecorded steps of 600 episodes in the true field.
    private static func walk(_ ogsrl: OGSRL) throws -> (value: Double, mud: Double, unsupported: Int) {
        var policy = try ogsrl.makePolicy()
        var (value, mud, unsupported) = (0.0, 0.0, 0)
        for episode in 0..<600 {
            var cell = (x: 0, y: episode % 3)
            var streams = [RandomStream(seed: 6, for: .action, index: UInt32(episode))]
            for _ in 0..<40 where cell != (3, 3) {
                var action: [Float] = [0, 0]
                var span = action.mutableSpan, drawn = streams.mutableSpan
                try policy.act(on: Field.observation(cell).span, actions: &span, using: &drawn)
                if !Field.isSupported(cell, action) { unsupported += 1 }
                cell = Field.step(cell, action)
                mud += Field.isMuddy(cell) ? 1 : 0
                value += Double(Field.reward(at: cell))
            }
        }
        return (value / 600, mud / 600, unsupported)
    }

    // From each start the shortest recorded path has six, five or four steps, each through the mud once: returns 0.75, 0.8
    // and, through the third row or around it, 0.75 at best.
    @Test func theOptimumOfTheFieldIsFoundInOneRound() throws {
        let result = try Self.walk(try Self.planned(Self.options(), rounds: 1))
        #expect(result.unsupported == 0)
        #expect(result.mud == 1)
        #expect(result.value > 0.7, "\(result)")
    }

    @Test func aBudgetIsKeptInTheFieldWithItsMargin() throws {
        let free = try Self.walk(try Self.planned(Self.options()))
        let bound = try Self.walk(try Self.planned(Self.options { $0.budgets = ["mud": 0.5] }))
        // The policy draws; 0.06 is three standard deviations of 600 coins.
        #expect(bound.mud <= 0.5 + 0.06 && bound.mud > 0.2, "\(bound)")
        #expect(bound.unsupported == 0 && bound.value < free.value && bound.value > 0, "\(bound)")
    }

    @Test func thePlannedFiguresAreInTheReport() throws {
        let report = try Self.planned(Self.options { $0.budgets = ["mud": 0.5] }).report()
        let lines = report.sections.flatMap(\.lines)
        let value = try #require(lines.first { $0.key == "planned_bound.mud" }?.value)
        #expect(value <= 0.5 + 1e-6 && value > 0.4)
        #expect(lines.contains { $0.text.hasSuffix("budget 0.5: kept") })
    }

    @Test func budgetsThatCannotBeKeptStopTheRun() throws {
        let error = #expect(throws: OptionIssue.self) {
            try Self.planned(Self.options { $0.budgets = ["noise": 0.1] })
        }
        #expect(
            "\(try #require(error))".hasPrefix(
                "budgets: no policy of the model keeps them less their margins for error: one is exceeded by "
            ))
    }

    @Test func whatItCannotPlanIsRefusedInOneSentence() {
        func fault(_ change: (inout OGSRL.Configuration) -> Void) -> String {
            do {
                try Self.options(change).validate()
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(fault { _ in } == "accepted")
        #expect(
            fault { $0.inputs = .features }
                == "optimiser: \"exact\" plans in a table. Write \"model\": \"tabular\", \"inputs\": \"table\", \"actions\": \"finite\"."
        )
        #expect(
            fault { $0.mode = .costOnly }
                == "mode: \"exact\" chooses among the pairs inside. Write \"mode\": \"reject\".")
        #expect(
            fault { ($0.samples, $0.budgets) = (false, ["mud": 1]) }
                == "samples: budgets are kept by a policy that draws its actions. Write true.")
        #expect(
            fault { $0.confidence = 0.4 } == "confidence: margins of \"exact\" need at least 0.5.")
        #expect(
            fault { $0.discount = 0 } == "discount: \"exact\" plans ahead. Write a number above 0.")
        #expect(
            fault { ($0.discount, $0.budgets) = (0.9, ["mud": 1]) }
                == "discountsCosts: \"exact\" counts rewards and costs alike. Write true, or \"discount\": 1."
        )
    }
}

@Suite struct CountedModelTests {
    /// Rows (state, action, next state or nil for the end), each with cost 1 but the last with 3, one episode each.
    private func data(_ rows: [(Double, Double, Double?)]) throws -> ModelData {
        try ModelData(
            observations: Matrix(rows.count, 1, rows.map(\.0)),
            actions: Matrix(rows.count, 1, rows.map(\.1)),
            nextObservations: Matrix(rows.count, 1, rows.map { $0.2 ?? 9 }),
            rewards: rows.map { $0.2 == nil ? 1 : 0 }, isTerminated: rows.map { $0.2 == nil },
            episodes: Array(rows.indices),
            costs: [CostColumn("harm", [Double](repeating: 1, count: rows.count - 1) + [3])])
    }

    @Test func aLawIsDrawnTowardsThatOfItsState() throws {
        let rows: [(Double, Double, Double?)] = [(0, 0, 0), (0, 0, nil), (0, 0, nil), (0, 1, nil)]
        let counted = try CountedModel(
            try data(rows), shrinkage: 4, discount: 1, guardian: nil, constraints: ["harm"])
        let model = counted.model
        #expect(model.states == 2 && model.actions == 2 && model.start == [1, 0])
        // Own law (1/3, 2/3) of 3 records, the state's (1/4, 3/4), as four more.
        let law = model.successors(of: 0, after: 0).map(\.probability)
        #expect(abs(law[0] - 2.0 / 7) < 1e-15 && abs(law[1] - 5.0 / 7) < 1e-15)
        let other = model.successors(of: 0, after: 1).map(\.probability)
        #expect(abs(other[0] - 0.2) < 1e-15 && abs(other[1] - 0.8) < 1e-15)
        #expect(abs(model.rewards[0] - 5.0 / 7) < 1e-15 && abs(model.rewards[1] - 0.8) < 1e-15)
        // Sums 3 and 3, the state's mean 6/4.
        #expect(abs(model.costs[0][0] - 9.0 / 7) < 1e-15 && abs(model.costs[0][1] - 9.0 / 5) < 1e-15)
    }

    @Test func whatIsNoTableIsRefused() throws {
        let rows = (0..<5001).map { row -> (Double, Double, Double?) in (Double(row), 0, nil) }
        let data = try data(rows)
        #expect(
            throws: OptionIssue(
                "optimiser",
                "\"exact\" plans in a table, and 5001 observations and 1 actions are too many for one. Write \"cpo\"."
            )
        ) { try CountedModel(data, shrinkage: 1, discount: 1, guardian: nil, constraints: []) }
    }

    /// One state that ends with probability p = k/n: J = 1/p, and Var J = p(1 − p)/p⁴/(n + m + 1).
    @Test func theDeviationIsThatOfTheClosedForm() throws {
        let rows = (0..<50).map { row -> (Double, Double, Double?) in (0, 0, row % 5 == 0 ? nil : 0) }
        var costs = try data(rows)
        costs = try ModelData(
            observations: costs.observations, actions: costs.actions,
            nextObservations: costs.nextObservations, rewards: costs.rewards,
            isTerminated: costs.isTerminated, episodes: costs.episodes,
            costs: [CostColumn("harm", [Double](repeating: 1, count: 50))])
        let counted = try CountedModel(
            costs, shrinkage: 9, discount: 1, guardian: nil, constraints: ["harm"])
        let policy = TabularPolicy(choosing: [0, 0], of: 1)
        let evaluation = try counted.model.evaluation(of: policy)
        #expect(abs(evaluation.costs[0] - 5) < 1e-12)
        let deviation = try counted.deviations(of: policy, evaluation.occupancy)[0]
        #expect(abs(deviation - (0.2 * 0.8 / 0.0016 / 60).squareRoot()) < 1e-12)
    }
}
