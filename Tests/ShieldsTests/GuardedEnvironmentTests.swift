import Rules
import SafeRL
import Shields
import Testing

@Suite struct GuardedEnvironmentTests {
    private func place(_ rules: String, slots: Int = 2) throws -> GuardedEnvironment {
        var plan = ShieldPlan(try cartRules(rules), reactions: [.fallback, .stop])
        plan.fallback = Fallback("brake", FallbackPolicy(Cart.self, "brake"))
        return try GuardedEnvironment(EnvironmentVector(Cart.self, slots: slots), plan)
    }

    private func step(_ place: GuardedEnvironment, _ actions: [Float]) throws -> ([StepOutcome], [Float]) {
        var next = [Float](repeating: .nan, count: 2 * actions.count)
        var span = next.mutableSpan
        let outcomes = try place.step(Array(actions.indices), actions: actions.span, observations: &span)
        return (outcomes, next)
    }

    private func reset(_ place: GuardedEnvironment) throws -> [Float] {
        var first = [Float](repeating: .nan, count: 2 * place.slots)
        var span = first.mutableSpan
        try place.reset(Array(0..<place.slots), seeds: [5, 6], observations: &span)
        return first
    }

    @Test func whatIsRefusedIsReplacedAndSaid() throws {
        let place = try place("rule slow: next_speed <= 0.05")
        let first = try reset(place)
        let (_, next) = try step(place, [1, 0.25])
        #expect(place.replacement(in: 0) == [-0.1] && place.replacement(in: 1) == nil)
        let brake: Float = 0.1 * -0.1
        #expect(next == [first[0] + brake, brake, first[2] + 0.025, 0.025])
    }

    @Test func clippingIsNoReplacement() throws {
        let place = try place("rule wide: accel <= 1")
        _ = try reset(place)
        _ = try step(place, [3, -7])
        #expect(place.replacement(in: 0) == nil && place.replacement(in: 1) == nil)
    }

    @Test func aStoppedEpisodeIsTruncatedWhereItIs() throws {
        let place = try place("rule never_ever: accel > 2 or place > 100")
        let first = try reset(place)
        let (outcomes, next) = try step(place, [1, 1])
        #expect(outcomes.allSatisfy { $0.end == .truncated && $0.reward == 0 && $0.costs == [0] })
        #expect(next == first)
        #expect(place.shield.summary.outcomes == ["stopped": 2])
    }

    @Test func anotherFileOfRulesIsAnotherEnvironment() throws {
        let places = try ["rule a: accel <= 1", "rule a: accel <= 0.5"].map { try place($0) }
        #expect(places[0].versions != places[1].versions && places[0].name == "cart")
    }
}
