import Algorithms
import Dynamics
import SafeRL
import Testing

/// The optimiser `spibb`: what is recorded too rarely keeps the behaviour's probability.
@Suite struct OGSRLBootstrapTests {
    /// Episodes of one step: action 0 a hundred times for ½, 1 three times for 1, 2 twenty times for 0.8 at a cost of 1.
    private static func bandit() throws -> ModelData {
        let rows =
            [(Double, Double)](repeating: (0, 0.5), count: 100)
            + [(Double, Double)](repeating: (1, 1), count: 3)
            + [(Double, Double)](repeating: (2, 0.8), count: 20)
        return try ModelData(
            observations: Matrix(rows.count, 1), actions: Matrix(rows.count, 1, rows.map(\.0)),
            nextObservations: Matrix(rows.count, 1), rewards: rows.map(\.1),
            isTerminated: rows.map { _ in true }, episodes: Array(rows.indices),
            costs: [CostColumn("harm", rows.map { $0.0 == 2 ? 1 : 0 })])
    }

    private static func optimum(
        leastRecords: Int, budget: Double? = nil
    ) throws -> (law: [Double], value: Double) {
        let counted = try CountedModel(
            try bandit(), shrinkage: 1e-9, discount: 1, guardian: nil, constraints: ["harm"])
        let bootstrapped = try BootstrappedModel(counted, leastRecords: leastRecords)
        let limits = budget.map { [CostBudget("harm", atMost: $0)] } ?? []
        guard
            case .optimal(let found) = try bootstrapped.model.constrainedOptimum(
                within: limits, allowing: bootstrapped.allowed)
        else { throw TabularModelError.noAction(state: 0) }
        let policy = bootstrapped.policy(found.policy)
        let value = try counted.model.evaluation(of: policy).reward
        #expect(abs(value - found.evaluation.reward) < 1e-9)
        return ((0..<3).map { policy.probability(of: $0, in: 0) }, value)
    }

    private static func isClose(_ a: [Double], _ b: [Double]) -> Bool {
        zip(a, b).allSatisfy { abs($0 - $1) < 1e-7 }
    }

    @Test func rarePairsKeepTheBehavioursProbabilityAndTheRestIsGreedy() throws {
        let few = try Self.optimum(leastRecords: 10)
        #expect(Self.isClose(few.law, [0, 3.0 / 123, 120.0 / 123]), "\(few)")
        #expect(abs(few.value - (3 + 0.8 * 120) / 123) < 1e-6)
        // With three records the lucky action is free and takes all; with 101 nothing is, and the behaviour stays.
        #expect(Self.isClose(try Self.optimum(leastRecords: 3).law, [0, 1, 0]))
        #expect(
            Self.isClose(try Self.optimum(leastRecords: 101).law, [100.0 / 123, 3.0 / 123, 20.0 / 123]))
    }

    @Test func aBudgetIsKeptAmongTheSamePolicies() throws {
        let law = try Self.optimum(leastRecords: 10, budget: 0.5).law
        #expect(Self.isClose(law, [0.5 - 3.0 / 123, 3.0 / 123, 0.5]), "\(law)")
    }

    private static func planned(_ change: (inout OGSRL.Configuration) -> Void) throws -> Double {
        let options = Field.options {
            ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
            ($0.discount, $0.optimiser, $0.proposals) = (1, Field.spibb(shrinkage: 1), .masked)
            change(&$0)
        }
        try options.validate()
        let ogsrl = try OGSRL(options, on: Field.recordings(episodes: 60), seed: 1)
        for stage in ogsrl.stages(steps: 200) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        let lines = try ogsrl.report().sections.flatMap(\.lines)
        return try #require(lines.first { $0.key == "planned_return" }?.value)
    }

    @Test func theFewerRecordsArePlansNeedTheNearerTheyAreToTheOptimum() throws {
        func value(_ leastRecords: Int) throws -> Double {
            try Self.planned { $0.optimiser = Field.spibb(shrinkage: 1, leastRecords: leastRecords) }
        }
        let (behaviour, values) = (try value(100_000), try [40, 20, 5].map(value))
        let optimum = try Self.planned { $0.optimiser = Field.exact(shrinkage: 1) }
        let all = [behaviour] + values + [optimum]
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 + 1e-9 }, "\(all)")
        #expect(optimum > behaviour + 0.2, "\(all)")
    }

    // Without noise the steps of a trust region end where the linear programme does, budgets and all.
    @Test(arguments: [nil, 0.7]) func exactAdvantagesReachThePlannedOptimum(_ budget: Double?) throws {
        let budgets = budget.map { ["mud": $0] } ?? [:]
        let optimum = try Self.planned {
            ($0.optimiser, $0.budgets) = (Field.exact(shrinkage: 1), budgets)
        }
        let reached = try Self.planned {
            ($0.budgets, $0.warmStart) = (budgets, .cloning())
            $0.optimiser = .cpo(
                .with {
                    $0.advantages = .exact(.with { $0.shrinkage = 1 })
                    ($0.damping, $0.divergence) = (1e-5, 0.02)
                })
        }
        #expect(reached > optimum - 0.03 && reached < optimum + 0.02, "\(reached) of \(optimum)")
    }

    @Test func whatExactAdvantagesCannotTakeIsRefusedAndTheRemedyWorks() throws {
        func fault(_ change: (inout OGSRL.Configuration) -> Void) -> String {
            var options = Field.options {
                ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
                ($0.discount, $0.proposals) = (1, .masked)
                $0.optimiser = .cpo(.with { $0.advantages = .exact() })
            }
            change(&options)
            do {
                try options.validate()
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(fault { _ in } == "accepted")
        #expect(
            fault { $0.optimiser = .ppoLagrangian(.with { $0.advantages = .exact() }) }
                == "optimiser.advantages: \"ppo-lagrangian\" takes none that are exact. Write \"sampled\", or \"optimiser\": \"cpo\"."
        )
        #expect(fault { $0.optimiser = .ppoLagrangian() } == "accepted")
        #expect(
            fault { $0.model = .nearest() }
                == "optimiser.advantages: \"exact\" needs a table. Write \"model\": \"tabular\", \"actions\": \"finite\"."
        )
        #expect(
            fault { $0.proposals = .any }
                == "proposals: exact advantages are of the pairs inside. Write \"proposals\": \"masked\".")
        #expect(
            fault { ($0.budgetsPer, $0.discountsCosts) = (.episode, true) }
                == "budgetsPer: \"episode\" scales plain sums, and these are discounted. Write \"rollout\", or \"discountsCosts\": false."
        )
        #expect(
            fault { ($0.optimiser, $0.inputs) = (.spibb(), .features) }
                == "optimiser: \"spibb\" plans in a table. Write \"model\": \"tabular\", \"inputs\": \"table\", \"actions\": \"finite\"."
        )
    }
}
