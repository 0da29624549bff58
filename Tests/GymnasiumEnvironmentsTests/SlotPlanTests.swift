import GymnasiumEnvironments
import Testing

@Suite struct SlotPlanTests {
    @Test func thereAreNoMoreSimulationsThanHalfOfTheMemoryHolds() {
        let plan = SlotPlan(slots: 32, workers: 2)
        #expect(plan.fitting(64e9, each: 1e8) == plan)
        #expect(plan.fitting(2e9, each: 1e8) == SlotPlan(slots: 10, workers: 2))
        #expect(plan.fitting(3e8, each: 1e8) == SlotPlan(slots: 1, workers: 1))
        #expect(plan.fitting(0, each: 1e8) == SlotPlan(slots: 1, workers: 1))
    }
}
