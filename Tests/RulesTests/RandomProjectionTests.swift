import Rules
import Testing

/// Rule sets about two or three actions, drawn.
private struct RuleDraws {
    var draws: Draws
    let size: Int

    mutating func number() -> String { "\(draws.next(-1, 1))" }

    mutating func linear() -> String {
        (0..<size).map { "(\(draws.next(-2, 2))) * a\($0)" }.joined(separator: " + ")
    }

    mutating func comparison() -> String {
        let order = ["<=", "<", ">=", ">"][draws.roll(4)]
        switch draws.roll(5) {
        case 0: return "abs(\(linear())) <= \(draws.next(0.1, 1))"
        case 1: return "abs(a\(draws.roll(size)) - before(a0, 0)) \(order) \(draws.next(0, 0.8))"
        case 2: return "max(a0, \(linear()), x) \(order) \(number())"
        case 3: return "min(\(linear()), a1 + x) \(order) \(number())"
        default: return "\(linear()) + 0.5 * x \(order) \(number())"
        }
    }

    mutating func formula(_ depth: Int) -> String {
        guard depth > 0 else { return "(\(comparison()))" }
        func inside() -> String { formula(depth - 1) }
        switch draws.roll(11) {
        case 0: return "(not \(inside()))"
        case 1, 2: return "(\(inside()) and \(inside()))"
        case 3, 4: return "(\(inside()) or \(inside()))"
        case 5: return "(\(inside()) implies \(inside()))"
        case 6: return "(count[0..\(draws.roll(4))](\(inside())) <= \(1 + draws.roll(2)))"
        case 7: return "(once[0..\(draws.roll(3))] \(inside()))"
        case 8: return "(\(inside()) since[0..3] \(inside()))"
        case 9: return "(sum[0..2](a0) <= \(draws.next(0, 1)) or age(\(inside())) >= \(draws.roll(3)))"
        default: return "(a0 * a1 <= \(number()) or \(inside()))"
        }
    }
}

@Suite struct RandomProjectionTests {
    private struct World {
        let rules: RuleFile
        var monitor: RuleMonitor
        let size: Int
        var seen = 0.0

        init(_ bodies: [String], size: Int) throws {
            let header =
                "rules 1\nsignal x = observation[0]\n"
                + (0..<size).map { "signal a\($0) = action[\($0)]\n" }.joined()
            // A rule in which no action is left is about observations, and would have to be watched.
            rules = try RuleFile(
                header + bodies.enumerated().map { "rule r\($0): \($1)\n" }.joined(), name: "a.rules")
            (monitor, self.size) = (RuleMonitor(rules), size)
        }

        func step(_ action: [Float]) -> TraceStep {
            var step = TraceStep(for: rules)
            step.signals = [seen] + action.map(Double.init)
            return step
        }

        func isAllowed(_ action: [Float]) -> Bool {
            var monitor = monitor
            return (try? monitor.proposeAhead(step(action)).isAllowed) ?? false
        }
    }

    @Test func whatIsReturnedIsAllowedInTwoThousandDrawnSets() throws {
        var (drawn, projected, refused) = (RuleDraws(draws: Draws(seed: 11), size: 2), 0, 0)
        for number in 0..<2000 {
            let bodies = (0...drawn.draws.roll(3)).map { _ in drawn.formula(drawn.draws.roll(3)) }
            var world = try World(bodies, size: 2)
            let projection = ActionProjection(for: world.rules, low: [-1, -1], high: [1, 1])
            for _ in 0..<3 {
                world.seen = drawn.draws.next(-1, 1)
                let proposal = (0..<2).map { _ in Float(drawn.draws.next(-1, 1)) }
                let found = projection.nearestAllowed(
                    to: proposal, monitor: world.monitor, step: world.step(proposal), fallback: [0, 0],
                    isAllowed: world.isAllowed)
                guard let found else {
                    // Where nothing was found, points drawn at random are not allowed either, but for slivers.
                    refused += 1
                    let missed = (0..<50).count { _ in
                        world.isAllowed((0..<2).map { _ in Float(drawn.draws.next(-1, 1)) })
                    }
                    #expect(missed <= 1, "\(number): \(bodies)")
                    break
                }
                #expect(world.isAllowed(found.action), "\(number): \(bodies)")
                #expect(found.action.allSatisfy { abs($0) <= 1 } && found.judged <= 700)
                if world.isAllowed(proposal) {
                    #expect(found.action == proposal && found.distance == 0)
                } else {
                    projected += 1
                }
                _ = try world.monitor.proposeAhead(world.step(found.action))
                world.monitor.commit()
            }
        }
        #expect(projected > 1000 && refused > 50, "\(projected) projected, \(refused) refused")
    }

    @Test(arguments: [2, 3]) func noDrawnActionIsNearerWhereRulesAreLinear(_ size: Int) throws {
        var (drawn, projected) = (RuleDraws(draws: Draws(seed: 23), size: size), 0)
        for _ in 0..<200 {
            let bodies = (0...drawn.draws.roll(3)).map { _ in
                drawn.draws.roll(3) == 0
                    ? "abs(\(drawn.linear())) <= \(drawn.draws.next(0.2, 1))"
                    : "\(drawn.linear()) + x <= \(drawn.draws.next(-0.5, 1))"
            }
            var world = try World(bodies, size: size)
            world.seen = drawn.draws.next(-0.5, 0.5)
            let ones = [Double](repeating: 1, count: size)
            let projection = ActionProjection(for: world.rules, low: ones.map { -$0 }, high: ones)
            let proposal = (0..<size).map { _ in Float(drawn.draws.next(-1, 1)) }
            guard
                let found = projection.nearestAllowed(
                    to: proposal, monitor: world.monitor, step: world.step(proposal),
                    isAllowed: world.isAllowed)
            else { continue }
            if found.distance > 0 { projected += 1 }
            #expect(found.method == .program || found.method == .proposal)
            for number in 0..<100 {
                let reach = number < 50 ? 1.0 : 0.05
                let other = found.action.map { max(-1, min(1, $0 + Float(drawn.draws.next(-reach, reach)))) }
                guard world.isAllowed(other) else { continue }
                let distance = zip(other, proposal).reduce(0.0) {
                    $0 + 0.25 * Double($1.0 - $1.1) * Double($1.0 - $1.1)
                }.squareRoot()
                #expect(distance >= found.distance - 1e-4)
            }
        }
        #expect(projected > 40)
    }

    /// With choices too: the nearest part is the nearest.
    @Test func noDrawnActionIsNearerWhereRulesHaveChoices() throws {
        var (drawn, projected) = (RuleDraws(draws: Draws(seed: 37), size: 2), 0)
        for _ in 0..<200 {
            let bodies = (0...drawn.draws.roll(2)).map { _ in
                "((\(drawn.comparison())) or (\(drawn.comparison()))) and not (\(drawn.comparison()))"
            }
            var world = try World(bodies, size: 2)
            world.seen = drawn.draws.next(-0.5, 0.5)
            let projection = ActionProjection(for: world.rules, low: [-1, -1], high: [1, 1])
            let proposal = (0..<2).map { _ in Float(drawn.draws.next(-1, 1)) }
            guard
                let found = projection.nearestAllowed(
                    to: proposal, monitor: world.monitor, step: world.step(proposal),
                    isAllowed: world.isAllowed)
            else { continue }
            if found.distance > 0 { projected += 1 }
            for _ in 0..<150 {
                let other = (0..<2).map { _ in Float(drawn.draws.next(-1, 1)) }
                guard world.isAllowed(other) else { continue }
                let distance = zip(other, proposal).reduce(0.0) {
                    $0 + 0.25 * Double($1.0 - $1.1) * Double($1.0 - $1.1)
                }.squareRoot()
                #expect(distance >= found.distance - 1e-4, "\(bodies)")
            }
        }
        #expect(projected > 50)
    }
}
