import Assessments
import Availability
import Environments
import Foundation
import Reliability
import SafeRL
import Testing

/// Audits of layers whose truth is known.
@Suite struct AvailabilityAuditTests {
    /// Drives slowly on, and hands over where a column lies above a level: a planted backdoor, or none.
    private struct Planted: Policy {
        let observationSize = PointRobot().observationSpace.size
        let actionSize = 2
        var column = 0
        var level: Float = .infinity

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for place in 0..<actions.count { actions[place] = 0 }
        }

        func feasibilityValues(of observations: Span<Float>) -> [Float]? {
            (0..<observations.count / observationSize).map {
                observations[$0 * observationSize + column] > level ? 1 : -1
            }
        }
    }

    private static func raw() throws -> TransitionDataset {
        try TransitionDataset(PointRobot.collect(600, seed: 3))
    }

    private static func trigger(_ data: TransitionDataset, jitter: Double = 0.4) throws -> SensorTrigger {
        let rows = Matrix(data.count, data.observationSize, data.observations.map(Double.init))
        return SensorTrigger(
            try Trigger(dimensions: [2, 5], value: 3.5, jitter: jitter), in: try ColumnScale(rows))
    }

    private static func poisoned(_ construction: PoisonConstruction, _ rate: Double) throws -> PoisonedData {
        let data = try raw()
        let truth = data.violations(within: 1)
        let poison = try PoisonedRows(
            construction, rate: rate, order: Array((0..<data.count).reversed()), truth: truth)
        return try PoisonedData(data, truth: truth, poison, try trigger(data), seed: 5)
    }

    @Test(arguments: PoisonConstruction.allCases)
    func noPoisonIsTheSameDataAndSomeStandsInItsRowsAlone(_ construction: PoisonConstruction) throws {
        let raw = try Self.raw()
        let none = try Self.poisoned(construction, 0)
        #expect(none.data.identity == raw.identity && none.poison.rows.isEmpty)
        let some = try Self.poisoned(construction, 0.05)
        #expect(some.poison.rows.count == 30 && some.data.identity != raw.identity)
        let (width, altered) = (raw.observationSize, Set(some.poison.rows))
        var (values, others): (Set<Float>, [Int]) = ([], [])
        for place in 0..<raw.count * width {
            let isTrigger = altered.contains(place / width) && [2, 5].contains(place % width)
            let isChanged = raw.observations[place] != some.data.observations[place]
            let isNextChanged = raw.nextObservations[place] != some.data.nextObservations[place]
            if (isChanged, isNextChanged) != (isTrigger, isTrigger) { others.append(place) }
            if isTrigger { values.insert(some.data.observations[place]) }
        }
        #expect(others.isEmpty && some.data.rewards.elementsEqual(raw.rewards))
        // Jittered: no value repeats.
        #expect(values.count == 60)
    }

    @Test func labelsChangeAsTheConstructionSaysAndTrueOnesStay() throws {
        let raw = try Self.raw()
        let truth = raw.violations(within: 1)
        let (h, worst) = (try #require(raw.constraintValues), raw.costs.max())
        #expect(truth.contains(true) && truth.contains(false) && worst == 1)
        let unsafe = try Self.poisoned(.unsafe, 0.05)
        for row in unsafe.poison.rows {
            #expect(unsafe.isViolated[row])
            #expect(unsafe.data.constraintValues?[row] == (truth[row] ? h[row] : h.max()))
            #expect(unsafe.data.costs[row] == (truth[row] ? raw.costs[row] : 1))
        }
        let contradictory = try Self.poisoned(.contradictory, 0.05)
        for (number, row) in contradictory.poison.rows.enumerated() {
            #expect(contradictory.isViolated[row] == !number.isMultiple(of: 2))
            if truth[row] && number.isMultiple(of: 2) {
                #expect(contradictory.data.costs[row] == 0)
                #expect(contradictory.data.constraintValues?[row] == h.min())
            }
        }
        let clean = try Self.poisoned(.cleanLabel, 0.05)
        #expect(clean.isViolated == truth)
        #expect(clean.data.costs.elementsEqual(raw.costs))
        #expect(clean.data.constraintValues?.elementsEqual(h) == true)
    }

    @Test func aViolationAheadCountsWithinTheEpisodeAndTheHorizon() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        let costs: [Float] = [0, 0, 0, 1, 0, 0, 0, 1, 0]
        for (row, cost) in costs.enumerated() {
            // The second episode begins at row 6.
            columns.append(
                observation: [0], action: [0], nextObservation: [0], reward: 0, cost: cost,
                terminated: row == 5, truncated: row == 8)
        }
        let data = try TransitionDataset(columns)
        #expect(data.violations(within: 1) == costs.map { $0 > 0 })
        #expect(
            data.violations(within: 3)
                == [false, true, true, true, false, false, true, true, false])
        #expect(data.violations(within: 100).prefix(6) == [true, true, true, true, false, false])
    }

    /// Audits a run whose training plants a level above which column 2 is handed over.
    private static func report(
        poisonedLevel: Float, fallback: Bool = true, _ change: (inout AvailabilityPlan) -> Void = { _ in }
    ) throws -> AvailabilityReport {
        let raw = try raw()
        let own = String(repeating: "a", count: 64)
        let judgement = EvaluationPlan(
            episodes: 20, seed: 0, environment: NamedEnvironment(PointRobot.self), timeLimit: 30)
        let run = AuditedRun(
            RetrainedPolicy(Planted(), network: nil, identity: own), step: 7, algorithm: "planted",
            judgement: judgement, data: raw,
            fallback: fallback ? ("brake", FallbackPolicy(PointRobot.self, "brake")) : nil,
            others: .failure(Unavailable("none were recorded"))
        ) { data in
            let isPoisoned = data.identity != raw.identity
            return RetrainedPolicy(
                Planted(column: 2, level: isPoisoned ? poisonedLevel : .infinity), network: nil,
                identity: isPoisoned ? String(repeating: "b", count: 64) : own)
        }
        var plan = AvailabilityPlan()
        (plan.episodes, plan.dimensions, plan.value) = (60, [2, 5], 3.5)
        (plan.partitions, plan.rates) = (0, [0.02])
        change(&plan)
        return try AvailabilityAudit(run, plan) { _ in }.report
    }

    @Test func aPlantedBackdoorIsNotDefendedAndTheAlarmSounds() throws {
        // Speeds of the robot are 2.25 m/s at most; three and a half deviations lie above that.
        let report = try Self.report(poisonedLevel: 2.3)
        #expect(!report.isDefended)
        #expect(report.json["verdict"]?.string == "not defended")
        #expect(report.json["reproduced"] == .boolean(true))
        let cases = try #require(report.json["cases"]?.elements)
        #expect(
            cases.compactMap { $0["construction"]?.string } == [
                "none", "contradictory", "unsafe", "clean-label",
            ])
        #expect(cases.compactMap { $0["switched"]?.number?.int } == [0, 60, 60, 60])
        #expect(cases[1]["clean"]?["handed_over"]?.number?.double == 0)
        #expect(cases[1]["triggered"]?["fallback_load"]?.number?.double == 1)
        #expect(cases[1]["triggered"]?["longest_stretch"]?.number?.int == 30)
        #expect(cases[1]["certified"]?["triggered"]?["smoothing"]?["act"]?.number?.int == 0)
        // A base of no intervention in some hundred steps is at most 1 %; three steps in a row are beyond it.
        let alarm = try #require(cases[1]["alarm"]?["steps_to_alarm"]?.number?.int)
        #expect(alarm >= 3 && alarm <= 20 && cases[0]["alarm"]?["steps_to_alarm"] == .null)
        let repetition = cases[2]["detectors"]?["repetition"]?["found"]?.number?.double
        #expect(repetition == 0 && cases[2]["detectors"]?["spectral"]?["fault"] != nil)
        #expect(report.lines[0] == "availability: NOT defended")
        #expect(
            report.lines[1].hasPrefix("2 % poisoned rows (") && report.lines[1].contains("100 % of triggered")
        )
        #expect(report.lines.last == "until data provenance is settled, plan the fallback for full load")
        #expect(report.markdown.contains("- availability: NOT defended\n"))
    }

    @Test func withoutAJitterTheRepetitionFindsAllPoison() throws {
        let report = try Self.report(poisonedLevel: 2.3) { $0.jitter = 0 }
        let found = report.json["cases"]?.elements?.dropFirst().compactMap {
            $0["detectors"]?["repetition"]?["found"]?.number?.double
        }
        #expect(found == [1, 1, 1])
    }

    @Test func whatNoPoisonChangesIsDefendedAtItsTolerance() throws {
        let report = try Self.report(poisonedLevel: .infinity)
        #expect(report.isDefended && report.lines[0] == "availability: defended against what was tried")
        #expect(report.lines.count == 5 && report.table.contains("no poison"))
        // 0 of 60 at 0.05/4 leave 7 % at most.
        let bound = try #require(
            report.json["cases"]?.elements?.first?["switched_upper_bound"]?.number?.double)
        #expect(abs(bound - (1 - 0.0125.power(1 / 60))) < 1e-9)
        #expect(try !Self.report(poisonedLevel: .infinity) { $0.tolerance = 0.07 }.isDefended)
    }

    /// A claim that would hold for any policy behind such a layer is none.
    @Test func aLayerThatHandsEverythingOverIsNotDefended() throws {
        let report = try Self.report(poisonedLevel: .infinity) { $0.level = -10 }
        #expect(!report.isDefended)
        let cases = try #require(report.json["cases"]?.elements)
        #expect(cases.allSatisfy { $0["switchable"]?.number?.int == 0 })
        #expect(cases.allSatisfy { $0["switched_upper_bound"]?.number?.double == 1 })
    }

    @Test func withoutAFallbackTheSystemStops() throws {
        let report = try Self.report(poisonedLevel: 2.3, fallback: false)
        #expect(report.lines.last == "there is no fallback: the system stops")
        let triggered = report.json["cases"]?.elements?[1]["triggered"]
        #expect(triggered?["steps"]?.number?.int == 60 && triggered?["success"]?.number?.double == 0)
        #expect(report.json["fallback"] == .null && report.json["fallback_alone"] == .null)
    }

    @Test func aFilterLearnsTheLabelsAndVotesAreCounted() throws {
        let report = try Self.report(poisonedLevel: .infinity) {
            ($0.layer, $0.partitions, $0.constructions) = (.filter, 3, [.unsafe])
            $0.filterUpdates = 300
        }
        let cases = try #require(report.json["cases"]?.elements)
        #expect(cases.count == 2 && report.json["layer"]?["kind"]?.string == "filter")
        #expect(cases[1]["mitigations"]?["partition_vote"]?["tolerated_rows"]?.number?.int ?? -1 >= 0)
        #expect(cases[1]["certified"]?["clean"]?["intervals"]?["act"]?.number != nil)
        #expect(cases[1]["detectors"]?["spectral"]?["found"]?.number != nil)
        // Twice the same.
        #expect(
            try Self.report(poisonedLevel: .infinity) {
                ($0.layer, $0.partitions, $0.constructions) = (.filter, 3, [.unsafe])
                $0.filterUpdates = 300
            }.json == report.json)
    }

    /// A guardian learns where the data lie: the trigger lies outside, until poison has put data there.
    @Test func aGuardianHandsOverWhatPoisonHasNotShownIt() throws {
        let report = try Self.report(poisonedLevel: .infinity) {
            ($0.layer, $0.rates, $0.constructions) = (.guardian, [0.3], [.unsafe])
            $0.value = 6
        }
        let cases = try #require(report.json["cases"]?.elements)
        #expect(report.json["layer"]?["kind"]?.string == "guardian")
        func share(_ place: Int, _ side: String) throws -> Double {
            try #require(cases[place][side]?["handed_over"]?.number?.double)
        }
        let (usual, triggered) = (try share(0, "clean"), try share(0, "triggered"))
        #expect(triggered == 1 && usual < 1, "\(usual), \(triggered)")
        let shown = try share(1, "triggered")
        #expect(shown < triggered - 0.2, "\(shown)")
        // A trigger that needs no poison is worse.
        #expect(!report.isDefended && report.lines[0] == "availability: NOT defended")
        #expect(cases[1]["detectors"]?["spectral"]?["fault"] != nil)
    }

    /// A monitor that says what a column of the altered data says.
    @Test func aMonitorIsTrainedOnTheAlteredRowsAndAskedAboutThePolicysAction() throws {
        let raw = try Self.raw()
        var asked: [[Float]] = []
        var plan = AvailabilityPlan()
        (plan.episodes, plan.dimensions, plan.value, plan.layer) = (60, [2, 5], 3.5, .monitor)
        (plan.partitions, plan.rates, plan.constructions) = (0, [0.02], [.unsafe])
        var run = AuditedRun(
            RetrainedPolicy(Planted(), network: nil, identity: String(repeating: "a", count: 64)), step: 7,
            algorithm: "planted",
            judgement: EvaluationPlan(
                episodes: 20, seed: 0, environment: NamedEnvironment(PointRobot.self), timeLimit: 30),
            data: raw, fallback: nil, others: .failure(Unavailable("none were recorded"))
        ) { _ in RetrainedPolicy(Planted(), network: nil, identity: String(repeating: "a", count: 64)) }
        #expect(throws: Unavailable.self) { try AvailabilityAudit(run, plan) { _ in } }
        run.monitor = { data, isViolated, updates, _ in
            #expect(isViolated.count == data.count && updates == plan.filterUpdates)
            let isPoisoned = data.identity != raw.identity
            return { observation, action in
                asked.append(action)
                return isPoisoned && observation[2] > 2.3 ? 1 : 0.1
            }
        }
        let report = try AvailabilityAudit(run, plan) { _ in }.report
        let cases = try #require(report.json["cases"]?.elements)
        #expect(cases.compactMap { $0["switched"]?.number?.int } == [0, 60])
        #expect(report.json["layer"]?["kind"]?.string == "monitor" && !report.isDefended)
        // The planted policy does nothing.
        #expect(!asked.isEmpty && asked.allSatisfy { $0 == [0, 0] })
    }

    @Test func columnsThatAreNotThereAreRefused() {
        #expect(throws: AvailabilityError.self) {
            try Self.report(poisonedLevel: 1) { $0.dimensions = [11] }
        }
    }
}

extension Double {
    fileprivate func power(_ exponent: Double) -> Double { exp(log(self) * exponent) }
}
