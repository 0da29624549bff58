import Environments
import SafeRL
import Testing

@Suite struct PointRobotCollectionTests {
    private let record = PointRobot.collect(.transitions(4000), behaviour: "standard", seed: 3)

    @Test func equalSeedsGiveEqualDataAndOthersDoNot() throws {
        #expect(try PointRobot.collect(4000, seed: 3) == record)
        #expect(try PointRobot.collect(4000, seed: 4) != record)
    }

    /// The hash is from before behaviours had names; sines of another C library may round differently, and so the data.
    @Test func theStandardDataAreWhatTheyAlwaysWere() throws {
        #expect(
            try TransitionDataset(record).identity
                == "8e51c96fde232a79a89dc7c49f3640cc75149334752feb57ed3c10dcd9ba4caa")
    }

    @Test func theStandardDataAreRandomActionsAndThenTheController() throws {
        let random = PointRobot.collect(.transitions(2000), behaviour: "random", seed: 3)
        #expect(record.observations[..<(11 * 2000)].elementsEqual(random.observations))
        #expect(record.actions[..<(2 * 2000)].elementsEqual(random.actions))
        #expect(Set(PointRobot.behaviours) == ["standard", "random", "controller"])
    }

    @Test(arguments: PointRobot.behaviours) func episodesAreCountedAndWhole(behaviour: String) {
        let cohort = PointRobot.collect(.episodes(7), behaviour: behaviour, seed: 2)
        #expect(cohort.episodes == 7)
        #expect(cohort.terminals[cohort.count - 1] || cohort.timeouts[cohort.count - 1])
        #expect(cohort == PointRobot.collect(.episodes(7), behaviour: behaviour, seed: 2))
    }

    @Test func theNumberOfRowsIsExact() throws {
        #expect(record.count == 4000)
        #expect(try PointRobot.collect(101, seed: 1).count == 101)
        #expect(record.observations.count == 11 * 4000 && record.nextObservations.count == 11 * 4000)
        #expect(record.actions.count == 2 * 4000 && record.constraintValues.count == 4000)
    }

    @Test func theLastRowEndsAnEpisodeAndNoRowHasTwoEndings() {
        #expect(record.terminals[3999] || record.timeouts[3999])
        #expect(record.terminals[1999] || record.timeouts[1999])  // the halves share no episode
        #expect(!zip(record.terminals, record.timeouts).contains { $0 && $1 })
        #expect(record.terminals.contains(true) && record.timeouts.contains(true))
    }

    @Test func theConstraintBelongsToTheStateOfTheActionAndTheCostToTheNext() {
        for row in 0..<record.count {
            let now = nearestHazard(record.observations, row)
            let next = nearestHazard(record.nextObservations, row)
            #expect(abs(record.constraintValues[row] - (0.8 - now)) < 1e-6)
            #expect(abs(0.8 - next) < 1e-6 || record.costs[row] == (next < 0.8 ? 1 : 0))
        }
    }

    @Test func consecutiveRowsOfAnEpisodeAreConnected() {
        for row in 1..<record.count where !record.terminals[row - 1] && !record.timeouts[row - 1] {
            #expect(
                record.observations[11 * row..<11 * row + 11].elementsEqual(
                    record.nextObservations[11 * (row - 1)..<11 * row]))
        }
    }

    @Test func actionsStayInBoundsAndEveryNumberIsFinite() {
        #expect(record.actions.allSatisfy { abs($0) <= 1 })
        let all = record.observations + record.nextObservations + record.rewards + record.constraintValues
        #expect(all.allSatisfy { $0.isFinite })
        #expect(record.costs.allSatisfy { $0 == 0 || $0 == 1 })
    }

    @Test func theControllerWithoutNoiseReachesTheFiguresOfTheSpecification() throws {
        let evaluation = try Evaluator(episodes: 1_000, seed: 1).run(
            PointRobot.ScriptedPolicy(), in: PointRobotFromFeasibleStarts.self)
        let report = EvaluationReport(evaluation.episodes, seed: 1)
        print(report.table)
        #expect(try #require(report.goalShare) >= 0.82)
        #expect(report.violationFreeShare >= 0.99)
    }

    private func nearestHazard(_ observations: [Float], _ row: Int) -> Float {
        min(observations[11 * row + 5], observations[11 * row + 8])
    }
}
