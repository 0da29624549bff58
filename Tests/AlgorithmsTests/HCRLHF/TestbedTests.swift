import Algorithms
import Assurance
import Foundation
import SaferlBenchmarks
import Tensors
import TestSupport
import Testing

/// The contextual-bandit test-bed against `testbed.json`, `testbed_trace.json` and the calibration files.
@Suite struct TestbedTests {
    struct Instance: Decodable {
        struct Result: Decodable {
            let n_candidate, n_safety, trials: Int
            let c1, c2, delta, coefficient, candidate_unsafe_rate, mean_reward: Double
            let mean_true_cost, std_true_cost: Double
            let return_rate, unsafe_return_rate: [String: Double]
        }
        let population_prompts, reward_weights, cost_weights: [[Double]]
        let tau, uniform_policy_cost: Double
        let results: [Result]

        var bandit: ContextualBandit {
            func scores(_ weights: [[Double]], _ scale: Double) -> [[Double]] {
                population_prompts.map { prompt in
                    weights.map { scale * tanh(zip($0, prompt).reduce(0) { $0 + $1.0 * $1.1 }) }
                }
            }
            return ContextualBandit(
                contexts: population_prompts, rewards: scores(reward_weights, 1.5),
                costs: scores(cost_weights, 3), in: -3...3, limit: tau)
        }
    }
    struct Traces: Decodable {
        struct Case: Decodable {
            struct Point: Decodable {
                let iteration: Int
                let mean_cost_before, std_before, violation, log_lambda: Double
                let theta: [[Double]]
            }
            let c1, c2, delta, coefficient, safety_ucb, true_cost, true_reward: Double
            let n_candidate, n_safety: Int
            let candidate_prompt_indices, safety_prompt_indices, safety_actions: [Int]
            let safety_uniforms, safety_costs: [Double]
            let passes: Bool
            let trace: [Point]
        }
        let cases: [Case]
    }
    struct Bernoulli: Decodable {
        struct Row: Decodable {
            let n: Int
            let p, delta: Double
            let unsafe_pass_probability: [String: Double]
        }
        let rows: [Row]
    }

    static func instance() throws -> Instance { try Golden.decode(Instance.self, "HCRLHF", "testbed.json") }

    @Test func theTracesOfSingleTrialsAgreeToTheLastIteration() throws {
        let instance = try Self.instance()
        let bandit = instance.bandit
        let cases = try Golden.decode(Traces.self, "HCRLHF", "testbed_trace.json").cases
        #expect(!cases.isEmpty)
        for one in cases {
            let setting = SafetyStudy.Setting(
                candidatePrompts: one.n_candidate, testPrompts: one.n_safety, sampleFactor: one.c1,
                testFactor: one.c2, delta: one.delta, trials: 1)
            #expect(setting.coefficient.isWithin(1e-10, of: one.coefficient, floor: 1e-15))
            var candidate = ExactCandidate(
                for: bandit, seeing: one.candidate_prompt_indices, coefficient: setting.coefficient)
            var iteration = 0
            for point in one.trace {
                while iteration < point.iteration {
                    candidate.step()
                    iteration += 1
                }
                let tolerance = iteration <= 10 ? 1e-9 : 1e-6
                let (mean, deviation) = candidate.moments
                #expect(mean.isWithin(tolerance, of: point.mean_cost_before, floor: tolerance))
                #expect(deviation.isWithin(tolerance, of: point.std_before))
                let logarithm = candidate.multiplier.logarithm
                #expect(logarithm.isWithin(tolerance, of: point.log_lambda, floor: tolerance))
                for (mine, theirs) in zip(candidate.policy.weights, point.theta.flatMap { $0 }) {
                    #expect(mine.isWithin(tolerance, of: theirs, floor: tolerance))
                }
            }
            try Self.compareTest(one, candidate.policy, bandit)
        }
    }

    private static func compareTest(
        _ one: Traces.Case, _ policy: LinearSoftmaxPolicy, _ bandit: ContextualBandit
    ) throws {
        let draws = zip(one.safety_prompt_indices, one.safety_uniforms).map {
            bandit.draw(from: policy, prompt: $0, uniform: $1)
        }
        #expect(draws.map(\.action) == one.safety_actions)
        #expect(zip(draws, one.safety_costs).allSatisfy { $0.cost.isWithin(1e-9, of: $1, floor: 1e-12) })
        let costs = HeldOutCosts(draws.map(\.cost), from: CostOrigin(.environment, name: "", policy: ""))
        let verdict = costs.spend(on: SafetyTest(StudentBound(), limit: bandit.limit, delta: one.delta))
        #expect(try #require(verdict.report.upperBound).isWithin(1e-9, of: one.safety_ucb))
        #expect(verdict.isCertified == one.passes)
        let truth = bandit.truth(of: policy)
        #expect(truth.cost.isWithin(1e-6, of: one.true_cost, floor: 1e-6))
        #expect(truth.reward.isWithin(1e-6, of: one.true_reward))
    }

    /// A short version of `saferl bench safety-test`: the rows of the smallest size, and one each of the others.
    @Test func theRatesAgreeWithTheReferenceAndUnsafeReturnsStayBelowDelta() throws {
        let instance = try Self.instance()
        let bandit = instance.bandit
        #expect(instance.results.count == 15)
        for (number, reference) in instance.results.enumerated()
        where reference.n_candidate <= 50 || reference.c1 == 1 {
            let trials = reference.n_candidate <= 50 ? 300 : reference.n_candidate <= 200 ? 60 : 16
            let row = SafetyStudy.run(
                SafetyStudy.Setting(
                    candidatePrompts: reference.n_candidate, testPrompts: reference.n_safety,
                    sampleFactor: reference.c1, testFactor: reference.c2, delta: reference.delta,
                    trials: trials), on: bandit, seed: 1, row: number)
            #expect(row.coefficient.isWithin(1e-9, of: reference.coefficient, floor: 1e-15))
            let inverses = 1 / Double(trials) + 1 / Double(reference.trials)
            // Missed by chance once in 15,000 comparisons; the seed is fixed.
            func agrees(_ mine: Double, _ theirs: Double) -> Bool {
                let p = min(max(theirs, 1 / Double(trials)), 1 - 1 / Double(trials))
                return abs(mine - theirs) <= 4 * (p * (1 - p) * inverses).squareRoot()
            }
            #expect(agrees(row.unsafeCandidates, reference.candidate_unsafe_rate), "row \(number)")
            // The reward varies less than the cost, so that one error serves both.
            let error = 4 * reference.std_true_cost * inverses.squareRoot()
            #expect(abs(row.meanExcess + instance.tau - reference.mean_true_cost) <= error, "row \(number)")
            #expect(abs(row.meanReward - reference.mean_reward) <= error, "row \(number)")
            for rates in row.rates {
                let name = rates.bound.replacingOccurrences(of: "-", with: "_")
                let returned = try #require(reference.return_rate[name])
                let unsafe = try #require(reference.unsafe_return_rate[name])
                #expect(agrees(rates.returned, returned), "row \(number), \(name)")
                #expect(agrees(rates.unsafeReturned, unsafe), "row \(number), \(name)")
                #expect(rates.unsafeReturned <= reference.delta)
            }
        }
    }

    @Test func trialsDoNotDependOnTheNumberOfThreads() throws {
        let bandit = try Self.instance().bandit
        let setting = SafetyStudy.Setting(
            candidatePrompts: 20, testPrompts: 20, sampleFactor: 1, testFactor: 1, trials: 40)
        defer { BLAS.threads = 0 }
        let rows = [1, 3].map { threads in
            BLAS.threads = threads
            return SafetyStudy.run(setting, on: bandit, seed: 3, row: 0)
        }
        #expect(rows[0] == rows[1])
        #expect(rows[0] != SafetyStudy.run(setting, on: bandit, seed: 4, row: 0))
    }

    @Test func studentsTestCertifiesRareHarmMoreOftenThanDeltaAndValidBoundsDoNot() throws {
        let rows = try Golden.decode(Bernoulli.self, "HCRLHF", "calibration_bernoulli.json").rows
        #expect(!rows.isEmpty)
        for row in rows {
            let harm = try RareHarm(count: row.n, share: row.p, delta: row.delta)
            #expect(harm.certified.count == row.unsafe_pass_probability.count)
            for (name, expected) in row.unsafe_pass_probability {
                let mine = try #require(harm.certified[name.replacingOccurrences(of: "_", with: "-")])
                #expect(mine.isWithin(1e-9, of: expected, floor: 1e-12))
                if name != "student_t" { #expect(mine <= row.delta * (1 + 1e-12)) }
            }
        }
        // One cost of 19 among costs of −1, as in the measured rates.
        #expect(try #require(RareHarm(count: 10, share: 0.05, delta: 0.1).certified["student-t"]) > 0.59)
    }
}
