import Assurance
import Environments
import Foundation
import Monitors
import Replay
import SafeRL
import Tensors
import Testing

/// Routers: thresholds, grounds, decisions, files.
@Suite struct RouterTests {
    private static let features = MonitorFeatures(observationSize: 11, actionSize: 2)

    private func steps(_ count: Int, seed: UInt64) -> [RoutedStep] {
        var stream = RandomStream(seed: seed, for: .testing)
        return (0..<count).map {
            let score = Double(stream.nextUniform())
            return RoutedStep(
                episode: $0, step: 0, score: score, isViolated: Double(stream.nextUniform()) < score * score,
                isGrounded: stream.nextUniform() < 0.9)
        }
    }

    private func store(seed: UInt64 = 1) throws -> GroundingStore {
        let data = try TransitionDataset(PointRobot.collect(.episodes(200), behaviour: "random", seed: seed))
        return try GroundingStore(
            [("walks.hdf5", data.identity, data)], features: Self.features, horizon: 20, seed: 1)
    }

    @Test func thresholdsRiseAndRouteByTheFreestClass() throws {
        let calibration = steps(2000, seed: 1)
        let thresholds = try RouterThresholds(
            calibratedOn: calibration, alphas: [0.01, 0.05, 0.2], delta: nil)
        let values = try thresholds.values.map { try #require($0) }
        #expect(values[0] < values[1] && values[1] < values[2])
        #expect(thresholds.route(0) == .act && thresholds.route(values[0]) == .tighten)
        #expect(thresholds.route(values[1]) == .ask && thresholds.route(values[2]) == .refuse)
        #expect(thresholds.route(.nan) == .refuse)
        let strict = try RouterThresholds(
            calibratedOn: calibration, alphas: [0.01, 0.05, 0.2], delta: 0.05)
        #expect(zip(strict.values, values).allSatisfy { $0 ?? -1 < $1 })
        let few = try RouterThresholds(
            calibratedOn: Array(calibration.prefix(30)), alphas: [0.01, 0.05, 0.2], delta: nil)
        #expect(few.values[0] == nil && few.route(-1) != .act)
        let copy = try JSONDecoder().decode(RouterThresholds.self, from: JSONEncoder().encode(few))
        #expect(copy == few)
    }

    @Test func whatCannotBeCalibratedIsRefused() throws {
        let all = steps(40, seed: 2)
        let violated = all.map {
            RoutedStep(
                episode: $0.episode, step: 0, score: $0.score, isViolated: true, isGrounded: true)
        }
        #expect(throws: RiskControlError.allViolated(episodes: 40)) {
            try RouterThresholds(calibratedOn: violated, alphas: [0.1, 0.2, 0.3], delta: nil)
        }
        #expect(throws: RiskControlError.noScores) {
            try RouterThresholds(calibratedOn: [], alphas: [0.1, 0.2, 0.3], delta: nil)
        }
        for alphas in [[0.1, 0.1, 0.2], [0.2, 0.1, 0.3], [0.1, 0.2]] {
            #expect(throws: RiskControlError.ratesDoNotRise(alphas)) {
                try RouterThresholds(calibratedOn: all, alphas: alphas, delta: nil)
            }
        }
        #expect(throws: RiskControlError.outOfRange(rate: "alpha", value: 1)) {
            try RouterThresholds(calibratedOn: all, alphas: [0.1, 0.2, 1], delta: nil)
        }
    }

    @Test func onlyWhatLiesNearRecordsIsGrounded() throws {
        let store = try store()
        #expect(store.count > 1000 && store.limit > 0)
        let data = try TransitionDataset(PointRobot.collect(.episodes(300), behaviour: "random", seed: 7))
        var ungrounded = 0
        for episode in data.episodes {
            let row = episode.rows.lowerBound
            let pair = Self.features.values(
                Array(data.observations[row * 11..<(row + 1) * 11]),
                Array(data.actions[row * 2..<(row + 1) * 2]))
            if try !store.ground(pair).isGrounded { ungrounded += 1 }
        }
        // At most 5 % are promised of one random step of an episode; a first step is a little less usual.
        #expect(ungrounded < 45 && ungrounded > 0, "\(ungrounded)")
        let far = try store.ground([Float](repeating: 50, count: 13))
        #expect(!far.isGrounded && far.neighbours.count == 5)
        #expect(zip(far.neighbours, far.neighbours.dropFirst()).allSatisfy { $0.distance <= $1.distance })
    }

    @Test func aNeighbourIsTheRowOfTheFileThatItNames() throws {
        let data = try TransitionDataset(PointRobot.collect(.episodes(200), behaviour: "random", seed: 1))
        let store = try store()
        let robot = PointRobot.State(x: 0.3, y: -2.2, speed: 1, heading: 1.5)
        let found = try store.ground(PointRobot.observation(of: robot) + [0, 0])
        for near in found.neighbours {
            let episode = try #require(data.episodes.first { $0.rows.contains(near.row) })
            let end = min(near.row + 20, episode.rows.upperBound)
            let after = (near.row..<end).first { data.costs[$0] > 0 }.map { $0 - near.row }
            #expect(near.stepsToViolation == after && near.file == "walks.hdf5")
            let own = Self.features.values(
                Array(data.observations[near.row * 11..<(near.row + 1) * 11]),
                Array(data.actions[near.row * 2..<(near.row + 1) * 2]))
            #expect(try store.ground(own).neighbours[0].distance < 1e-12)
        }
    }

    @Test func withoutGroundsADecisionIsNeverFree() throws {
        let thresholds = try RouterThresholds(
            calibratedOn: steps(2000, seed: 1), alphas: [0.01, 0.05, 0.2], delta: nil)
        func near(_ distance: Double) -> Grounding {
            Grounding(
                neighbours: [.init(file: "a", row: 1, distance: distance, stepsToViolation: nil)], limit: 1)
        }
        func routed(_ score: Double, _ grounding: Grounding?) -> RoutedClass {
            RoutedDecision(score: score, thresholds: thresholds, grounding: grounding).routed
        }
        #expect(routed(0, near(1)) == .act && routed(0, near(1.1)) == .ask)
        #expect(routed(0, Grounding(neighbours: [], limit: 1)) == .refuse && routed(0, nil) == .refuse)
        #expect(routed(0.999, near(1.1)) == .refuse && routed(.nan, near(0)) == .refuse)
    }

    @Test func aReportCountsEveryStepOnce() throws {
        let calibration = steps(3000, seed: 1), fresh = steps(3000, seed: 2)
        let thresholds = try RouterThresholds(
            calibratedOn: calibration, alphas: [0.01, 0.05, 0.2], delta: nil)
        let report = RouterReport(fresh, thresholds)
        #expect(report.rows.map(\.routed) == RoutedClass.allCases)
        #expect(report.rows.reduce(0) { $0 + $1.violated + $1.notViolated } == 3000)
        #expect(report.rows.reduce(0) { $0 + $1.violated } == fresh.count { $0.isViolated })
        #expect(report.ungrounded.count == fresh.count { !$0.isGrounded })
        for (row, alpha) in zip(report.rows, thresholds.alphas) {
            #expect(row.letThrough.low ?? 1 <= alpha, "\(row.routed)")
        }
        #expect(report.reliability.reduce(0) { $0 + $1.steps } == 3000)
        #expect(
            zip(report.reliability, report.reliability.dropFirst()).allSatisfy { $0.meanScore < $1.meanScore }
        )
        #expect(report.text.contains("handed over"))
    }

    @Test func aRouterReadsBackAndLeavesOutWhatChanged() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/router-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/router.json", calibration = steps(2000, seed: 1)
        let thresholds = try RouterThresholds(
            calibratedOn: calibration, alphas: [0.01, 0.05, 0.2], delta: 0.05)
        let facts = Router.Facts(
            environment: "point-robot", policy: "p", source: .feasibility, features: Self.features,
            horizon: 20,
            seed: 1, calibratedOn: calibration, thresholds: thresholds,
            report: RouterReport(calibration, thresholds))
        try Router(facts, monitor: nil, store: try store()).write(to: path)
        var warnings: [String] = []
        let read = try Router(contentsOf: path, monitor: nil) { warnings.append($0) }
        let rows = try store().count
        #expect(read.facts == facts && read.store.count == rows && warnings.isEmpty)
        #expect(throws: MonitorError.self) { try Router(contentsOf: path, monitor: path) { _ in } }
        try aGateDecidesAsTheRouter(path, read)
        // One number of one row is another: the file is left out, and nothing is grounded any more.
        let store = Router.storePath(of: path)
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: store)))
        bytes[bytes.count - 5] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: store))
        let spoilt = try Router(contentsOf: path, monitor: nil) { warnings.append($0) }
        #expect(spoilt.store.count == 0 && warnings.count == 1)
        let observation = PointRobot.observation(of: PointRobot().state), action: [Float] = [0, 0]
        let policy = PointRobot.ScriptedPolicy()
        let decision = spoilt.judge(for: policy).decide(observation: observation.span, action: action.span)
        let line = String(decoding: try JSONEncoder().encode(decision), as: UTF8.self)
        #expect(decision.routed == .refuse && line.contains("\"class\":\"refuse\""))
        try Data("{\"router\": 1}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: MonitorError.self) { try Router(contentsOf: path, monitor: nil) { _ in } }
    }

    /// The gate of a router's files, which a shield asks, decides as the router itself.
    private func aGateDecidesAsTheRouter(_ path: String, _ router: Router) throws {
        let policy = Judging()
        let gate = try RouterGate(contentsOf: path, monitor: nil, for: policy) { _ in }
        let judge = router.judge(for: policy)
        var classes: Set<RoutedClass> = []
        var stream = RandomStream(seed: 8, for: .testing)
        for _ in 0..<200 {
            let robot = PointRobot.State(
                x: Double(stream.nextUniform(in: -3..<3)), y: Double(stream.nextUniform(in: -3..<3)),
                speed: 1,
                heading: 1.5)
            let observation = PointRobot.observation(of: robot)
            let action = [stream.nextUniform(in: -1..<1), stream.nextUniform(in: -1..<1)]
            let decision = judge.decide(observation: observation.span, action: action.span)
            let route = gate.route(observation.span, action.span)
            #expect(route.routed == decision.routed && route.score == decision.score)
            #expect(route.isGrounded == decision.grounding?.isGrounded)
            #expect(gate.evidence as? RoutedDecision == decision)
            classes.insert(route.routed)
        }
        #expect(classes.count >= 2)
        let small: [Float] = [0]
        #expect(gate.route(small.span, small.span).routed == .refuse)
        #expect(throws: MonitorError.otherPolicy(path)) { try gate.mustBe(of: "q") }
        try gate.mustBe(of: "p")
        #expect(throws: MonitorError.self) {
            try gate.check(observations: 4, actions: 2, choices: nil, of: "x")
        }
        let bytes = try fileContents(path)
        #expect(gate.settings["router"] == SHA256.hexadecimal(of: bytes))
        #expect(gate.settings["router store"]?.count == 64 && gate.horizon == 20)
    }
}

/// Says of each state that its danger is its place on the x axis, from 0 to 1.
private struct Judging: Policy {
    let observationSize = 11
    let actionSize = 2

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {}

    func feasibilityValues(of observations: Span<Float>) -> [Float]? {
        (0..<observations.count / 11).map { (observations[11 * $0] + 3) / 6 }
    }
}
