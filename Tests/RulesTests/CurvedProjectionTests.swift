import Rules
import Testing

/// Rules that are not linear in the action: quadratics in one direction by their roots, rounder ones by tangents.
@Suite struct CurvedProjectionTests {
    private func action(_ rules: String, _ proposal: [Float]) throws -> ProjectedAction {
        let world = try ProjectionCase(rules, size: proposal.count)
        let found = try #require(world.nearest(proposal))
        #expect(world.isAllowed(found.action), "\(rules)")
        return found
    }

    private func isNear(_ action: [Float], _ wanted: [Double], _ tolerance: Double = 2e-6) -> Bool {
        zip(action, wanted).allSatisfy { abs(Double($0) - $1) <= tolerance }
    }

    @Test func aQuadraticInOneDirectionIsSettledByItsRoots() throws {
        let cases: [(String, [Float], [Double])] = [
            ("rule a: a0 * a0 <= 0.25\n", [1, 0.5], [0.5, 0.5]),
            ("rule a: a0 * a0 >= 0.25\n", [0.125, 0], [0.5, 0]),
            ("rule a: a0 * a0 >= 0.25\n", [-0.125, 0], [-0.5, 0]),
            ("rule a: 2 * a0 * a0 - a0 <= 0\nrule b: a0 >= 0.125\n", [1, 1], [0.5, 1]),
            // (a + b)² ≤ 0.25 along the diagonal.
            ("rule a: (a0 + a1) * (a0 + a1) <= 0.25\n", [1, 1], [0.25, 0.25]),
            ("rule a: a0 * (a0 - 0.5) <= 0 and a1 <= 0.25\n", [0.75, 1], [0.5, 0.25]),
            ("rule a: a0 * a0 + abs(a0) <= 0.75 or a1 * a1 >= 0.9801\n", [0.75, 0.875], [0.75, 0.99]),
        ]
        for (rules, proposal, wanted) in cases {
            let found = try action(rules, proposal)
            #expect(isNear(found.action, wanted), "\(rules): \(found.action)")
            #expect(found.method == .program && found.judged <= 6, "\(rules): \(found.judged)")
        }
    }

    @Test func aQuadraticWithoutARootIsTrueOrFalseEverywhere() throws {
        let never = try ProjectionCase("rule a: a0 * a0 <= -1 or a1 > 2\n", size: 2)
        #expect(never.nearest([0, 0]) == nil)
        let found = try action("rule a: a0 * a0 >= -1 and a1 <= 0.5\n", [1, 1])
        #expect(found.action == [1, 0.5])
    }

    @Test func errorsOfModelsMoveASquareAtItsWorst() throws {
        let cart = try ProjectionCase(
            """
            signal speed = observation[0]
            signal next_speed = next[0]
            model next_speed = speed + 0.5 * a0 within 0.125
            rule slow: next_speed * next_speed <= 0.25

            """, size: 1, observed: [0.5])
        let found = try #require(cart.nearest([1]))
        // |0.5 + 0.5 a| + 0.125 is at most 0.5.
        #expect(cart.isAllowed(found.action) && isNear(found.action, [-0.25]))
        #expect(found.method == .program)
    }

    @Test func roundRulesAreFollowedByTangents() throws {
        var draws = Draws(seed: 41)
        for number in 0..<60 {
            let (x, y, radius) = (draws.next(-0.3, 0.3), draws.next(-0.3, 0.3), draws.next(0.2, 0.5))
            let isInside = number % 2 == 0
            let rules = "rule a: norm(a0 - (\(x)), a1 - (\(y))) \(isInside ? "<=" : ">=") \(radius)\n"
            // Inside a disc that is to be left, or outside of one that is to be kept.
            let (angle, share) = (draws.next(-1, 1), isInside ? draws.next(1.05, 1.4) : draws.next(0.1, 0.9))
            let length = (angle * angle + 1).squareRoot()
            let side = draws.roll(2) == 0 ? 1.0 : -1
            let unit = (side * angle / length, side / length)
            let proposal = [Float(x + share * radius * unit.0), Float(y + share * radius * unit.1)]
            let found = try action(rules, proposal)
            let wanted = [x + radius * unit.0, y + radius * unit.1]
            #expect(
                isNear(found.action, wanted, 1e-5), "\(rules) \(proposal): \(found.action), not \(wanted)")
        }
    }

    @Test func productsAndSumsOfSquaresAreAllowedWhereTheyEnd() throws {
        let found = try action("rule a: a0 * a1 <= 0.25\n", [1, 1])
        #expect(isNear(found.action, [0.5, 0.5], 1e-4) || found.distance < 0.36, "\(found)")
        let disc = try action("rule a: a0 * a0 + a1 * a1 <= 0.25\nrule b: a1 >= 0.25\n", [1, 0])
        #expect(isNear(disc.action, [0.4330127, 0.25], 1e-4), "\(disc)")
    }

    /// The rules of the point robot in drawn states, against a judge that is asked along the whole range.
    @Test func noActionOfThePointRobotIsNearer() throws {
        let rules = try GoldenGuard.rules("point_robot.rules")
        func number(_ name: String) throws -> Int {
            try #require(rules.signals.firstIndex { $0.name == name })
        }
        let places = try ["x", "y", "speed", "c", "s", "accel"].map(number)
        let projection = ActionProjection(for: rules, low: [-1, -1], high: [1, 1])
        var (draws, projected) = (Draws(seed: 5), 0)
        while projected < 60 {
            var step = TraceStep(for: rules)
            let slope = draws.next(-1, 1), length = (slope * slope + 1).squareRoot()
            let state = [
                0.4 + draws.next(-1.5, 1.5), -1.2 + draws.next(-1.5, 1.5), draws.next(-1.5, 1.5),
                slope / length, 1 / length,
            ]
            for (place, value) in zip(places, state) { step.signals[place] = value }
            func isAllowed(_ action: [Float]) -> Bool {
                var (monitor, proposed) = (RuleMonitor(rules), step)
                proposed.signals[places[5]] = Double(action[0])
                return (try? monitor.proposeAhead(proposed).isAllowed) ?? false
            }
            let proposal = [Float(draws.next(-1, 1)), 0.25]
            guard !isAllowed(proposal) else { continue }
            step.signals[places[5]] = Double(proposal[0])
            let found = projection.nearestAllowed(
                to: proposal, monitor: RuleMonitor(rules), step: step, wasRefused: true, isAllowed: isAllowed)
            projected += 1
            let reach = found.map { abs($0.action[0] - proposal[0]) } ?? 2
            if let found {
                #expect(isAllowed(found.action) && found.action[1] == 0.25 && found.judged <= 8, "\(state)")
            }
            for sign: Float in [-1, 1] {
                for share in 0..<100 {
                    let other = proposal[0] + sign * (reach - 2e-4) * Float(share) / 100
                    guard abs(other) <= 1 else { continue }
                    #expect(
                        !isAllowed([other, 0.25]), "\(state), \(proposal): \(other) is nearer than \(reach)")
                }
            }
        }
    }
}
