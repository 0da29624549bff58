import Replay
import Testing

@Suite struct PublishedScoresTests {
    /// The averages that the table itself prints, by suite; return and cost of its seven methods.
    private static let averages: [(suite: DSRLTask.Suite, tasks: Int, values: [(Double, Double)])] = [
        (
            .safetyGymnasium, 9,
            [
                (0.35, 6.05), (0.50, 4.31), (0.38, 11.38), (0.02, 10.58), (0.29, 5.94), (0.28, 1.36),
                (0.30, 0.35),
            ]
        ),
        (
            .bullet, 8,
            [
                (0.72, 10.58), (0.63, 2.09), (0.71, 10.63), (0.32, 5.28), (0.55, 7.64), (0.56, 2.45),
                (0.39, 0.10),
            ]
        ),
        (
            .metaDrive, 9,
            [
                (0.40, 3.21), (0.25, 1.45), (0.59, 7.48), (-0.06, 0.24), (0.63, 10.26), (0.13, 3.18),
                (0.36, 0.25),
            ]
        ),
    ]

    /// Entries and averages are rounded to 0.01 each, so they may be 0.01 apart.
    @Test func theRowsHaveTheAveragesThatTheTablePrints() throws {
        for (suite, tasks, averages) in Self.averages {
            let rows = DSRLTask.all.filter { $0.suite == suite }.map(\.publishedScores).filter { !$0.isEmpty }
            #expect(rows.count == tasks)
            for (method, average) in averages.enumerated() {
                let scores = rows.map { $0[method] }
                let mean = scores.map(\.normalizedReturn).reduce(0, +) / Double(tasks)
                let cost = scores.map(\.normalizedCost).reduce(0, +) / Double(tasks)
                #expect(abs(mean - average.0) <= 0.0101, "\(suite) \(scores[0].method): return \(mean)")
                #expect(abs(cost - average.1) <= 0.0101, "\(suite) \(scores[0].method): cost \(cost)")
            }
        }
    }

    @Test func methodsHaveTheirNamesAndTasksWithoutARowNone() throws {
        let scores = try DSRLTask.named("BallRun").publishedScores
        #expect(scores.map(\.method) == ["BC", "CDT", "BCQ-Lag", "CPQ", "COptiDICE", "TREBI", "FISOR"])
        #expect(scores.last == PublishedScore(method: "FISOR", normalizedReturn: 0.18, normalizedCost: 0))
        #expect(try DSRLTask.named("HopperVelocity").publishedScores.isEmpty)
    }

    @Test func officialFilesHaveOneHostAndSimulatorsTheirNames() throws {
        let task = try DSRLTask.named("HopperVelocity")
        #expect(
            task.officialAddress
                == "https://huggingface.co/datasets/YYY-45/DSRL/resolve/main/"
                + "SafetyHopperVelocityGymnasium-v1-250-2240.hdf5")
        #expect(task.simulatorName == "SafetyHopperVelocity-v1")
        #expect(Set(DSRLTask.all.map(\.officialAddress)).count == 38)
    }
}
