import Rules
import SafeRL
import Shields
import Testing

@Suite struct GuardedControllerTests {
    private func controller(_ rules: String, _ action: Float = 1) throws -> GuardedController {
        var plan = ShieldPlan(try cartRules(rules), reactions: [.fallback, .stop])
        plan.fallback = Fallback("brake", FallbackPolicy(Cart.self, "brake"))
        return try GuardedController(Constant([action]), plan, actions: Cart().actionSpace, seed: 0)
    }

    @Test func itDoesWhatTheEvaluatorDoes() throws {
        let rules = "rule smooth: abs(accel - before(accel, 0)) <= 0.6"
        let (evaluation, _) = try shielded(Constant([1]), try cartRules(rules), reacting: [.fallback, .stop])
        var controller = try controller(rules)
        for (step, action) in evaluation.actions[0].enumerated() {
            let seen = Array(evaluation.traces[0][2 * step..<2 * step + 2])
            #expect(try controller.step(seen) == .act([action]))
            controller.settle()
        }
    }

    @Test func whoIsHeldStaysHeldInTheNextEpisode() throws {
        var controller = try controller("rule wide: abs(accel) <= 1")
        #expect(try controller.step([0, 0]) == .act([1]))
        controller.settle()
        controller.hold()
        for _ in 0..<2 {
            #expect(try controller.step([0, 0]) == .act([-0.1]))
            controller.settle()
            controller.begin(seed: 1)
        }
        controller.release()
        #expect(try controller.step([0, 0]) == .act([1]))
    }

    @Test func alarmsAreNotedWhileThePolicyIsHeld() throws {
        var controller = try controller("rule wide: abs(accel) <= 1\nwatch slow: speed <= 0.5")
        controller.hold()
        var alarms: [[String]] = []
        for speed: Float in [0, 0.7, 0.8, 0.1, 0.9] {
            _ = try controller.step([0, speed])
            alarms.append(controller.entry?.alarms ?? [])
            controller.settle()
        }
        #expect(alarms == [[], ["slow"], [], [], ["slow"]])
        #expect(controller.tally.alarms == [0, 2])
    }

    @Test func nothingIsTakenTwiceIntoThePast() throws {
        var controller = try controller("rule few: count[0..9](accel > 0.5) <= 1")
        #expect(try controller.step([0, 0]) == .act([1]))
        controller.settle()
        // A loop that settles without a step changes nothing that rules remember.
        controller.settle()
        #expect(try controller.step([0, 0]) == .act([-0.1]))
    }
}
