import Environments
import SafeRL
import TestSupport
import Testing

/// `testbeds.json` of the set `OGSRL`: laws and exact values of the two sepsis simulators.
private struct Testbeds: Decodable {
    struct Row: Decodable {
        let s: Int, a: Int
        let next: [Int]
        let p: [Double]
        let successors: Int?

        enum CodingKeys: String, CodingKey {
            case s, a, next, p
            case successors = "n_next"
        }
    }
    struct Gumbel: Decodable {
        let rows: [Row]
        let discounted: [String: Double], twentySteps: [String: Double]
        let absorbing: Int, death: Int, discharge: Int

        enum CodingKeys: String, CodingKey {
            case rows, absorbing, death, discharge
            case discounted = "J_gamma099"
            case twentySteps = "J_20steps_undiscounted"
        }
    }
    struct ICU: Decodable {
        let rows: [Row]
        let averaged: [String: Double], fatal: [String: Double], length: [String: Double]

        enum CodingKeys: String, CodingKey {
            case rows, length
            case averaged = "J_mean_variant"
            case fatal = "J_terminate_variant"
        }
    }
    let gumbel: Gumbel
    let icu: ICU

    enum CodingKeys: String, CodingKey {
        case gumbel = "gumbel_sepsis"
        case icu = "icu_sepsis"
    }

    static func read() throws -> Testbeds { try Golden.decode(Self.self, "OGSRL", "testbeds.json") }
}

@Suite struct GumbelSepsisGoldenTests {
    private typealias Patient = GumbelSepsis.Patient

    @Test func theLawOfAStepIsTheEnumeratedOne() throws {
        let rows = try Testbeds.read().gumbel.rows
        try #require(!rows.isEmpty)
        for row in rows {
            let law = GumbelSepsis.law(
                of: Patient(number: row.s), under: GumbelSepsis.Treatment(number: row.a))
            #expect(law.map(\.state) == row.next, "state \(row.s), action \(row.a)")
            for (successor, p) in zip(law, row.p) { #expect(abs(successor.probability - p) <= 1e-12) }
        }
    }

    @Test func asManyPatientsAreAbsorbed() throws {
        let golden = try Testbeds.read().gumbel
        let patients = (0..<Patient.count).map { Patient(number: $0) }
        #expect(patients.count { $0.isDead } == golden.death)
        #expect(patients.count { $0.isDischarged } == golden.discharge)
        #expect(try GumbelSepsis.model().isTerminal.count { $0 } == golden.absorbing)
    }

    @Test func valuesAreTheEnumeratedOnes() throws {
        let golden = try Testbeds.read().gumbel
        let steps = try GumbelSepsis.model()
        let discounted = try steps.with(discount: 0.99, horizon: nil)
        let uniform = TabularPolicy(uniformOver: steps.allActions)
        let best = try discounted.optimum()
        let behaviour = TabularPolicy(states: steps.states, actions: 8) {
            $1 == best.choices[$0] ? 0.95 : 0.05 / 7
        }
        // Given with four digits.
        func check(
            _ name: String, _ policy: TabularPolicy, in model: TabularCMDP, _ values: [String: Double]
        ) throws {
            let found = try model.evaluation(of: policy).reward
            let expected = try #require(values[name], "no value \(name)")
            #expect(abs(found - expected) <= 5.1e-5, "\(name): \(found)")
        }
        try check("uniform", uniform, in: discounted, golden.discounted)
        try check("optimal", best.policy, in: discounted, golden.discounted)
        try check("behaviour95", behaviour, in: discounted, golden.discounted)
        try check("uniform", uniform, in: steps, golden.twentySteps)
        try check("greedy_of_gamma099", best.policy, in: steps, golden.twentySteps)
        try check("behaviour95", behaviour, in: steps, golden.twentySteps)
    }
}

@Suite(NeedsICUSepsis(), .withICUSepsis) struct ICUSepsisGoldenTests {
    @Test func admissibleRowsAreThoseOfThePackage() throws {
        let rows = try Testbeds.read().icu.rows
        try #require(!rows.isEmpty)
        for model in [try ICUSepsis.model(), try ICUSepsisTerminating.model()] {
            for row in rows {
                let law = model.successors(of: row.s, after: row.a)
                #expect(law.count == row.successors)
                #expect(law.prefix(row.next.count).map(\.state) == row.next)
                for (successor, p) in zip(law, row.p) { #expect(abs(successor.probability - p) <= 1e-10) }
            }
        }
    }

    private func policies(_ task: (some ICUSepsisTask).Type) throws -> [String: TabularPolicy] {
        [
            "uniform": try task.behaviourPolicy("uniform"), "expert": try task.behaviourPolicy("clinician"),
            "expert_on_admissible": try task.behaviourPolicy("clinician-admissible"),
            "uniform_admissible": try task.behaviourPolicy("uniform-admissible"),
            "optimal": try task.model().optimum().policy,
        ]
    }

    @Test func valuesWhereInadmissibleActionsAreAveragedAreThoseOfThePackage() throws {
        let golden = try Testbeds.read().icu
        let model = try ICUSepsis.model()
        var policies = try policies(ICUSepsis.self)
        policies["worst"] = try model.optimum(for: model.rewards.map { -$0 }).policy
        for (name, expected) in golden.averaged {
            let policy = try #require(policies[name])
            #expect(
                abs(try ExactEvaluation(of: policy, in: ICUSepsis.self).value - expected) <= 1e-10, "\(name)")
        }
        for (name, expected) in golden.length {
            let policy = try #require(policies[name])
            #expect(
                abs(try ExactEvaluation(of: policy, in: ICUSepsis.self).length - expected) <= 1e-8, "\(name)")
        }
    }

    @Test func valuesWhereInadmissibleActionsAreFatalAreThoseOfThePackage() throws {
        let policies = try policies(ICUSepsisTerminating.self)
        for (name, expected) in try Testbeds.read().icu.fatal {
            let policy = try #require(policies[name])
            let found = try ExactEvaluation(of: policy, in: ICUSepsisTerminating.self).value
            #expect(abs(found - expected) <= 5.1e-6, "\(name): \(found)")
        }
    }
}
