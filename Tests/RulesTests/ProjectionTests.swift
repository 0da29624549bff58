import Rules
import Storage
import Synchronization
import Testing

/// Rules in one step, and what is nearest in it.
struct ProjectionCase {
    let rules: RuleFile
    var monitor: RuleMonitor
    var step: TraceStep

    init(_ text: String, size: Int, observed: [Double] = []) throws {
        let names = (0..<size).map { "signal a\($0) = action[\($0)]\n" }.joined()
        rules = try RuleFile("rules 1\n" + names + text, name: "a.rules")
        (monitor, step) = (RuleMonitor(rules), TraceStep(for: rules))
        for (number, signal) in rules.signals.enumerated() where signal.source == .observation {
            step.signals[number] = observed[signal.index]
        }
    }

    func step(_ action: [Float]) -> TraceStep {
        var step = step
        for (number, signal) in rules.signals.enumerated() where signal.source == .action {
            step.signals[number] = Double(action[signal.index])
        }
        return step
    }

    func isAllowed(_ action: [Float]) -> Bool {
        var monitor = monitor
        return (try? monitor.proposeAhead(step(action)).isAllowed) ?? false
    }

    mutating func take(_ action: [Float]) throws {
        _ = try monitor.proposeAhead(step(action))
        monitor.commit()
    }

    func nearest(
        _ action: [Float], fallback: [Float]? = nil, by proposer: (any ActionProposer)? = nil
    ) -> ProjectedAction? {
        let ones = [Double](repeating: 1, count: action.count)
        return ActionProjection(for: rules, low: ones.map { -$0 }, high: ones).nearestAllowed(
            to: action, monitor: monitor, step: step(action), fallback: fallback, proposer: proposer,
            isAllowed: isAllowed)
    }
}

@Suite struct ProjectionTests {
    @Test func anAllowedProposalStaysAsItIs() throws {
        let found = try #require(try ProjectionCase("rule a: a0 <= 0.5\n", size: 2).nearest([0.5, 0.25]))
        #expect(found.action == [0.5, 0.25] && found.distance == 0)
        #expect(found.method == .proposal && found.judged == 1)
    }

    @Test func theExampleOfTheLog() throws {
        var budget = try ProjectionCase("rule boost: count[0..9](a0 > 0.8) <= 3\n", size: 2)
        for _ in 0..<3 { try budget.take([0.9, 0]) }
        let found = try #require(budget.nearest([0.93, 0.1]))
        // 0.8 lies between two numbers of single precision: the upper one is above it.
        #expect(found.action == [Float(0.8).nextDown, 0.1])
        #expect(abs(found.distance - 0.065) < 1e-6 && found.method == .program)
    }

    @Test func theNearestSideOfAChoiceIsTaken() throws {
        let gap = try ProjectionCase("rule a: a0 <= -0.5 or a0 >= 0.4 or a1 > 0.9\n", size: 2)
        #expect(try #require(gap.nearest([0.1, 0])).action == [0.4, 0])
        #expect(try #require(gap.nearest([-0.3, 0])).action == [-0.5, 0])
        let up = try #require(gap.nearest([0, 0.875])).action
        #expect(up[0] == 0 && up[1] == Float(0.9).nextUp)
    }

    @Test func sizesMaximaAndThePastAreTaken() throws {
        var smooth = try ProjectionCase(
            "rule a: abs(a0 - before(a0, 0)) <= 0.25\nrule b: max(a0, a1) - min(a0, a1) <= 0.5\n"
                + "rule c: sum[0..3](a1) <= 1\n", size: 2)
        #expect(try #require(smooth.nearest([1, 0])).action == [0.25, 0])
        try smooth.take([0.25, 0.5])
        try smooth.take([0.5, 0.375])
        let found = try #require(smooth.nearest([1, 0.5])).action
        #expect(abs(found[1] - 0.125) < 1e-6 && abs(found[0] - 0.625) < 1e-6)
    }

    @Test func partsAboutNowOfThePast() throws {
        var past = try ProjectionCase(
            "rule a: a0 > 0.5 implies not once[1..2] a0 > 0.5\nrule b: (a1 <= 0.75) since[0..5] (a1 < 0)\n"
                + "rule c: started a1 > 0.25 implies a0 < 0\nrule d: age(a1 < 0) <= 2\n", size: 2)
        try past.take([0.75, -0.5])
        let first = try #require(past.nearest([0.75, 0.5])).action
        #expect(past.isAllowed(first) && first == [0.5, 0.25])
        try past.take([0, 0])
        try past.take([0, 0])
        let last = try #require(past.nearest([0, 0.5])).action
        #expect(past.isAllowed(last) && last[1] < 0 && last[1] > -1e-6)
    }

    @Test func aDueActionIsFound() throws {
        var due = try ProjectionCase(
            "signal x = observation[0]\nrule a: x > 0 leads to a0 <= -0.5 within 2\n", size: 1, observed: [1])
        try due.take([0])
        #expect(try #require(due.nearest([0])).distance == 0)
        try due.take([0])
        #expect(try #require(due.nearest([0])).action == [-0.5])
    }

    @Test func nothingIsFoundWhereNothingIsAllowed() throws {
        let never = try ProjectionCase("rule a: a0 > 0.5 and a0 < 0.25\n", size: 1)
        #expect(never.nearest([0], fallback: [1]) == nil)
        #expect(never.nearest([.nan]) == nil)
        let round = try ProjectionCase("rule a: a0 * a0 + a1 * a1 >= 3\n", size: 2)
        #expect(round.nearest([0, 0], fallback: [1, 1]) == nil)
    }

    @Test func betweenTheProposalAndTheFallbackWhereARuleIsNoneOfThese() throws {
        let steep = try ProjectionCase("rule a: a0 / (2 + a1) <= 0.25\nrule b: a0 + a1 <= 0.9\n", size: 2)
        let found = try #require(steep.nearest([1, 0], fallback: [0, 0]))
        #expect(found.method == .segment && steep.isAllowed(found.action))
        #expect(abs(found.action[0] - 0.5) < 1e-5 && found.action[1] == 0)
        let spread = try #require(steep.nearest([1, 0]))
        #expect(steep.isAllowed(spread.action) && spread.distance < 0.3)
    }

    @Test func modelsErrorsAreTakenAtTheirWorst() throws {
        let cart = try ProjectionCase(
            """
            signal place = observation[0]
            signal speed = observation[1]
            signal next_place = next[0]
            signal next_speed = next[1]
            model next_place = place + 0.1 * speed + 0.01 * a0 within 0.01
            model next_speed = speed + 0.1 * a0 within 0.01
            rule wall: place <= 1
            rule slow: abs(next_speed) <= 0.5

            """, size: 1, observed: [0.95, 0.45])
        let found = try #require(cart.nearest([1]))
        #expect(cart.isAllowed(found.action) && found.method == .program)
        // 0.95 + 0.045 + 0.01 a + 0.01 is at most 1.
        #expect(abs(found.action[0] + 0.5) < 1e-5)
    }

    @Test func thePointRobotBrakesOrComesAsNearAsItMay() throws {
        let rules = try GoldenGuard.rules("point_robot.rules")
        var step = TraceStep(for: rules)
        for (name, value) in ["x": 0.4, "y": 0.2, "speed": -0.95, "c": 0, "s": 1] {
            step.signals[try #require(rules.signals.firstIndex { $0.name == name })] = value
        }
        let accel = try #require(rules.signals.firstIndex { $0.name == "accel" })
        func isAllowed(_ action: [Float]) -> Bool {
            var (monitor, proposed) = (RuleMonitor(rules), step)
            proposed.signals[accel] = Double(action[0])
            return (try? monitor.proposeAhead(proposed).isAllowed) ?? false
        }
        #expect(!isAllowed([-1]))
        step.signals[accel] = -1
        let found = try #require(
            ActionProjection(for: rules, low: [-1, -1], high: [1, 1]).nearestAllowed(
                to: [-1, 0.5], monitor: RuleMonitor(rules), step: step, isAllowed: isAllowed))
        #expect(isAllowed(found.action) && found.action[1] == 0.5)
        #expect(!isAllowed([found.action[0].nextDown - 1e-5]))
        #expect(found.method == .program && found.judged <= 4)
    }

    private struct Said: ActionProposer {
        let actions: [[Double]]

        func proposals(for question: ActionQuestion) -> [[Double]] { actions }
    }

    @Test func whatAProposerNamesIsJudged() throws {
        // A thin corner, in which none of the points that fill the box lies.
        let corner = try ProjectionCase("rule a: norm(a0, a1) >= 1.408\nrule b: a0 + a1 < -1.99\n", size: 2)
        #expect(corner.nearest([0.5, 0], by: Said(actions: [[0, 0], [.nan, 0], [5, 5]])) == nil)
        let found = try #require(corner.nearest([0.5, 0], by: Said(actions: [[0.1, 0.1], [-1, -1]])))
        #expect(found.action == [-1, -1] && found.method == .solver)
    }

    @Test func aQuestionSaysWhatRulesAsk() throws {
        final class Kept: ActionProposer {
            let question = Mutex<ActionQuestion?>(nil)
            func proposals(for question: ActionQuestion) -> [[Double]] {
                self.question.withLock { $0 = question }
                return []
            }
        }
        let kept = Kept()
        let ring = try ProjectionCase("rule a: a0 * a0 * a0 >= 0.125 and a0 < 2\n", size: 1)
        _ = ring.nearest([0], by: kept)
        let asked = kept.question.withLock { $0 }
        let question = try #require(asked)
        #expect(question.variables == ["a0"] && question.proposal == [0] && question.radius <= 0.5)
        #expect(
            question.text == """
                (declare-const a0 Real)
                (assert (and (<= (- 1.0) a0) (<= a0 1.0)))
                (assert (and (>= (* (* a0 a0) a0) (/ 1.0 8.0)) (< a0 2.0)))
                """)
    }

    /// Rules with the half-spaces of the golden table, as text.
    @Test func projectionsAreThoseOfTheGoldenTable() throws {
        for (number, row) in try GoldenGuard.rows("projection.json").enumerated() {
            func numbers(_ value: JSONValue?) -> [Double] {
                (value?.elements ?? []).compactMap { $0.number?.double }
            }
            let proposed = numbers(row["proposed"])
            var rules = "rule box: a0 <= 2\n"
            for (place, half) in (row["constraints"]?.elements ?? []).enumerated() {
                let sum = numbers(half["coefficients"]).enumerated().map { "(\($1)) * a\($0)" }
                rules +=
                    "rule r\(place): \(sum.joined(separator: " + ")) <= \(half["at_most"]?.number?.double ?? .nan)\n"
            }
            let world = try ProjectionCase(rules, size: proposed.count)
            let found = world.nearest(proposed.map { Float($0) })
            guard row["action"]?.elements != nil else {
                #expect(found == nil, "\(number)")
                continue
            }
            let action = try #require(found, "\(number)").action
            #expect(world.isAllowed(action), "\(number)")
            for (own, wanted) in zip(action, numbers(row["action"])) {
                #expect(abs(Double(own) - wanted) <= 1e-6, "\(number)")
            }
        }
    }
}
