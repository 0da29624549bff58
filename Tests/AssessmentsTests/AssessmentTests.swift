import Assessments
import Environments
import Foundation
import Reliability
import SafeRL
import Testing

/// Assessments of policies whose truth is known.
@Suite struct AssessmentTests {
    /// Drives straight on, and judges states by the robot's own rule or by nothing.
    private struct Straight: Policy {
        var judges = true
        let observationSize = PointRobot().observationSpace.size
        let actionSize = 2

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for place in 0..<actions.count { actions[place] = streams[place / 2].nextUniform(in: -0.5..<0.5) }
        }

        func feasibilityValues(of observations: Span<Float>) -> [Float]? {
            judges
                ? (0..<observations.count / observationSize).map { observations[$0 * observationSize] } : nil
        }
    }

    private static func assessed(_ policy: any Policy, _ episodes: Int = 20) throws -> AssessedPolicy {
        try AssessedPolicy(
            policy,
            EvaluationPlan(episodes: episodes, seed: 0, environment: NamedEnvironment(PointRobot.self)),
            identity: String(repeating: "a", count: 64), step: 1, algorithm: "straight", options: nil,
            value: nil, data: .failure(Unavailable("no data")), heldOut: .failure(Unavailable("no data")))
    }

    private static let sizes = (observation: PointRobot().observationSpace.size, action: 2)

    @Test func theRecorderKeepsWhatTheEvaluatorCounts() throws {
        var plan = try #require(try Self.assessed(Straight()).judgement)
        (plan.episodes, plan.seed) = (6, 5)
        let recorder = EpisodeRecorder(try plan.place())
        let (evaluation, _) = try plan.run(Straight(), in: recorder, keeping: 6)
        for (place, record) in evaluation.episodes.enumerated() {
            let kept = try #require(recorder.episodes[record.seed])
            #expect(kept.steps == record.length && kept.end == record.end)
            #expect(abs(kept.totalCost - record.totalCost) < 1e-9)
            #expect(abs(kept.totalReward - record.totalReward) < 1e-9)
            #expect(kept.isViolated == record.isViolated)
            #expect(kept.observations.flatMap { $0 } == evaluation.traces[place])
            #expect(kept.actions.flatMap { $0 } == evaluation.actions[place])
        }
    }

    @Test func aViolationLiesAheadUntilTheLastOne() {
        var episode = RecordedEpisode(seed: 0, observations: [])
        episode.costs = [0, 1, 0, 2, 0]
        #expect(episode.violatesLater == [true, true, true, true, false])
        episode.costs = [0, 0]
        #expect(episode.violatesLater == [false, false])
    }

    /// Episodes through a fault, with the spread 0.5 in every column.
    private func episodes(_ perturbation: Perturbation?) throws -> [RecordedEpisode] {
        let spread = [Double](repeating: 0.5, count: Self.sizes.observation)
        return try Self.assessed(Straight()).episodes(5, seed: 9) { base in
            perturbation.map { PerturbedEnvironment(base, $0, spread: spread, seed: 3) } ?? base
        }
    }

    @Test func faultsOfNoSizeChangeNothingAndOthersDo() throws {
        let plain = try episodes(nil)
        func differs(_ perturbation: Perturbation) throws -> Bool {
            let other = try episodes(perturbation)
            return other.map(\.observations) != plain.map(\.observations)
        }
        let idle: [Perturbation] = [
            .sensor(.noise(level: 0)), .sensor(.bias(level: 0)), .sensor(.delay(steps: 0)),
            .sensor(.heldDropout(probability: 0)), .sensor(.zeroDropout(probability: 0)),
            .actuator(.gain(factor: 1)), .actuator(.delay(steps: 0)), .actuator(.lag(rate: 1)),
            .actuator(.deadZone(width: 0)),
        ]
        for perturbation in idle { #expect(try !differs(perturbation), "\(perturbation)") }
        let changing: [Perturbation] = [
            .sensor(.noise(level: 0.1)), .sensor(.bias(level: 0.1)), .sensor(.scale(level: 0.1)),
            .sensor(.delay(steps: 2)), .sensor(.heldDropout(probability: 0.5)),
            .sensor(.zeroDropout(probability: 0.5)), .sensor(.quantised(step: 0.5), inSpreads: true),
            .sensor(.stuck(entry: 0, from: 0)), .actuator(.gain(factor: 0.5)), .actuator(.bias(level: 0.2)),
            .actuator(.deadZone(width: 0.3)), .actuator(.lag(rate: 0.5)), .actuator(.delay(steps: 2)),
        ]
        for perturbation in changing { #expect(try differs(perturbation), "\(perturbation)") }
    }

    @Test func levelsOfOneKindScaleTheSameNoiseFromTheSameStarts() throws {
        let plain = try episodes(nil)
        let (small, large) = (
            try episodes(.sensor(.noise(level: 0.1))), try episodes(.sensor(.noise(level: 0.2)))
        )
        for (index, episode) in plain.enumerated() {
            // The first observation is the start's, with noise on it.
            for column in episode.observations[0].indices {
                let one = small[index].observations[0][column] - episode.observations[0][column]
                let two = large[index].observations[0][column] - episode.observations[0][column]
                #expect(abs(two - 2 * one) < 1e-5)
            }
        }
        #expect(small[0].observations[0] != plain[0].observations[0])
        // Sensors do not touch the world: a policy that does not look fares the same.
        #expect(small.map(\.rewards) == plain.map(\.rewards))
        #expect(large.map(\.costs) == plain.map(\.costs))
    }

    @Test func shiftedStatesOfTheRobotAreToldFromItsOwn() throws {
        let data = try TransitionDataset(try PointRobot.collect(4000, seed: 3))
        let width = data.observationSize
        let rows = (0..<data.count).map { row in
            data.observations[row * width..<(row + 1) * width].map(Double.init)
        }
        func matrix(_ rows: [[Double]]) -> Matrix { Matrix(rows.count, width, rows.flatMap { $0 }) }
        let scale = try ColumnScale(matrix(rows))
        let known = matrix(rows.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
        let fresh = rows.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let shifted = fresh.map { row in
            row.enumerated().map { $1 + 3 * scale.deviations[$0] * ($0 % 2 == 0 ? 1 : -1) }
        }
        for values in [
            try MahalanobisDistance(known)(matrix(fresh + shifted)),
            try OutlierScores.neighbourDistance(matrix(fresh + shifted), to: known),
        ] {
            let figures = try DetectionFigures(
                scores: values, isOut: fresh.map { _ in false } + shifted.map { _ in true })
            #expect(figures.auroc >= 0.95, "\(figures.auroc)")
        }
    }

    @Test func seedsOfAnAssessmentAreOfItsOwn() {
        let seeds = (0..<100 as Range<UInt64>).flatMap { seed in
            ["episodes", "perturbed episodes", "bootstrap"].map { AssessmentSeeds(seed: seed)($0) }
        }
        #expect(Set(seeds).count == 300)
        // Evaluations take the seeds that people write, certifications a draw of their own stream.
        let others = (0..<2000 as Range<UInt64>).flatMap { seed in
            var stream = RandomStream(seed: seed, for: .certification)
            return [seed, stream.nextInteger()]
        }
        #expect(Set(seeds).isDisjoint(with: others))
    }

    @Test func aPolicyThatJudgesNothingHasNoScoreAndTheRestIsDone() throws {
        var plan = AssessmentPlan()
        (plan.episodes, plan.alpha) = (40, 0.2)
        var done: [String] = []
        let report = try Assessment(try Self.assessed(Straight(judges: false)), plan) { done.append($0) }
            .report
        let json = report.json
        let reason = "the policy judges no states, so there is no violation score"
        #expect(json["calibration"]?["fault"]?.string == reason)
        #expect(json["risk_coverage"]?["fault"]?.string == reason)
        #expect(json["feasibility"]?["fault"]?.string == reason)
        #expect(json["detection"]?["fault"]?.string == "no data")
        #expect(json["conformal"]?["threshold"]?.number != nil)
        #expect(json["robustness"]?["gain"]?["return_mean"]?.elements?.count == 5)
        #expect(json["overfitting"]?["memorisation"]?["fault"]?.string == "no data")
        #expect(done.last == "perturbation")
        #expect(
            json == (try Assessment(try Self.assessed(Straight(judges: false)), plan) { _ in }.report.json))
    }

    @Test func aScoreThatSaysNothingIsNotRecommended() throws {
        var plan = AssessmentPlan()
        (plan.episodes, plan.sections) = (60, [.calibration, .coverage, .conformal, .feasibility])
        let json = try Assessment(try Self.assessed(Straight()), plan) { _ in }.report.json
        let calibration = try #require(json["calibration"])
        let logs = [calibration["log_loss"]?.number?.double, calibration["log_loss_of_rate"]?.number?.double]
            .compactMap { $0 }
        #expect(logs.count == 2)
        #expect(calibration["recommended"]?.string == (logs[0] < logs[1] ? "isotonic" : "none"))
        let (over, under) = (
            try #require(calibration["over"]?.number?.double),
            try #require(calibration["under"]?.number?.double)
        )
        let (ece, signed) = (
            try #require(calibration["ece"]?.number?.double),
            try #require(calibration["signed"]?.number?.double)
        )
        #expect(abs(over + under - ece) < 1e-9 && abs(over - under - signed) < 1e-9)
        #expect(calibration["signed_interval"]?.elements?.count == 2)
    }
}
