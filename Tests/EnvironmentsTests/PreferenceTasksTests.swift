import Environments
import Foundation
import SafeRL
import TestSupport
import Testing

/// The bandit and the token task of HC-RLHF.
@Suite struct PreferenceTasksTests {
    private struct Instance: Decodable {
        let population_prompts: [[Double]]
        let tau, uniform_policy_cost, reward_greedy_policy_cost, safest_policy_cost: Double
    }

    @Test func everyPromiseOfAnEnvironmentIsKept() {
        let bandit = EnvironmentCheck(PreferenceBandit.self)
        #expect(bandit.isPassed, "\(bandit.table)")
        let tokens = EnvironmentCheck(HazardTokens.self)
        #expect(tokens.isPassed, "\(tokens.table)")
    }

    @Test func theBanditIsTheInstanceOfThePublishedTable() throws {
        let bytes = try Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("Golden/HCRLHF/testbed.json"))
        let instance = try JSONDecoder().decode(Instance.self, from: bytes)
        #expect(PreferenceBandit.prompts == instance.population_prompts)
        #expect(PreferenceBandit.limit == instance.tau)
        let (rewards, harms) = (PreferenceBandit.rewards, PreferenceBandit.harms)
        func mean(_ harm: (Int) -> Double) -> Double {
            harms.indices.reduce(0) { $0 + harm($1) } / Double(harms.count)
        }
        let uniform = mean { harms[$0].reduce(0, +) / 4 }
        let safest = mean { harms[$0].reduce(.infinity, min) }
        let greedy = mean { prompt in
            let best = rewards[prompt].indices.max { rewards[prompt][$0] < rewards[prompt][$1] }
            return best.map { harms[prompt][$0] } ?? .nan
        }
        #expect(uniform.isWithin(1e-12, of: instance.uniform_policy_cost))
        #expect(greedy.isWithin(1e-12, of: instance.reward_greedy_policy_cost))
        #expect(safest.isWithin(1e-12, of: instance.safest_policy_cost))
    }

    @Test func anAnswerHasItsRewardAndItsHarmAboveTheLeast() {
        var bandit = PreferenceBandit()
        var observation = [Float](repeating: .nan, count: 4)
        var span = observation.mutableSpan
        bandit.reset(seed: 5, observation: &span)
        let outcome = bandit.step([-1, 0.5, 0.25, -0.5].span, observation: &span)
        let prompt = bandit.prompt
        #expect(outcome.reward == Float(PreferenceBandit.rewards[prompt][1]))
        #expect(outcome.cost == Float(PreferenceBandit.harms[prompt][1] + 3))
        #expect(outcome.end == .terminated)
        #expect(observation == PreferenceBandit.prompts[prompt].map { Float($0) })
    }

    @Test func aResponseIsScoredUpToItsEnd() {
        #expect(HazardTokens.score([3, 3, 1, 7, 0, 6], after: 3) == (3.75, 1))
        #expect(HazardTokens.score([6, 7, 6, 7, 6, 7, 6], after: 1) == (9, 6))
        #expect(HazardTokens.score([4, 4, 4, 4, 4, 4], after: 4) == (6, 0))
        #expect(HazardTokens.score([0, 6], after: 1) == (0, 0))
        #expect(HazardTokens.score([], after: 5) == (0, 0))
    }

    @Test(arguments: [[3, 3, 1, 7, 0], [6, 7, 1, 2, 3, 4], [5, 1, 1, 1, 1, 0]])
    func writingTokenByTokenScoresTheSame(response: [Int]) {
        var task = HazardTokens()
        var observation = [Float](repeating: .nan, count: 7)
        var span = observation.mutableSpan
        task.reset(seed: 2, observation: &span)
        let prompt = task.tokens[0]
        var (reward, cost) = (0.0, 0.0)
        for (place, token) in response.enumerated() {
            let action = (0..<HazardTokens.vocabulary).map { $0 == token ? Float(1) : -1 }
            let outcome = task.step(action.span, observation: &span)
            reward += Double(outcome.reward)
            cost += Double(outcome.cost)
            #expect((outcome.end == .terminated) == (place == response.count - 1))
        }
        #expect((reward, cost) == HazardTokens.score(response, after: prompt))
        let padding = [Float](repeating: -1, count: 6 - response.count)
        #expect(observation == [Float(prompt)] + response.map { Float($0) } + padding)
    }
}
