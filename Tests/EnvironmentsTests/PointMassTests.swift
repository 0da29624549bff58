import Environments
import Foundation
import SafeRL
import Tensors
import Testing

@Suite struct PointMassTests {
    private typealias State = PointMass.State
    private typealias Vector = PointMass.Vector

    /// On the track's middle, at an angle in degrees anticlockwise from the x-axis.
    private func onTrack(_ degrees: Double, radius: Double = 0.85, velocity: Vector = Vector(0, 0)) -> State {
        let angle = degrees * .pi / 180
        return State(position: Vector(radius * cos(angle), radius * sin(angle)), velocity: velocity)
    }

    private func step(_ mass: inout PointMass, _ force: Vector) -> StepOutcome {
        var observation = [Float](repeating: .nan, count: 4)
        var span = observation.mutableSpan
        let outcome = mass.step([Float(force.x), Float(force.y)].span, observation: &span)
        #expect(observation == PointMass.observation(of: mass.state))
        return outcome
    }

    @Test func everyPromiseOfAnEnvironmentIsKept() {
        let check = EnvironmentCheck(PointMass.self)
        #expect(check.isPassed, "\(check.table)")
    }

    @Test func aStepOnAndOffTheTrackIsAsByHand() {
        var mass = PointMass(state: State(position: Vector(0.8, 0), velocity: Vector(0.25, -0.5)))
        _ = step(&mass, Vector(0.25, 1))
        #expect(mass.state.velocity == Vector(0.25, 0.25))
        #expect(abs(mass.state.position.x - 0.82) <= 1e-15 && abs(mass.state.position.y - 0.02) <= 1e-15)
        // Soft ground in the middle: half of that velocity.
        mass = PointMass(state: State(position: Vector(0, 0.5), velocity: Vector(0.25, -0.5)))
        _ = step(&mass, Vector(0.25, 1))
        #expect(mass.state.velocity == Vector(0.125, 0.125))
        // The wall.
        mass = PointMass(state: State(position: Vector(1.5, 0), velocity: Vector(1, 0)))
        for _ in 0..<50 { _ = step(&mass, Vector(1, 0)) }
        #expect(mass.state.position == Vector(1.5, 0))
        // More force than there is does not count.
        var (one, other) = (PointMass(state: onTrack(0)), PointMass(state: onTrack(0)))
        _ = (step(&one, Vector(1, -1)), step(&other, Vector(7, -3)))
        #expect(one.state == other.state)
    }

    @Test func theReturnIsTheWayAlongTheTrackWhateverTheDetour() {
        var mass = PointMass(state: onTrack(-45))
        var stream = RandomStream(seed: 4, for: .testing)
        var total = 0.0
        for _ in 0..<60 {
            let force = Vector(
                Double(stream.nextUniform(in: -1..<1)), Double(stream.nextUniform(in: -1..<1)))
            total += Double(step(&mass, force).reward) + 0.02
        }
        let end = mass.state.position
        let along = (atan2(end.x, -end.y) + 2 * .pi).truncatingRemainder(dividingBy: 2 * .pi)
        #expect(abs(total - 0.85 * (along - .pi / 4)) <= 1e-5)
    }

    @Test func theTrackIsARingWithoutItsLowestSixth() {
        for degrees in stride(from: -180.0, to: 180, by: 7) {
            let isGap = abs(degrees + 90) < 30
            #expect(PointMass.isOnTrack(onTrack(degrees).position) == !isGap)
            #expect(!PointMass.isOnTrack(onTrack(degrees, radius: 0.69).position))
            #expect(!PointMass.isOnTrack(onTrack(degrees, radius: 1.01).position))
        }
        #expect(PointMass.isOnTrack(PointMass.goal.centre))
        // One hazard is on the track and leaves room to pass; the other is in the gap.
        #expect(PointMass.isOnTrack(PointMass.hazards[0].centre))
        #expect(!PointMass.hazards[0].contains(onTrack(90, radius: 0.95).position))
        #expect(PointMass.hazards[1].contains(onTrack(-90).position))
    }

    @Test func theSupportIsNotConvexAndHasAHole() {
        let still = Vector(0, 0)
        func isSupported(_ state: State) -> Bool { PointMass.isSupported(still, in: state) }
        func middle(_ a: State, _ b: State) -> State {
            State(
                position: Vector(
                    (a.position.x + b.position.x) / 2, (a.position.y + b.position.y) / 2), velocity: still)
        }
        let pairs = [(onTrack(0), onTrack(180)), (onTrack(90), onTrack(-50)), (onTrack(-55), onTrack(-125))]
        for (a, b) in pairs {
            #expect(isSupported(a) && isSupported(b) && !isSupported(middle(a, b)))
        }
        // From the track's edge outward is not supported, inward is.
        let edge = onTrack(0, radius: 0.99)
        #expect(!PointMass.isSupported(Vector(1, 0), in: edge))
        #expect(PointMass.isSupported(Vector(-1, 0), in: edge))
    }

    @Test func aStepIsSupportedWhereItLeadsFromTheTrackToTheTrack() {
        var stream = RandomStream(seed: 6, for: .testing)
        func random(_ limit: Float) -> Vector {
            Vector(
                Double(stream.nextUniform(in: -limit..<limit)), Double(stream.nextUniform(in: -limit..<limit))
            )
        }
        var counts = [0, 0]
        for _ in 0..<20_000 {
            let start = State(position: random(1.1), velocity: random(1))
            var mass = PointMass(state: start)
            let force = random(1)
            let outcome = step(&mass, force)
            let stays = PointMass.isOnTrack(start.position) && PointMass.isOnTrack(mass.state.position)
            #expect(outcome.costs[1] == (stays ? 0 : 1))
            #expect(PointMass.isSupported(force, in: start) == stays)
            counts[stays ? 1 : 0] += 1
        }
        #expect(counts[0] > 1_000 && counts[1] > 1_000)
    }

    @Test func guidedRecordsKeepToTheSupportAndUniformOnesDoNot() throws {
        let guided = PointMass.collect(.transitions(60_000), behaviour: "guided", seed: 2)
        #expect(guided.count == 60_000 && guided.costNames == ["hazard", "unsupported"])
        #expect(guided.channelCosts[1].allSatisfy { $0 == 0 })
        let hazards = guided.channelCosts[0].reduce(0, +)
        #expect(hazards > 100 && hazards < 6_000)
        let uniform = PointMass.collect(.transitions(10_000), behaviour: "uniform", seed: 2)
        let share = uniform.channelCosts[1].reduce(0, +) / 10_000
        #expect(share > 0.2 && share < 0.95)
        for behaviour in PointMass.behaviours {
            let record = PointMass.collect(.episodes(9), behaviour: behaviour, seed: 5)
            #expect(record.episodes == 9)
            #expect(record == PointMass.collect(.episodes(9), behaviour: behaviour, seed: 5))
            #expect(record != PointMass.collect(.episodes(9), behaviour: behaviour, seed: 6))
        }
    }

    @Test func guidedRecordsShowAllOfTheSupport() {
        // Cells of 11 sectors of the track and the signs of both velocities and both forces.
        func cell(_ position: Vector, _ velocity: Vector, _ force: Vector) -> Int {
            let along = (atan2(position.x, -position.y) + 2 * .pi).truncatingRemainder(dividingBy: 2 * .pi)
            let sector = min(Int((along - .pi / 6) / (10 * .pi / 6) * 11), 10)
            return [velocity.x, velocity.y, force.x, force.y].reduce(sector) { 2 * $0 + ($1 > 0 ? 1 : 0) }
        }
        let record = PointMass.collect(.transitions(60_000), behaviour: "guided", seed: 3)
        var counts = [Int](repeating: 0, count: 11 * 16)
        for row in 0..<record.count {
            let s = record.observations[4 * row..<4 * row + 4].map { Double($0) }
            let a = record.actions[2 * row..<2 * row + 2].map { Double($0) }
            counts[cell(Vector(s[0], s[1]), Vector(s[2], s[3]), Vector(a[0], a[1]))] += 1
        }
        #expect(counts.min() ?? 0 >= 20, "\(counts)")
    }

    @Test func theShortWayIsShorterButNeitherSafeNorRecorded() {
        var mass = PointMass(state: onTrack(-45))
        var sums = [Float](repeating: 0, count: 2)
        var (steps, total) = (0, Float(0))
        while steps < 150 {
            let way = Vector(
                PointMass.goal.centre.x - mass.state.position.x,
                PointMass.goal.centre.y - mass.state.position.y)
            let outcome = step(&mass, Vector(way.x * 4, way.y * 4))
            steps += 1
            total += outcome.reward
            for channel in 0..<2 { sums[channel] += outcome.costs[channel] }
            if outcome.end != nil { break }
        }
        #expect(mass.isAtGoal == true && sums[0] >= 3 && sums[1] >= 5)
        // Whole laps of the guide, which are every fourth episode.
        let record = EpisodeSums(PointMass.collect(.episodes(80), behaviour: "guided", seed: 8))
        let laps = stride(from: 0, to: 80, by: 4)
        #expect(laps.allSatisfy { record.lengths[$0] > Double(steps) })
        #expect(laps.allSatisfy { record.returns[$0] < Double(total) })
        #expect(laps.count { record.lengths[$0] < 150 } >= 18)
        #expect(laps.contains { record.costs[0][$0] == 0 })
    }
}
