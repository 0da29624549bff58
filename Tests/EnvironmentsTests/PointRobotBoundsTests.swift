import Environments
import Foundation
import SafeRL
import Testing

/// Bounds of the robot contain what the robot does, and the invariant that braking gives is proved from them.
@Suite struct PointRobotBoundsTests {
    /// How many random states: `SAFERL_BOUND_POINTS`, a million in the campaign.
    private static let points =
        ProcessInfo.processInfo.environment["SAFERL_BOUND_POINTS"].flatMap { Int($0) } ?? 1_000_000
    private static let perBox = 1000

    private struct Draw {
        private var random = RandomStream(seed: 17, for: .testing)

        mutating func uniform(_ low: Double, _ high: Double) -> Double {
            low + random.nextPreciseUniform() * (high - low)
        }

        /// A box of states, of any size down to a point, often at a hazard.
        mutating func box() -> IntervalBox {
            let size = [0, 1e-9, 1e-4, 0.02, 0.3, 2][random.nextInteger(below: 6)]
            let isNear = random.nextInteger(below: 3) == 0
            let hazard = PointRobot.hazards[random.nextInteger(below: 2)]
            let middle =
                isNear
                ? [
                    hazard.x + uniform(-0.1, 0.1), hazard.y + uniform(-0.1, 0.1), uniform(-2, 2),
                    uniform(-7, 7),
                ]
                : [uniform(-3, 3), uniform(-3, 3), uniform(-2, 2), uniform(-7, 7)]
            return middle.map { ClosedInterval($0 - uniform(0, size), $0 + uniform(0, size)) }
        }

        mutating func point(in box: IntervalBox) -> [Double] {
            box.map { side in
                switch random.nextInteger(below: 5) {
                case 0: side.low
                case 1: side.high
                default: min(max(uniform(side.low, side.high), side.low), side.high)
                }
            }
        }
    }

    private static func robot(_ state: [Double]) -> PointRobot {
        PointRobot(state: .init(x: state[0], y: state[1], speed: state[2], heading: state[3]))
    }

    /// What a state is observed as, and where a step leads, by the environment itself.
    private static func step(_ state: [Double], _ action: [Float]) -> (seen: [Float], next: [Double]) {
        var robot = robot(state)
        let seen = PointRobot.observation(of: robot.state)
        var after = [Float](repeating: 0, count: 11)
        var span = after.mutableSpan
        _ = robot.step(action.span, observation: &span)
        let next = robot.state
        return (seen, [next.x, next.y, next.speed, next.heading])
    }

    @Test func aMillionStatesLieInsideOfTheirBounds() {
        var draw = Draw()
        var (outside, loose) = (0, 0)
        for _ in 0..<Self.points / Self.perBox {
            let box = draw.box()
            let action = (0..<2).map { _ in ClosedInterval(draw.uniform(-1.5, 0), draw.uniform(0, 1.5)) }
            let seen = PointRobot.observationBounds(of: box)
            let next = PointRobot.successorBounds(state: box, action: action)
            for _ in 0..<Self.perBox {
                let state = draw.point(in: box)
                let taken = action.map { Float(draw.uniform($0.low + 1e-6, $0.high - 1e-6)) }
                let (observation, after) = Self.step(state, taken)
                outside += zip(observation, seen).count { !$1.contains(Double($0)) }
                outside += zip(after, next).count { !$1.contains($0) }
            }
            if box.allSatisfy({ $0.width < 1e-8 }), seen[0].width > 1e-5 { loose += 1 }
        }
        #expect(outside == 0 && loose == 0)
    }

    /// Forms contain the same, and boxes of them shrink by the square of the box.
    @Test func formsOfStatesContainWhatIsObserved() {
        var draw = Draw()
        var outside = 0
        for _ in 0..<2000 {
            let box = draw.box()
            let reach = box.map { max($0.high - $0.middle, $0.middle - $0.low).nextUp }
            let forms = PointRobot.observation(of: StateForm.state(over: box))
            let bounds = forms.map { $0.bounds(over: reach).singlyRounded }
            let lines = forms.map { $0.line(over: reach) }
            for _ in 0..<50 {
                let state = draw.point(in: box)
                let seen = Self.step(state, [0, 0]).seen
                for (index, value) in seen.enumerated() {
                    if !bounds[index].contains(Double(value)) { outside += 1 }
                    let line = lines[index]
                    var straight = line.constant
                    for k in 0..<4 { straight += line.slopes[k] * (state[k] - box[k].middle) }
                    let rest = ClosedInterval(Double(value) - straight).singlyRounded
                    if rest.low < line.rest.low - 1e-6 || rest.high > line.rest.high + 1e-6 { outside += 1 }
                }
            }
        }
        #expect(outside == 0)
        func rest(_ size: Double) -> Double {
            let box = [1.0, 1.0, 1.0, 1.0].map { ClosedInterval($0 - size, $0 + size) }
            let form = PointRobot.observation(of: StateForm.state(over: box))[5]
            return form.line(over: box.map { _ in size }).rest.width
        }
        #expect(rest(0.01) < rest(0.1) / 30)
    }

    /// Where spec 2.8 states it: margins of 0.1 mm, rounding of at most 1e-7 a step, 900 steps.
    private static func clearance(_ form: any ClosedFormValue) -> InvariantQuestion<PointRobot> {
        InvariantQuestion(
            PointRobot.self, value: .closedForm(form), margin: 1e-4, slack: 1e-7, steps: 900)
    }

    @Test func brakingKeepsTheClearance() {
        let result = Verifier(limits: SearchLimits(boxes: 200_000)).verify(
            Self.clearance(PointRobot.Clearance()))
        #expect(result.verdict == "holds" && result.counterExample == nil && result.open == 0)
        #expect(result.kept > 0.1 && abs(result.kept + result.vacuous - 1) < 1e-9)
    }

    /// Clearances that are wrong in one way: braking does not keep them.
    private struct Wrong: ClosedFormValue {
        let square, line: Double

        private func way<Number: BoundableNumber>(_ speed: Number) -> Number {
            let size = speed.magnitude
            return Number(square).times(size).times(size).plus(Number(line).times(size))
        }

        func value<Number: BoundableNumber>(of state: [Number]) -> Number {
            let distances = PointRobot.hazards.map { hazard in
                Number.hypotenuse(state[0].minus(Number(hazard.x)), state[1].minus(Number(hazard.y)))
                    .minus(Number(hazard.radius))
            }
            return way(state[2]).minus(Number.smaller(distances[0], distances[1]))
        }

        func rise<Number: BoundableNumber>(from state: [Number], to next: [Number]) -> Number {
            Number(PointRobot.timeStep).times(state[2].magnitude).plus(way(next[2])).minus(way(state[2]))
        }
    }

    @Test(arguments: [(0.5, 0.0), (0.4, 0.05), (0, 0.5), (0, 0)])
    func aBrakingWayThatIsTooShortIsRefuted(_ square: Double, _ line: Double) {
        let result = Verifier(limits: SearchLimits(boxes: 6000)).verify(
            Self.clearance(Wrong(square: square, line: line)))
        // Within so few boxes it may stay open, and must never hold.
        #expect(result.verdict != "holds")
        // The state that is named loses by the environment's own step.
        guard let state = result.counterExample else { return }
        let next = Self.step(state, [Float(min(max(-state[2] / 0.05, -1), 1)), 0]).next
        func clearance(_ state: [Double]) -> Double {
            let distances = PointRobot.hazards.map { hypot(state[0] - $0.x, state[1] - $0.y) - $0.radius }
            return square * state[2] * state[2] + line * abs(state[2]) - min(distances[0], distances[1])
        }
        #expect(clearance(state) <= 0 && clearance(next) > max(clearance(state), -1e-4) + 0.9e-7)
    }

    /// 0.8 + slope·speed − the smaller distance, as a network: max(a, b) = a + relu(b − a).
    private static func network(slope: Double) -> VerifiableNetwork {
        var builder = NetworkBuilder(inputs: 11)
        func row(_ entries: [Int: Double]) -> [Double] { (0..<11).map { entries[$0] ?? 0 } }
        let first = builder.affine(
            AffineMap(
                2, 11, weight: row([2: slope, 5: -1]) + row([5: 1, 8: -1]), bias: [0.8, 0]), 0)
        let relu = builder.activation(
            .relu, builder.affine(AffineMap(1, 2, weight: [0, 1], bias: [0]), first))
        let value = builder.affine(AffineMap(1, 2, weight: [1, 0], bias: [0]), first)
        _ = builder.sum([1, 1], [value, relu])
        return VerifiableNetwork(builder.nodes)
    }

    private static func question(slope: Double, over box: IntervalBox? = nil) -> InvariantQuestion<PointRobot>
    {
        InvariantQuestion(
            PointRobot.self, value: .network(network(slope: slope), .float32), over: box, margin: 0.1,
            slack: 1e-4, steps: 300)
    }

    /// West of both hazards, where the value is low and, for the slowest, high.
    private static let west = [(-2.0, -1.0), (-0.5, 0.5), (0, 0.5), (0, 1.5)].map { ClosedInterval($0, $1) }

    @Test func aNetworkThatFallsWhileBrakingIsKept() {
        let question = Self.question(slope: 2.1, over: Self.west)
        let result = Verifier(limits: SearchLimits(boxes: 3000)).verify(question)
        #expect(result.verdict == "holds" && result.refuted == 0 && result.kept > 0.5)
        let sampled = question.sampled(5000)
        #expect(sampled.kept == 1 && sampled.low > 0.5 && sampled.low <= result.kept + 0.02)
    }

    @Test func aNetworkThatForgetsTheBrakingWayIsRefuted() {
        let result = Verifier(limits: SearchLimits(boxes: 3000)).verify(Self.question(slope: 0))
        #expect(result.verdict == "violated")
    }

    @Test func invariantsDoNotDependOnThreads() {
        let before = BLAS.threads
        defer { BLAS.threads = before }
        let leaves = [1, 3].map { threads in
            BLAS.threads = threads
            return Verifier(limits: SearchLimits(boxes: 500)).verify(Self.question(slope: 2.1)).leaves
        }
        #expect(leaves[0] == leaves[1] && !leaves[0].isEmpty)
    }
}
