import Rules
import TestSupport
import Testing

/// Rules without a past, which are computed as a list of instructions: the answers are those of judging node by node.
@Suite struct StraightRulesTests {
    /// A small generator of its own, so that a failure can be repeated.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }

        /// Numbers of which some give quotients by 0, roots of what is below 0, infinities and differences of them.
        mutating func number() -> Float {
            [-2, -1, -0.5, 0, 0.25, 1, 3, .greatestFiniteMagnitude, .nan, -.infinity][roll(40) % 10 * 7 % 10]
        }

        mutating func term(_ depth: Int) -> String {
            if depth == 0 { return ["x", "y", "a", "b", "0", "0.5", "2", "1e300"][roll(8)] }
            let (one, two) = (term(depth - 1), term(depth - 1))
            switch roll(10) {
            case 0: return "(\(one) + \(two))"
            case 1: return "(\(one) - \(two))"
            case 2: return "(\(one) * \(two))"
            case 3: return "(\(one) / \(two))"
            case 4: return "min(\(one), \(two), a)"
            case 5: return "max(\(one), \(two), b)"
            case 6: return "norm(\(one), \(two))"
            case 7: return "abs(\(one))"
            case 8: return "sqrt(\(one))"
            default: return "(-\(one))"
            }
        }

        mutating func formula(_ depth: Int) -> String {
            if depth == 0 {
                let comparison = ["<", "<=", ">", ">=", "==", "!="][roll(6)]
                return "(\(term(roll(3))) \(comparison) \(term(roll(3))))"
            }
            let (one, two) = (formula(depth - 1), formula(depth - 1))
            switch roll(5) {
            case 0: return "(not \(one))"
            case 1: return "(\(one) and \(two))"
            case 2: return "(\(one) or \(two))"
            case 3: return "(\(one) implies \(two))"
            default: return ["true", "false", "(\(one) or true)"][roll(3)]
            }
        }
    }

    private static let header = """
        rules 1
        signal x = observation[0]
        signal y = observation[1]
        signal a = action[0]
        signal b = action[1]

        """

    /// What steps are to two monitors that know the same past: one that computes and one that is asked node by node.
    private func compare(_ rules: RuleFile, _ dice: inout Dice, _ counts: inout [Int]) {
        var (monitor, plain, judge) = (RuleMonitor(rules), RuleMonitor(rules), StraightJudge(rules))
        let rows = (0..<19).map { _ in (0..<4).map { _ in dice.number() } }
        let (seen, done) = (rows.flatMap { $0[..<2] }, rows.flatMap { $0[2...] })
        let passes = judge?.passes(done.span, seeing: seen.span, rows: rows.count)
        for (number, row) in rows.enumerated() {
            let (observation, action) = (Array(row[..<2]), Array(row[2...]))
            let step = TraceStep(for: rules, doing: action.span, seeing: observation.span)
            let isAllowed = plain.allows(step)
            let judgement = try? monitor.propose(action.span, seeing: observation.span)
            #expect((judgement?.isAllowed ?? false) == isAllowed, "\(rules.name): \(row)")
            let isKept = judgement?.broken.isEmpty ?? false
            // What passes breaks no rule, watched ones included.
            if let passes {
                #expect(passes[number] ? isKept : true, "\(rules.name): \(row)")
                if isKept != passes[number] { counts[2] += 1 }
                counts[isKept ? 0 : 1] += 1
            }
            guard judgement != nil, (try? plain.proposeAhead(step)) != nil else { continue }
            monitor.commit()
            plain.commit()
        }
    }

    @Test func whatIsComputedIsWhatEachNodeSays() throws {
        var dice = Dice(state: 5)
        var counts = [0, 0, 0]
        for _ in 0..<400 {
            let text = (0..<3).map { "watch w\($0): \(dice.formula(2))\n" }.joined()
            // Constants such as 1 / 0 are no matter of a step.
            guard let rules = try? RuleFile(Self.header + text, name: text) else { continue }
            compare(rules, &dice, &counts)
        }
        // A rule that does not look at a quotient by 0 is judged node by node; all else passes.
        #expect(counts[0] > 100 && counts[1] > 500 && counts[2] * 4 < counts[0], "\(counts)")
    }

    @Test func rulesBesideRulesWithAPastAreComputedToo() throws {
        var dice = Dice(state: 11)
        var counts = [0, 0, 0]
        for _ in 0..<150 {
            let text =
                "rule p: \(dice.formula(1)) or a > -9\nwatch q: once[0..3] \(dice.formula(1))\n"
                + "watch r: \(dice.formula(2))\nrule s: before(a, 0) - a <= 4\n"
            guard let rules = try? RuleFile(Self.header + text, name: text) else { continue }
            #expect(StraightJudge(rules) == nil)
            compare(rules, &dice, &counts)
        }
        #expect(counts == [0, 0, 0])
    }

    @Test func whatNeedsMoreThanTheStepIsNotStraight() throws {
        for (text, isStraight) in [
            ("rule r: a <= 1", true), ("rule r: true", true), ("watch w: x <= 1", true),
            ("rule r: before(a, 0) <= 1", false), ("rule r: a > 1 leads to b > 1 within 2", false),
            ("signal z = next[0]\nmodel z = x + a within 0.1\nrule r: z <= 1", false),
            ("signal z = next[0]\nmodel z = x + a within 0.1\nrule r: x <= 1", false),
            ("signal z = next[0]\nmodel z = x / y within 0.1\nrule r: a <= 1", false),
            ("call c()\nrule r: not c()", false),
        ] {
            let rules = try RuleFile(Self.header + text + "\n", name: "a.rules")
            #expect((StraightJudge(rules) != nil) == isStraight, "\(text)")
        }
    }

    @Test func passingTakesStepsAndForgetsWhatWasFalse() throws {
        let rules = try RuleFile(Self.header + "watch w: a <= x\n", name: "a.rules")
        var monitor = RuleMonitor(rules)
        var judge = try #require(StraightJudge(rules))
        let seen: [Float] = [0.5, 0, 0.5, 0, .nan, 0], done: [Float] = [0, 0, 1, 0, 0, 0]
        #expect(judge.passes(done.span, seeing: seen.span, rows: 3) == [true, false, false])
        let bad: [Float] = [1, 0]
        #expect(try monitor.propose(bad.span, seeing: seen.span.extracting(0..<2)).broken == [0])
        monitor.commit()
        #expect(monitor.truth == [false] && monitor.verdicts == [.broken(step: 0)])
        monitor.pass(2)
        #expect(monitor.time == 3 && monitor.truth == [true] && monitor.verdicts == [.broken(step: 0)])
        // Rows that are too short for the rules pass nothing.
        #expect(judge.passes(done.span, seeing: [Float]().span, rows: 3) == [false, false, false])
    }

    @Test(.enabled(if: MallocCounter.worksInRelease)) func passingAllocatesItsAnswersAlone() throws {
        var judge = try #require(
            StraightJudge(
                try RuleFile(
                    Self.header + "rule r: a + 0.5 * b <= 2\nrule s: norm(x, y) <= 9 or a < 0\n",
                    name: "a.rules")))
        let seen = [Float](repeating: 0.5, count: 200), done = [Float](repeating: 0.25, count: 200)
        var passed = 0
        func rounds() {
            for _ in 0..<50 {
                passed += judge.passes(done.span, seeing: seen.span, rows: 100).count { $0 }
            }
        }
        rounds()
        let count = MallocCounter.fewest(rounds)
        #expect(count <= 50 && passed >= 10_000, "\(count) allocations")
    }
}
