import Availability
import Reliability
import Tensors
import Testing

/// What the golden values leave open.
@Suite struct AvailabilityTests {
    @Test func aPlantedDetectorThatKnowsTheRowsFindsThemAll() throws {
        let poison = (0..<1000).map { $0.isMultiple(of: 100) }
        let planted = try DetectorFigures(scores: poison.map { $0 ? 1 : 0 }, isPoison: poison)
        #expect(planted.found == 1 && planted.auroc == 1)
        // One that knows nothing finds nothing: all its scores are those of the others.
        let blind = try DetectorFigures(scores: poison.map { _ in 0.5 }, isPoison: poison)
        #expect(blind.found == 0 && blind.auroc == 0.5)
    }

    @Test func aDetectorIsCutAtOnePercentOfTheOthers() throws {
        // Of 200 others two may be found: the poison must score above the third highest of them.
        let others = (0..<200).map(Double.init)
        let scores = others + [197.5, 196.5, 197, 300]
        let isPoison = others.map { _ in false } + [true, true, true, true]
        let figures = try DetectorFigures(scores: scores, isPoison: isPoison)
        #expect(figures.found == 0.5)
        #expect(throws: ReliabilityError.oneKind("outlier detection")) {
            try DetectorFigures(scores: others, isPoison: others.map { _ in false })
        }
    }

    @Test func noRateTakesNoRowAndCleanLabelsTakeWhatThereIs() throws {
        let order = Array((0..<200).reversed())
        let truth = order.map { $0 < 3 }
        for construction in PoisonConstruction.allCases {
            #expect(try PoisonedRows(construction, rate: 0, order: order, truth: truth).rows.isEmpty)
        }
        let few = try PoisonedRows(
            .cleanLabel, rate: 0.05, order: Array(0..<200), truth: (0..<200).map { $0 < 3 })
        #expect(few.rows == [0, 1, 2] && few.isViolated == [true, true, true])
        #expect(throws: AvailabilityError.noneViolated) {
            try PoisonedRows(.cleanLabel, rate: 0.05, order: order, truth: order.map { _ in false })
        }
        for rate in [-0.1, 1, .nan] {
            #expect(throws: AvailabilityError.self) {
                try PoisonedRows(.unsafe, rate: rate, order: order, truth: truth)
            }
        }
    }

    @Test func aTriggerWritesItsEntriesAloneAndJittersRoundThem() throws {
        let trigger = try Trigger(dimensions: [3, 1], value: 3.5, jitter: 0.4)
        #expect(trigger.values == [3.5, -3.5])
        var row = [0.0, 0, 0, 0]
        trigger.write(into: &row, numbers: [0, 0.5])
        #expect(row == [0, -3.5, 0, 3.1])
        for (dimensions, value, jitter) in [
            ([Int](), 1.0, 0.0), ([1, 1], 1, 0), ([-1], 1, 0), ([1], .nan, 0), ([1], 1, -1),
        ] {
            #expect(throws: AvailabilityError.self) {
                try Trigger(dimensions: dimensions, value: value, jitter: jitter)
            }
        }
    }

    @Test func theAlarmStaysOnAndCountsAnewAfterEachAlarm() throws {
        var alarm = try RateAlarm(base: 0.1, alarming: 0.3, limit: RateAlarm.limit(falseAlarmOnceIn: 1e5))
        #expect(alarm.firstAlarm(in: [Bool](repeating: true, count: 20)) == 10)
        #expect(alarm.alarms(in: [Bool](repeating: true, count: 33)) == 3)
        #expect(alarm.firstAlarm(in: [Bool](repeating: false, count: 1000)) == nil)
        for _ in 0..<11 { _ = alarm.step(true) }
        _ = alarm.step(false)
        #expect(alarm.isLatched)
        for (base, alarming, limit) in [(0.0, 0.1, 1.0), (0.2, 0.2, 1), (0.2, 1, 1), (0.2, 0.4, 0)] {
            #expect(throws: AvailabilityError.self) {
                try RateAlarm(base: base, alarming: alarming, limit: limit)
            }
        }
    }

    /// A mean time of at least 1,000 steps would be 2,000 alarms at most; this alarm's is about ten times that.
    @Test func falseAlarmsAreAsRareAsTheLimitSays() throws {
        let alarm = try RateAlarm(base: 0.1, alarming: 0.3, limit: RateAlarm.limit(falseAlarmOnceIn: 1000))
        var stream = RandomStream(seed: 5, for: .testing)
        let steps = (0..<2_000_000).map { _ in stream.nextUniform() < 0.1 }
        #expect(alarm.alarms(in: steps) <= 2000)
    }

    @Test func theWindowTestSoundsAtTheEndOfTheFirstUnlikelyWindow() {
        let steps = [Bool](repeating: false, count: 150) + [Bool](repeating: true, count: 20)
        let found = WindowTest.firstAlarm(in: steps, window: 100, base: 0.05, level: 1e-3)
        // 13 of 100 at 5 % have a chance of 0.0015, 14 of 0.0005.
        #expect(found == 163)
        #expect(WindowTest.firstAlarm(in: steps, window: 171, base: 0.05, level: 0.5) == nil)
        #expect(WindowTest.pValue(count: 0, window: 10, base: 0.3) == 1)
    }

    @Test func tooFewRowsAndNumbersThatAreNoneAreRefused() {
        #expect(throws: AvailabilityError.tooFew("neighbours that disagree", rows: 15, needed: 16)) {
            try PoisonDetectors.neighbourDisagreement(
                Matrix(15, 2), isViolated: [Bool](repeating: true, count: 15))
        }
        let bad = Matrix(2, 2, [0, 1, 2, .nan])
        #expect(throws: AvailabilityError.notFinite("features", row: 1)) {
            try PoisonDetectors.spectralSignature(bad, isViolated: [true, false])
        }
    }

    @Test func aChainDependsOnEveryFileAndTheirOrderAndNotOnNames() {
        func last(_ files: [(String, String)]) -> String? {
            var chain = ProvenanceChain()
            for (name, hash) in files { chain.append(name, sha256: hash) }
            return chain.links.last?.chain
        }
        let (a, b) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
        let own = last([("x", a), ("y", b)])
        #expect(own == last([("other", a), ("names", b)]) && own?.count == 64)
        #expect(
            Set([own, last([("y", b), ("x", a)]), last([("x", a)]), last([("x", a), ("y", b), ("y", b)])])
                .count == 4)
        #expect(ProvenanceChain.allowed("# list\n\(a.uppercased())  x\n\n\(b)") == [a, b])
        #expect(ProvenanceChain.allowed("abc") == nil && ProvenanceChain.allowed("") == [])
        var chain = ProvenanceChain()
        chain.append("x", sha256: a)
        #expect(chain.unknown(among: [b]).map(\.name) == ["x"] && chain.unknown(among: [a]).isEmpty)
    }

    /// Interventions in stretches of 20: the limit of independent steps sounds in most of them, the other one in few.
    @Test func aLimitForStepsThatFollowEachOtherIsSeldomReached() throws {
        var stream = RandomStream(seed: 9, for: .testing)
        func usual(_ count: Int) -> [Bool] {
            (0..<count).flatMap { _ in [Bool](repeating: stream.nextUniform() < 0.05, count: 20) }
        }
        let known = usual(200)
        let rarity = 1e5
        let independent = try RateAlarm(
            base: 0.05, alarming: 0.15, limit: RateAlarm.limit(falseAlarmOnceIn: rarity))
        let limit = independent.limit(falseAlarmOnceIn: rarity, seenIn: known)
        let calibrated = try RateAlarm(base: 0.05, alarming: 0.15, limit: limit)
        let fresh = usual(500)
        let alarms = (independent.alarms(in: fresh), calibrated.alarms(in: fresh))
        #expect(alarms.0 >= 5 && 2 * alarms.1 <= alarms.0, "\(alarms)")
        let attack = try #require(calibrated.firstAlarm(in: [Bool](repeating: true, count: 200)))
        #expect(attack >= 20 && attack < 100)
        // Never below that of independent steps.
        #expect(independent.limit(falseAlarmOnceIn: rarity, seenIn: [false, false]) == independent.limit)
    }
}
