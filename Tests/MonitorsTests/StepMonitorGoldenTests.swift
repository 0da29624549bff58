import Monitors
import SafeRL
import TestSupport
import Testing

/// Labels, classes, measures and rewards as the tables have them.
@Suite struct StepMonitorGoldenTests {
    struct Tables: Decodable {
        struct Labels: Decodable {
            let rollouts, needed: Int
            let policy_violations, recovery_violations: [Int]
            let first_irrecoverable: Int?
            let labels: [String]
            let recovery_lower_95: Double?
        }
        struct Classes: Decodable {
            let strict_unsafe, loose_unsafe: Bool
            let `class`: String
        }
        struct Episode: Decodable {
            let length: Int
            let first_irrecoverable, first_flag, first_violation: Int?
        }
        struct Metrics: Decodable {
            let episodes, positive: Int
            let exact_hit, within_one, missed, false_alarm, precision, recall, f1, before_violation: Double?
            let median_delay: Int?
        }
        struct Reward: Decodable {
            let `return`: Double
            let unsafe, stopped: Bool
            let scale, reward: Double
        }
        let labels: [Labels]
        let classes: [Classes]
        let episodes: [Episode]
        let metrics: Metrics
        let rewards: [Reward]
    }

    private func tables() throws -> Tables {
        try Golden.decode(Tables.self, "guard", "step_monitor.json")
    }

    @Test func labelsFollowFromCounts() throws {
        let rows = try tables().labels
        #expect(!rows.isEmpty)
        for row in rows {
            let counts = RolloutCounts(
                rollouts: row.rollouts, policyViolations: row.policy_violations,
                recoveryViolations: row.recovery_violations)
            #expect(counts.needed == row.needed)
            #expect(counts.onset == row.first_irrecoverable)
            #expect(counts.labels.map(\.rawValue) == row.labels)
            #expect((counts.recoveryLowerBound == nil) == (row.recovery_lower_95 == nil))
            if let bound = counts.recoveryLowerBound, let expected = row.recovery_lower_95 {
                #expect(bound.isWithin(1e-12, of: expected))
            }
        }
    }

    @Test func classesFollowFromTheTwoClassifiers() throws {
        for row in try tables().classes {
            let found = StepClass(strict: row.strict_unsafe, loose: row.loose_unsafe)
            #expect(found.rawValue == row.class)
            #expect(MonitorMode.strict.flags(found) == (row.strict_unsafe || row.loose_unsafe))
            #expect(MonitorMode.loose.flags(found) == (row.strict_unsafe && row.loose_unsafe))
        }
    }

    @Test func measuresOfEpisodesAgree() throws {
        let tables = try tables(), expected = tables.metrics
        let found = MonitorMeasures(
            tables.episodes.map {
                MonitoredEpisode(
                    length: $0.length, onset: $0.first_irrecoverable, firstFlag: $0.first_flag,
                    firstViolation: $0.first_violation)
            })
        #expect(found.episodes == expected.episodes && found.positive == expected.positive)
        #expect(found.medianDelay == expected.median_delay)
        for (name, own, other) in [
            ("exact hit", found.exactHit, expected.exact_hit),
            ("within one", found.withinOne, expected.within_one), ("missed", found.missed, expected.missed),
            ("false alarm", found.falseAlarm, expected.false_alarm),
            ("precision", found.precision, expected.precision), ("recall", found.recall, expected.recall),
            ("f1", found.f1, expected.f1),
            ("before violation", found.beforeViolation, expected.before_violation),
        ] {
            let own = try #require(own, "\(name)"), other = try #require(other, "\(name)")
            #expect(own.isWithin(1e-12, of: other, floor: 1e-12), "\(name)")
        }
    }

    @Test func rewardsAgree() throws {
        for row in try tables().rewards {
            let found = HybridReward(scale: row.scale).reward(
                row.return, isUnsafe: row.unsafe, isStopped: row.stopped)
            #expect(found == row.reward)
        }
    }
}
