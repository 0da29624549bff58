import Foundation
import TabularModels
import TestSupport
import Testing

/// Optima that another solver found: `Tests/Golden/tabular/constrained.json` says which.
@Suite struct GoldenConstrainedOptimumTests {
    private struct File: Decodable {
        let cases: [Case]
    }

    private struct Case: Decodable {
        let states: Int, actions: Int
        let discount: Double, unconstrained: Double
        let start: [Double]
        let terminal: [Int]
        let allowed: [[Int]]
        let rewards: [[Double]]
        let costs: [[[Double]]]
        let law: [[Double]]
        let queries: [Query]

        func model() throws -> TabularCMDP {
            try TabularCMDP(
                states: states, actions: actions, start: start, discount: discount,
                costNames: costs.indices.map { "\($0)" }, isTerminal: (0..<states).map(terminal.contains)
            ) { state, action in
                let rows = law.filter { Int($0[0]) == state && Int($0[1]) == action }
                return .init(
                    rows.map { .init(Int($0[2]), $0[3]) }, reward: rewards[state][action],
                    costs: costs.map { $0[state][action] })
            }
        }
    }

    private struct Query: Decodable {
        let limits: [Double]
        let feasible: Bool
        let value: Double?
        let violation: Double
    }

    @Test func everyOptimumIsTheOneThatAnotherSolverFound() throws {
        let path = Golden.directory("tabular").appendingPathComponent("constrained.json")
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
        #expect(!file.cases.isEmpty)
        for (number, instance) in file.cases.enumerated() {
            let model = try instance.model()
            let allowed = ActionSet(states: instance.states, actions: instance.actions) {
                instance.allowed[$0].contains($1)
            }
            #expect(abs(try model.optimum(within: allowed).value - instance.unconstrained) <= 1e-8)
            for query in instance.queries {
                let budgets = query.limits.enumerated().map { CostBudget("\($0)", atMost: $1) }
                let solution = try model.constrainedOptimum(within: budgets, allowing: allowed)
                switch solution {
                case .optimal(let optimum):
                    let value = try #require(query.value, "model \(number), limits \(query.limits)")
                    #expect(abs(optimum.evaluation.reward - value) <= 1e-8)
                    #expect(optimum.gap <= 1e-9)
                    #expect(
                        zip(optimum.evaluation.costs, query.limits).allSatisfy { $0 <= $1 + 1e-9 })
                case .infeasible(let proof):
                    #expect(!query.feasible, "model \(number), limits \(query.limits)")
                    #expect(abs(proof.smallestViolation - query.violation) <= 1e-8)
                    #expect(proof.smallestViolation - proof.lowerBound <= 1e-9)
                }
            }
        }
    }
}
