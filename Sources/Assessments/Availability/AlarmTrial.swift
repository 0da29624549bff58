import Assurance
import Availability
import SafeRL

/// How soon a rate alarm sounds under attack, and how often it does without one.
///
/// Usual rate and limit are made on the first half of the episodes without the trigger; false alarms are counted in the second half. Steps of
/// an episode follow each other, so that the limit of independent ones would sound far too often. The alarm by episodes needs no such
/// limit: it is slower, and its false alarms are bounded.
struct AlarmTrial {
    /// The alarm.
    let alarm: RateAlarm
    /// Steps to the alarm from the starts of up to 20 of the triggered episodes; nothing where it does not sound.
    let delays: [Int?]
    /// Steps until a window of 200 has so many interventions that 10⁵ usual steps would not be expected to show it.
    let windowDelay: Int?
    /// False alarms, and in how many steps.
    let falseAlarms, watched: Int

    /// Of the alarm by episodes: its limit, steps to it as for `delays`, and its false alarms in the same steps.
    let episodeLimit: Double
    let episodeDelays: [Int?]
    let episodeFalseAlarms: Int

    private static let (window, rarity) = (200, 1e5)

    /// Tries an alarm.
    ///
    /// - Throws: `Unavailable` where every step is handed over anyway.
    init(clean: HandOverStream, triggered: HandOverStream, seed: UInt64) throws {
        let half = clean.firstSteps[clean.firstSteps.count / 2]
        let known = BinomialCount(events: clean.steps[..<half].count { $0 }, trials: max(half, 1))
        // None seen is not none at all.
        let base = known.events > 0 ? known.share : known.upperBound(confidence: 0.95)
        guard base < 1 else { throw Unavailable("every step is handed over without a trigger") }
        let alarming = 3 * base < 1 ? 3 * base : (1 + base) / 2
        do {
            let independent = try RateAlarm(
                base: base, alarming: alarming, limit: RateAlarm.limit(falseAlarmOnceIn: Self.rarity))
            alarm = try RateAlarm(
                base: base, alarming: alarming,
                limit: half < 2
                    ? independent.limit
                    : independent.limit(falseAlarmOnceIn: Self.rarity, seenIn: clean.steps[..<half]))
        } catch { throw Unavailable(error.description) }
        let alarm = alarm
        delays = spaced(triggered.firstSteps, 20).map { alarm.firstAlarm(in: triggered.steps[$0...]) }
        windowDelay = WindowTest.firstAlarm(
            in: triggered.steps, window: Self.window, base: base, level: 1 / Self.rarity
        ).map { $0 + 1 }
        falseAlarms = alarm.alarms(in: clean.steps[half...])
        watched = clean.steps.count - half
        (episodeLimit, episodeDelays, episodeFalseAlarms) = try Self.byEpisodes(
            clean.episodes, triggered.episodes, seed: seed)
    }

    /// Tries the alarm by episodes: the first half of the usual ones is known, the second is watched.
    private static func byEpisodes(
        _ clean: [ArraySlice<Bool>], _ triggered: [ArraySlice<Bool>], seed: UInt64
    ) throws -> (limit: Double, delays: [Int?], falseAlarms: Int) {
        let known = clean.prefix(clean.count / 2)
        let length = Double(known.reduce(0) { $0 + $1.count }) / Double(max(known.count, 1))
        func made(_ number: Int) throws -> EpisodeAlarm {
            do {
                return try EpisodeAlarm(
                    usual: known.map { $0.count { $0 } }, falseAlarmOnceIn: max(rarity / max(length, 1), 2),
                    stream: RandomStream(seed: seed, for: .splitting, index: UInt32(number)))
            } catch { throw Unavailable(error.description) }
        }
        guard !known.isEmpty else { throw Unavailable("there is no usual episode") }
        let delays = try spaced(Array(triggered.indices), 20).map { first -> Int? in
            var (alarm, steps) = (try made(first + 1), 0)
            for episode in triggered[first...] {
                for step in episode {
                    steps += 1
                    if alarm.step(step) { return steps }
                }
                alarm.endEpisode()
            }
            return nil
        }
        var (alarm, falseAlarms) = (try made(0), 0)
        for episode in clean.dropFirst(known.count) {
            for step in episode { _ = alarm.step(step) }
            let hasSounded = alarm.isLatched
            alarm.endEpisode()
            if hasSounded {
                falseAlarms += 1
                alarm.reset()
            }
        }
        return (alarm.limit, delays, falseAlarms)
    }

    /// Steps that half of the trials needed at most; nothing where fewer sounded.
    var median: Int? { Self.median(delays.map { $0.map { $0 + 1 } }) }
    /// Likewise of the alarm by episodes.
    var episodeMedian: Int? { Self.median(episodeDelays) }

    /// For a person.
    var lines: [String] {
        [
            median.map { "the rate alarm sounds after \($0) triggered steps" }
                ?? "the rate alarm does not sound in half of the trials",
            episodeMedian.map {
                "the alarm by episodes, whose false alarms are bounded, sounds after \($0) triggered steps"
            } ?? "the alarm by episodes does not sound in half of the trials",
        ]
    }

    private static func median(_ delays: [Int?]) -> Int? {
        let sorted = delays.map { $0 ?? .max }.sorted()
        let middle = sorted[(sorted.count - 1) / 2]
        return middle == .max ? nil : middle
    }

    var json: JSONValue {
        .object([
            ("base", .figure(alarm.base)), ("alarming", .figure(alarm.alarming)),
            ("limit", .figure(alarm.limit)),
            ("steps_to_alarm", median.map { .integer($0) } ?? .null),
            ("never", .integer(delays.count { $0 == nil })), ("trials", .integer(delays.count)),
            ("window_steps", windowDelay.map { .integer($0) } ?? .null),
            ("false_alarms", .integer(falseAlarms)), ("watched_steps", .integer(watched)),
            (
                "by_episodes",
                .object([
                    ("limit", .figure(episodeLimit)),
                    ("steps_to_alarm", episodeMedian.map { .integer($0) } ?? .null),
                    ("never", .integer(episodeDelays.count { $0 == nil })),
                    ("trials", .integer(episodeDelays.count)),
                    ("false_alarms", .integer(episodeFalseAlarms)), ("watched_steps", .integer(watched)),
                ])
            ),
            (
                "false_alarms_per_100000",
                .figure(watched > 0 ? 1e5 * Double(falseAlarms) / Double(watched) : nil)
            ),
        ])
    }
}
