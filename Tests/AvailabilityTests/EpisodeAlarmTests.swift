import Availability
import Tensors
import Testing

/// False alarms of an alarm by episodes, of which steps follow each other, and how soon it sounds.
@Suite struct EpisodeAlarmTests {
    /// Interventions of a usual episode of 100 steps: mostly none, else a stretch.
    private static func usual(_ stream: inout RandomStream) -> Int {
        stream.nextInteger(below: 10) < 8 ? 0 : 20 + stream.nextInteger(below: 60)
    }

    private static func alarm(_ known: Int, every episodes: Double, _ number: Int) throws -> (
        EpisodeAlarm, RandomStream
    ) {
        var stream = RandomStream(seed: UInt64(number), for: .testing)
        let counts = (0..<known).map { _ in usual(&stream) }
        let ties = RandomStream(seed: UInt64(number), for: .splitting)
        return (try EpisodeAlarm(usual: counts, falseAlarmOnceIn: episodes, stream: ties), stream)
    }

    /// Whether the alarm sounds in an episode of so many interventions, and ends it otherwise.
    private static func sounds(_ alarm: inout EpisodeAlarm, _ count: Int) -> Bool {
        for step in 0..<100 where alarm.step(step < count) { return true }
        alarm.endEpisode()
        return false
    }

    /// The mean number of usual episodes to a false alarm is at least the one asked for, less three deviations.
    @Test func falseAlarmsAreAsSeldomAsPromisedThoughStepsFollowEachOther() throws {
        let (trials, promised) = (300, 12.0)
        let times = try (0..<trials).map { number -> Double in
            var (alarm, stream) = try Self.alarm(20, every: promised, number)
            var episodes = 1.0
            while !Self.sounds(&alarm, Self.usual(&stream)), episodes < 400 { episodes += 1 }
            return episodes
        }
        let mean = times.reduce(0, +) / Double(trials)
        let spread = (times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(trials)).squareRoot()
        #expect(mean >= promised - 3 * spread / Double(trials).squareRoot(), "\(mean)")
        // Not so seldom that it would be of no use either.
        #expect(mean < 10 * promised, "\(mean)")
        // Page's sum at the limit of independent steps does not keep the promise of the same number of steps.
        var (broken, steps) = (0, 0)
        for number in 0..<20 {
            var stream = RandomStream(seed: UInt64(number), for: .testing)
            let page = try RateAlarm(
                base: 0.1, alarming: 0.3, limit: RateAlarm.limit(falseAlarmOnceIn: promised * 100))
            let all = (0..<20).flatMap { _ -> [Bool] in
                let count = Self.usual(&stream)
                return (0..<100).map { $0 < count }
            }
            broken += page.alarms(in: all)
            steps += all.count
        }
        #expect(Double(broken) / Double(steps) > 2 / (promised * 100))
    }

    @Test func anAttackIsSeenWithinAFewEpisodes() throws {
        let delays = try (0..<50).map { number -> Int in
            var (alarm, _) = try Self.alarm(100, every: 400, number)
            var episodes = 1
            while !Self.sounds(&alarm, 100), episodes < 50 { episodes += 1 }
            #expect(alarm.isLatched)
            return episodes
        }
        #expect(delays.reduce(0, +) < 5 * 50 && delays.allSatisfy { $0 < 12 }, "\(delays)")
    }

    /// p is uniform, so the mean of a bet is 1.
    @Test func betsAreFair() {
        let points = 200_000
        let mean =
            (1...points).reduce(0) { $0 + EpisodeAlarm.bet((Double($1) - 0.5) / Double(points)) }
            / Double(points)
        // The singularity at 0 holds 1/ln(1/p) below p, which a sum of mid-points loses a part of.
        #expect(mean < 1 && mean > 0.92, "\(mean)")
        #expect(EpisodeAlarm.bet(1) == 0.5 && abs(EpisodeAlarm.bet(0.99989) - 0.5) < 1e-3)
        #expect(EpisodeAlarm.bet(0.001) > EpisodeAlarm.bet(0.01))
    }

    @Test func itSoundsBeforeTheEpisodeEndsOnlyWhereItsEndWouldSound() throws {
        for number in 0..<200 {
            var (alarm, stream) = try Self.alarm(30, every: 20, number)
            for _ in 0..<8 {
                let count = stream.nextInteger(below: 100)
                var early = false
                for step in 0..<100 { early = alarm.step(step < count) || early }
                alarm.endEpisode()
                #expect(early == (alarm.evidence >= alarm.limit))
            }
        }
    }

    @Test func whatIsNoAlarmIsRefused() {
        let stream = RandomStream(seed: 0, for: .testing)
        #expect(throws: AvailabilityError.self) {
            try EpisodeAlarm(usual: [1], falseAlarmOnceIn: 1, stream: stream)
        }
        #expect(throws: AvailabilityError.self) {
            try EpisodeAlarm(usual: [1], falseAlarmOnceIn: .infinity, stream: stream)
        }
    }
}
