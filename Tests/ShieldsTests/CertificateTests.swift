import Environments
import Foundation
import Rules
import SafeRL
import Shields
import TestSupport
import Testing

/// Shields that rely on a certificate: what it covers is told from observations, and what is not as it says is refused.
@Suite struct CertificateTests {
    private static let rules = SHA256.hexadecimal(of: "rules".utf8)

    private static func property(
        actions: String = #"["fallback"]"#, high: String = "[3, 3, 2, 3.15]", limits: String = ""
    ) throws -> InvariantProperty {
        let text = """
            {"input": {"low": [-3, -3, 0, -3.15], "high": \(high)}, "property": {"kind": "invariant", "environment": "point-robot",
             "value": "clearance", "actions": \(actions), "margin": 1e-4, "slack": 1e-7, "steps": 900\(limits)}}
            """
        return try #require(
            try InvariantProperty(try JSONValue(parsing: Array(text.utf8)), FaultPlace("property.json")))
    }

    /// A certificate on disk, of braking and the clearance unless said otherwise.
    private static func certificate(
        _ property: InvariantProperty, boxes: Int = 4000, in folder: TemporaryDirectory
    ) throws -> String {
        let question = try property.question(PointRobot.self, nil)
        let result = Verifier(limits: SearchLimits(boxes: boxes)).verify(question)
        let path = folder.path + "/c.json"
        try VerificationCertificate(result, property, of: nil, rules: rules).write(to: path)
        return path
    }

    private static func cover(
        _ path: String, rules: String = rules, in place: (any BoundableEnvironment.Type)? = PointRobot.self
    ) throws -> InvariantCover {
        try InvariantCover(path, rules: rules, networks: [], in: place) {
            $0 == "point-robot" ? PointRobot.self : nil
        }
    }

    private static func refusal(_ make: () throws -> InvariantCover) -> String {
        do { _ = try make() } catch let error as VerificationError {
            return error.kind == .badData ? error.description : "another exit code"
        } catch { return "\(error)" }
        return "taken"
    }

    @Test func statesAreToldFromObservations() throws {
        let folder = try TemporaryDirectory()
        let cover = try Self.cover(try Self.certificate(try Self.property(), in: folder))
        func covers(_ x: Double, _ y: Double, _ speed: Double, _ heading: Double) -> Bool {
            cover.covers(PointRobot.observation(of: .init(x: x, y: y, speed: speed, heading: heading)))
        }
        #expect(covers(-2.5, -2.5, 1, 0) && covers(2, 2, 0.5, 3.14159) && covers(-2.5, -2.5, 1, -40))
        // Beyond the box, and where braking does not suffice any more.
        #expect(!covers(-2.5, -2.5, 2.01, 0) && !covers(-2.5, -2.5, -0.01, 0) && !covers(3.01, 2, 1, 0))
        #expect(!covers(-0.4, 1.2, 0, 0) && !covers(0.4, -2.5, 1.5, 1))
        #expect(!cover.covers([Float](repeating: .nan, count: 11)) && !cover.covers([0, 0]))
    }

    @Test func aNarrowBoxOfHeadingsIsTakenUpToWholeTurns() throws {
        let folder = try TemporaryDirectory()
        let text = """
            {"input": {"low": [-3, -3, 0, 3], "high": [-2, -2, 1, 4]}, "property": {"kind": "invariant", "environment": "point-robot",
             "value": "clearance"}}
            """
        let property = try #require(
            try InvariantProperty(try JSONValue(parsing: Array(text.utf8)), FaultPlace("p")))
        let cover = try Self.cover(try Self.certificate(property, in: folder))
        let headings = [3.1, 3.9 - 2 * .pi, 2.9, 4.1, 0]
        let covered = headings.map {
            cover.covers(PointRobot.observation(of: .init(x: -2.5, y: -2.5, speed: 0.5, heading: $0)))
        }
        #expect(covered == [true, true, false, false, false])
    }

    @Test func whatIsNotAsItSaysIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = try Self.certificate(try Self.property(), in: folder)
        let other = SHA256.hexadecimal(of: "other".utf8)
        #expect(Self.refusal { try Self.cover(path) } == "taken")
        #expect(Self.refusal { try Self.cover(path, rules: other) }.contains("it is for other rules"))
        #expect(
            Self.refusal { try Self.cover(path, in: nil) }.contains(
                "it is about point-robot, and the guard acts elsewhere."))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        func rewritten(_ old: String, _ new: String) throws -> String {
            let changed = text.replacingOccurrences(of: old, with: new)
            #expect(changed != text)
            try changed.write(toFile: path, atomically: true, encoding: .utf8)
            return Self.refusal { try Self.cover(path) }
        }
        #expect(try rewritten("[3, 3, 2, 3.15]", "[3, 3, 9, 3.15]").contains("it was changed. Verify anew."))
        #expect(try rewritten("\"clearance\"", "\"nothing\"").contains("it is about another network"))
        #expect(
            try rewritten("\"kind\": \"invariant\"", "\"kind\": \"range\"").contains(
                "it is about no invariant")
        )
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        var leaves = [UInt8](try Data(contentsOf: URL(filePath: path + ".leaves")))
        leaves[3] ^= 1
        try Data(leaves).write(to: URL(filePath: path + ".leaves"))
        #expect(Self.refusal { try Self.cover(path) }.contains("they were changed"))
    }

    @Test func whatAGuardCannotDoByItselfIsRefused() throws {
        let folder = try TemporaryDirectory()
        let turning = try Self.certificate(try Self.property(actions: #"["fallback", [-1, 1]]"#), in: folder)
        #expect(Self.refusal { try Self.cover(turning) }.contains("it needs other actions than the fallback"))
        let open = try Self.certificate(try Self.property(), boxes: 1, in: folder)
        #expect(Self.refusal { try Self.cover(open) }.contains("its verdict is unknown"))
    }

    @Test func stepsOutsideAreCountedAndDeadEndsInsideToldApart() throws {
        let folder = try TemporaryDirectory()
        let certificate = try Self.cover(try Self.certificate(try Self.property(), in: folder))
        let rules = try RuleFile(
            """
            rules 1
            signal speed = observation[2]
            signal accel = action[0] in -1 ... 1
            rule slow: speed > 1.2 implies accel <= -0.9
            """, name: "slow.rules")
        var plan = ShieldPlan(rules, reactions: [.fallback, .stop])
        plan.fallback = Fallback("brake", RandomBraking())
        plan.certificate = certificate
        let shield = RuleShield(plan)
        let evaluation = try Evaluator(episodes: 40, seed: 3).run(
            Uniform(observationSize: 11, actionSize: 2), in: PointRobot.self, shieldedBy: shield, keeping: 40)
        let seen = evaluation.traces.flatMap { trace in
            stride(from: 0, to: trace.count, by: 11).map { Array(trace[$0..<$0 + 11]) }
        }
        let cover = try #require(shield.summary.cover)
        #expect(cover.certificate == certificate.digest)
        let uncovered = shield.episodes.reduce(0) { $0 + $1.uncovered }
        #expect(cover.uncovered == uncovered && uncovered > 0 && uncovered < shield.summary.steps)
        // Told from positions, speeds and distances alone; the last observation of an episode is no step's.
        func count(_ slack: Double) -> Int {
            seen.count { row in
                let numbers = row.map(Double.init)
                let value =
                    0.8 + numbers[2] * numbers[2] / 2 + 0.05 * abs(numbers[2]) - min(numbers[5], numbers[8])
                let isInside = max(abs(numbers[0]), abs(numbers[1])) <= 3 && (0...2).contains(numbers[2])
                return !isInside || value > -1e-4 + 900e-7 + slack
            }
        }
        #expect(count(1e-5) - 40 <= uncovered && uncovered <= count(-1e-5))
        #expect(shield.settings["guard certificate"] == certificate.digest)
        // The fallback is wrong on purpose: it does not brake where it was proved to.
        #expect(cover.deadEnds > 0 && cover.deadEnds < shield.summary.deadEnds)
        #expect(shield.summary.text.contains("dead ends in covered ones"))
    }

    @Test func withoutAFallbackNothingIsProvedOfWhatTheGuardDoes() throws {
        let folder = try TemporaryDirectory()
        var plan = ShieldPlan(
            try RuleFile("rules 1\nsignal a = action[0]\nrule r: a <= 1\n", name: "a.rules"),
            reactions: [.stop])
        plan.certificate = try Self.cover(try Self.certificate(try Self.property(), in: folder))
        let place = EnvironmentVector(PointRobot.self, slots: 1)
        #expect(throws: ReactionFault.self) { try plan.check(place) }
        plan.fallback = Fallback("brake", RandomBraking())
        #expect(throws: ReactionFault.self) { try plan.check(place) }
        plan.reactions = [.fallback, .stop]
        try plan.check(place)
    }
}

/// A fallback that brakes in most states.
private struct RandomBraking: Policy {
    let observationSize = 11
    let actionSize = 2

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            (actions[2 * row], actions[2 * row + 1]) = (streams[row].nextUniform() < 0.25 ? 0 : -1, 0)
        }
    }
}
