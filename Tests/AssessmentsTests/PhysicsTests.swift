import Assessments
import Environments
import PerturbablePhysics
import SafeRL
import Testing

/// Tasks whose physics is changed.
@Suite struct PhysicsTests {
    /// Pushes as hard as it can.
    private struct Pushing: Policy {
        let observationSize: Int
        let actionSize = 2

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for place in 0..<actions.count { actions[place] = place % 2 == 0 ? 1 : -0.25 }
        }
    }

    private static func assessed(
        _ type: any (PerturbableEnvironment & SendableMetatype).Type
    ) throws -> AssessedPolicy {
        var assessed = try AssessedPolicy(
            Pushing(observationSize: type.init().observationSpace.size),
            EvaluationPlan(episodes: 20, seed: 0, environment: NamedEnvironment(type)),
            identity: String(repeating: "a", count: 64), step: 1, algorithm: "pushing", options: nil,
            value: nil, data: .failure(Unavailable("no data")), heldOut: .failure(Unavailable("no data")))
        assessed.physics = PerturbablePhysics(type)
        return assessed
    }

    private typealias Perturbable = any (PerturbableEnvironment & SendableMetatype).Type
    private static let perturbable: [Perturbable] = [
        PointRobot.self, PointRobotFromFeasibleStarts.self, PointRobotFromStoppableStarts.self,
        PointMass.self,
    ]

    @Test(arguments: perturbable.indices)
    func aPhysicsTimesOneChangesNoBitAndOthersDo(_ place: Int) throws {
        let type = Self.perturbable[place]
        let assessed = try Self.assessed(type)
        let physics = try #require(assessed.physics)
        #expect(physics.quantities == type.quantities)
        func episodes(_ factors: PhysicalFactors?) throws -> [[[Float]]] {
            try assessed.episodes(4, seed: 11) { base in
                try factors.map { try physics.make(obeying: $0, EnvironmentRequest(slots: base.slots)) }
                    ?? base
            }.map(\.observations)
        }
        let plain = try episodes(nil)
        #expect(try episodes(PhysicalFactors.none) == plain)
        for quantity in PhysicalQuantity.allCases {
            for factor in [0.6, 1.4] {
                let changed = try episodes(PhysicalFactors(quantity, times: factor))
                #expect((changed != plain) == type.quantities.contains(quantity), "\(quantity) \(factor)")
                // The starts are the same ones.
                #expect(changed.map { $0.first } == plain.map { $0.first })
            }
        }
    }

    @Test func twiceTheMassGivesHalfTheSpeed() {
        func speed(_ mass: Double) -> Double {
            var robot = PointRobot(state: .init(x: 0, y: 0, speed: 0, heading: 0))
            robot.obey(PhysicalFactors(mass: mass))
            var observation = [Float](repeating: 0, count: 11)
            for _ in 0..<10 {
                var span = observation.mutableSpan
                _ = robot.step(([1, 1] as [Float]).span, observation: &span)
            }
            // The heading is steered and not pushed.
            #expect(abs(robot.state.heading - 0.5) < 1e-12)
            return robot.state.speed
        }
        #expect(abs(speed(1) - 0.5) < 1e-12)
        #expect(abs(speed(2) - 0.25) < 1e-12)
    }

    /// v ← (v + force/m)/(1 + c·f/m), by hand.
    @Test(arguments: [
        (PhysicalFactors.none, 0.75), (.init(mass: 2), 2.0 / 3), (.init(friction: 3), 0.375),
        (.init(mass: 2, friction: 0), 1), (.init(gravity: 5), 0.75),
    ])
    func thePointMassIsPushedAndSlowed(_ factors: PhysicalFactors, _ expected: Double) {
        var mass = PointMass(state: .init(position: .init(0.85, 0), velocity: .init(0, 0.5)))
        mass.obey(factors)
        var observation = [Float](repeating: 0, count: 4)
        var span = observation.mutableSpan
        _ = mass.step(([0, 1] as [Float]).span, observation: &span)
        #expect(abs(mass.state.velocity.y - expected) < 1e-12)
        #expect(abs(mass.state.position.y - 0.08 * expected) < 1e-12)
    }

    @Test func anAssessmentChangesWhatCanBeChangedAndSaysWhatCannot() throws {
        var plan = AssessmentPlan()
        (plan.episodes, plan.sections) = (40, [.perturbation])
        var assessed = try Self.assessed(PointMass.self)
        let report = try Assessment(assessed, plan) { _ in }.report
        let found = try #require(report.json["robustness"])
        for name in ["mass-more", "mass-less", "friction-more", "friction-less"] {
            let returns = found[name]?["return_mean"]?.elements?.compactMap { $0.number?.double } ?? []
            #expect(returns.count == 5 && Set(returns).count == 5, "\(name)")
            // Without a change all kinds are one.
            #expect(returns.first == found["noise"]?["return_mean"]?.elements?.first?.number?.double)
        }
        #expect(found["gravity-more"] == nil)
        #expect(!report.table.contains("physics: point-mass"))
        assessed.physics = nil
        let other = try Assessment(assessed, plan) { _ in }.report
        #expect(other.json["robustness"]?["mass-more"] == nil)
        #expect(
            other.table.contains("physics: point-mass does not say how its mass, friction or gravity change"))
        // What is known already is no other for what is asked besides.
        #expect(other.json["robustness"]?["noise"] == found["noise"])
    }
}
