import Assurance
import Foundation
import OffPolicyEvaluation
import Replay
import Tensors
import TestSupport
import Testing

/// Whether a policy is better than the behaviour, from the behaviour's episodes.
@Suite struct ImprovementTests {
    private static let ward = Ward(discount: 1)
    private static let returns = -8.0...14.0

    /// An episode of the ward, with forecasts that are off by `error`.
    private static func compared(
        _ episode: Trajectory, _ policy: [Double], error: Double = 0
    ) -> ComparedEpisode {
        func law(_ shares: [Double]) -> [[Double]] {
            (0..<episode.length).map { step in
                let share = shares[Int(episode.observations[step][1])]
                return [1 - share, share]
            }
        }
        var so = 0.0
        let forecasts = (0..<episode.length).map { step -> [Double] in
            defer { so += episode.rewards[step] }
            let state = Int(episode.observations[step][1])
            return [0, 1].map {
                so + ward.exactQ(.reward, policy, step, state, $0) + error * Double(1 + state - $0)
            }
        }
        return ComparedEpisode(
            policy: law(policy), behaviour: law(Ward.behaviourShares), forecasts: forecasts,
            taken: episode.actions.map { Int($0[0]) }, outcome: episode.rewards.reduce(0, +))
    }

    private static func test(floor: Double = 10, ceiling: Double = 10) -> ImprovementTest {
        ImprovementTest(returns: returns, floor: floor * 22, ceiling: ceiling * 22, delta: 0.05)
    }

    private static let origin = CostOrigin(.records, name: "ward", policy: "p")

    /// The expectation over every possible episode, with forecasts that are right and with some that are wrong.
    @Test(arguments: [0, 3.0])
    func theExpectationOfItsNumbersIsTheDifferenceOfTheValues(_ error: Double) {
        let shares = [0.1, 0.05]
        let wanted =
            Self.ward.exactValue(.reward, shares) - Self.ward.exactValue(.reward, Ward.behaviourShares)
        #expect(abs(wanted) > 0.3)
        let expectation = Self.ward.everyEpisode().reduce(0) {
            $0 + $1.probability * Self.test().difference(in: Self.compared($1.episode, shares, error: error))
        }
        #expect(expectation.isWithin(1e-12, of: wanted))
    }

    /// Where the floor is near, numbers stay above it and their expectation below the truth, however large the weights.
    @Test(arguments: [1, 1.1, 1.5], [[0.9, 0.9], [0.1, 0.05], [1, 0]])
    func aFloorIsKeptAndOnlyLowersTheExpectation(_ floor: Double, _ shares: [Double]) {
        let test = Self.test(floor: floor, ceiling: 0.5)
        let wanted =
            Self.ward.exactValue(.reward, shares) - Self.ward.exactValue(.reward, Ward.behaviourShares)
        for error in [0, 3.0] {
            var expectation = 0.0
            for entry in Self.ward.everyEpisode() {
                let number = test.difference(in: Self.compared(entry.episode, shares, error: error))
                #expect(number >= -floor * 22 - 1e-9 && number <= 11)
                expectation += entry.probability * number
            }
            #expect(expectation <= wanted + 1e-12)
        }
    }

    @Test func thePolicyThatRecordedHasTheNumberZeroInEveryEpisode() {
        for entry in Self.ward.everyEpisode() {
            let number = Self.test(floor: 1).difference(
                in: Self.compared(entry.episode, Ward.behaviourShares, error: 3))
            #expect(number == 0)
        }
    }

    private static func sample(_ count: Int, _ policy: [Double], seed: UInt64) throws -> [ComparedEpisode] {
        try ward.sample(count, seed: seed).episodes.map { compared($0, policy) }
    }

    @Test func thePolicyThatRecordedIsNeverCertified() throws {
        for trial in 0..<1000 {
            let episodes = try Self.sample(40, Ward.behaviourShares, seed: UInt64(trial))
            let verdict = Self.test(floor: 1, ceiling: 0.25).judge(
                episodes, from: Self.origin, isApproximate: false)
            #expect(!verdict.isCertified && verdict.report.reasons.map(\.reason).contains(.notBetter))
        }
    }

    /// Action 1 does what action 0 does: every policy is worth the same.
    ///
    /// 50 of 1,000 are expected at most at a delta of 0.05;
    /// 85 or more have a probability below 10⁻⁶ at exactly that.
    @Test func anotherPolicyThatIsWorthTheSameIsCertifiedWithProbabilityDeltaAtMost() {
        var certified = 0
        for trial in 0..<1000 {
            var stream = RandomStream(seed: UInt64(trial), for: .testing)
            let episodes = (0..<200).map { _ -> ComparedEpisode in
                let taken = (0..<3).map { _ in stream.nextInteger(below: 2) }
                return ComparedEpisode(
                    policy: Array(repeating: [0.25, 0.75], count: 3),
                    behaviour: Array(repeating: [0.5, 0.5], count: 3),
                    forecasts: Array(repeating: [0.3, 0.3], count: 3), taken: taken,
                    outcome: Double(stream.nextInteger(below: 2)))
            }
            let test = ImprovementTest(returns: 0...1, floor: 2, ceiling: 1, delta: 0.05)
            if test.judge(episodes, from: Self.origin, isApproximate: false).isCertified { certified += 1 }
        }
        #expect(certified < 85, "\(certified)")
    }

    private static func suiting(_ shares: [Double]) throws -> ImprovementTest {
        ImprovementTest(suiting: try sample(1000, shares, seed: 1), returns: returns, delta: 0.05)
    }

    @Test func aBetterPolicyIsCertifiedAndAWorseOneIsNot() throws {
        let (better, worse) = ([0.1, 0.05], [0.6, 0.5])
        for (shares, isBetter) in [(better, true), (worse, false)] {
            let verdict = try Self.suiting(shares).judge(
                try Self.sample(4000, shares, seed: 2), from: Self.origin, isApproximate: false)
            #expect(verdict.isCertified == isBetter, "\(verdict.report.summary)")
            #expect(!verdict.report.isApproximate)
        }
    }

    @Test func anEstimatedBehaviourMakesTheVerdictApproximateAndIsSaid() throws {
        let verdict = Self.test(floor: 1, ceiling: 0.25).judge(
            try Self.sample(4000, [0.1, 0.05], seed: 2), from: Self.origin, isApproximate: true)
        #expect(verdict.report.isApproximate)
        #expect(
            verdict.report.cautions == [
                "Approximate: the behaviour's probabilities were estimated from records, and their error is in no bound."
            ])
    }

    @Test func aReturnOutsideTheStatedOnesCertifiesNothing() throws {
        var episodes = try Self.sample(4000, [0.1, 0.05], seed: 2)
        let first = episodes[0]
        episodes[0] = ComparedEpisode(
            policy: first.policy, behaviour: first.behaviour, forecasts: first.forecasts, taken: first.taken,
            outcome: 14.5)
        let verdict = Self.test(floor: 1, ceiling: 0.25).judge(
            episodes, from: Self.origin, isApproximate: false)
        #expect(!verdict.isCertified && verdict.report.upperBound == nil)
        #expect(verdict.report.reasons.map(\.reason) == [.noBound])
    }

    @Test func whatElseSpeaksAgainstItIsReadToo() throws {
        let against = Objection.confounded("recorded actions", p: 0.005)
        let verdict = try Self.suiting([0.1, 0.05]).judge(
            try Self.sample(4000, [0.1, 0.05], seed: 2), from: Self.origin, isApproximate: false,
            despite: [against])
        #expect(!verdict.isCertified && verdict.report.reasons == [against])
    }
}
