import Comparison
import Testing

@Suite struct SafetyFirstTests {
    private func method(_ returns: [Double], _ costs: [Double]) -> SafetyFirst {
        SafetyFirst(ScoreTable(returns.map { [$0] }), costs: ScoreTable(costs.map { [$0] }))
    }

    @Test func noReturnMakesUpForARunBeyondTheLimit() {
        let (safe, rich) = (method([0.1, 0.1], [1, 0.5]), method([0.9, 0.9], [0.5, 1.01]))
        #expect(safe.safeShare == 1 && rich.safeShare == 0.5)
        #expect(safe.isBetter(than: rich) && !rich.isBetter(than: safe))
    }

    @Test func amongEquallySafeOnesTheReturnDecides() {
        let (low, high) = (method([0.1, 0.2], [0, 0]), method([0.3, 0.4], [1, 1]))
        #expect(high.isBetter(than: low) && !low.isBetter(than: high) && !low.isBetter(than: low))
    }

    @Test func whatIsNeverSafeIsLastAndHasNoReturn() {
        let (never, poor) = (method([0.9], [2]), method([-5], [1]))
        #expect(never.safeReturn == nil && never.safeShare == 0)
        #expect(poor.isBetter(than: never) && !never.isBetter(than: never))
    }
}
