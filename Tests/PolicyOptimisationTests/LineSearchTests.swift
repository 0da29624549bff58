import PolicyOptimisation
import Testing

@Suite struct LineSearchTests {
    private static func verdict(
        _ stepCase: StepCase, _ divergence: Double, _ reward: Double, _ costs: [Double], excess: [Double]
    ) -> LineSearch.Verdict? {
        LineSearch(shrink: 0.5, attempts: 1)(stepCase, excess: excess, divergence: 0.01) { _ in
            LineSearch.Values(divergence: divergence, rewardChange: reward, costChanges: costs)
        }.attempts.last?.verdict
    }

    @Test func aShareIsAcceptedByTheRule() {
        let test = Self.verdict
        #expect(test(.bounded, 0.01, 0, [0.3], [-0.3]) == .accepted)
        #expect(test(.bounded, 0.0101, 1, [0], [-0.3]) == .tooFar)
        #expect(test(.bounded, 0.005, 1, [0.31], [-0.3]) == .costRose)
        #expect(test(.bounded, 0.005, -1e-9, [0], [-0.3]) == .rewardFell)
        #expect(test(.interior, 0.005, -1e-9, [0], [-0.3]) == .rewardFell)
        #expect(test(.unconstrained, 0.005, -1e-9, [], []) == .rewardFell)
        #expect(test(.returning, 0.005, -1, [0], [0.3]) == .accepted)
        #expect(test(.returning, 0.005, 1, [1e-9], [0.3]) == .costRose)
        #expect(test(.recovery, 0.005, -1, [-0.1], [0.3]) == .accepted)
        #expect(test(.recovery, 0.005, 1, [0.1], [0.3]) == .costRose)
    }

    @Test func everyCostIsHeldAgainstItsOwnBudget() {
        let test = Self.verdict
        #expect(test(.bounded, 0.005, 1, [0.1, 0.2], [-0.1, -0.2]) == .accepted)
        #expect(test(.bounded, 0.005, 1, [0.2, 0.1], [-0.1, -0.2]) == .costRose)
        #expect(test(.returning, 0.005, 1, [-0.1, 0.1], [0.1, 0.2]) == .costRose)
        // A recovery may trade one cost for a worse one, not above the worst.
        #expect(test(.recovery, 0.005, 1, [0.1, -0.1], [0.1, 0.5]) == .accepted)
        #expect(test(.recovery, 0.005, 1, [0.41, -0.1], [0.1, 0.5]) == .costRose)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func whatIsNotFiniteIsRejected(value: Double) {
        for stepCase in StepCase.allCases {
            #expect(Self.verdict(stepCase, value, 1, [0], excess: [0.1]) == .notFinite)
            #expect(Self.verdict(stepCase, 0, value, [0], excess: [0.1]) == .notFinite)
            #expect(Self.verdict(stepCase, 0, 1, [value], excess: [0.1]) == .notFinite)
        }
    }

    @Test func sharesShrinkUntilOneIsAccepted() {
        let trace = LineSearch()(.unconstrained, excess: [], divergence: 0.01) { share in
            LineSearch.Values(divergence: 0.02 * share, rewardChange: share, costChanges: [])
        }
        #expect(
            trace.attempts.map(\.verdict)
                == [.tooFar, .tooFar, .tooFar, .tooFar, .accepted].suffix(trace.attempts.count))
        #expect(trace.attempts.count == 5 && abs((trace.acceptedShare ?? 0) - 0.4096) <= 1e-12)
    }

    @Test func theSearchEndsWithoutAShareAfterFifteen() {
        let trace = LineSearch()(.unconstrained, excess: [], divergence: 0.01) { _ in
            LineSearch.Values(divergence: 0, rewardChange: -1, costChanges: [])
        }
        #expect(trace.attempts.count == 15 && trace.acceptedShare == nil)
        #expect(abs((trace.attempts.last?.share ?? 0) - 0.043980465111040035) <= 1e-15)  // 0.8¹⁴
    }
}
