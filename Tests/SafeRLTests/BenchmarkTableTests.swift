import Replay
import SafeRL
import Testing

@Suite struct BenchmarkTableTests {
    private func file(_ text: String) -> ConfigurationFile {
        ConfigurationFile(name: "b.json", bytes: Array(text.utf8))
    }

    private func plan(_ text: String) throws -> BenchmarkPlan {
        try BenchmarkPlan(file(text)) { "dsrl:" + $0.id }
    }

    private static let two = """
        {"tasks": [{"name": "a", "environment": "point-robot", "limits": [1, 4], "returns": [0, 10]},
                   {"task": "BallRun", "data": "b.hdf5"}],
         "methods": [{"configuration": "configs/bc.json"},
                     {"name": "M|x_y", "configuration": "m.json", "set": {"k.a": 1, "k.b": "t"}, "limit": "k.l"}],
         "seeds": [3, 5], "episodes": 7}
        """

    @Test func aTaskOfTheBenchmarkBringsItsConstants() throws {
        let plan = try plan(Self.two)
        let ball = try DSRLTask.named("BallRun")
        #expect(plan.tasks[1].limits == [10, 20, 40] && plan.tasks[1].returns == ball.rewardRange)
        #expect(plan.tasks[1].environment == "dsrl:OfflineBallRun-v0" && plan.tasks[1].stepLimit == 100)
        #expect(plan.methods[0].name == "bc" && plan.methods[1].overrides == ["k.a=1", "k.b=\"t\""])
        #expect(plan.seeds == [3, 5] && plan.episodes == 7)
    }

    @Test func aMethodIsTrainedAnewForALimitThatItLearns() throws {
        let plan = try plan(Self.two)
        let trials = plan.trials { $0 == 1 }
        // Two seeds, two tasks: one run of the first method, one for each limit of the second.
        #expect(trials.count == 2 * ((1 + 2) + (1 + 3)))
        #expect(Set(trials.map(\.folder)).count == trials.count)
        #expect(trials[0].folder == "a-bc-3" && trials[1].folder == "a-M_x_y-1-3")
        #expect(trials.prefix(7).allSatisfy { $0.seed == 3 })
    }

    @Test func meansAreOverLimitsAndIntervalsOverSeeds() throws {
        let plan = try plan(Self.two)
        func score(_ seed: UInt64, _ limit: Double, _ gained: Double, _ cost: Double) -> BenchmarkTable.Score
        {
            .init(task: 0, method: 0, seed: seed, limit: limit, totalReturn: gained, cost: cost)
        }
        let table = BenchmarkTable(
            plan, [score(3, 1, 4, 2), score(3, 4, 4, 2), score(5, 1, 8, 0), score(5, 4, 6, 0)])
        let cell = try #require(table.cell(task: 0, method: 0))
        // Seed 3: returns 0.4 and 0.4, costs 2 and 0.5; seed 5: 0.8 and 0.6, costs 0.
        #expect(abs(cell.totalReturn.value - 0.55) < 1e-12 && abs(cell.cost.value - 0.625) < 1e-12)
        #expect(cell.seeds == 2 && cell.isSafe && cell.certified == nil)
        // Student's 97.5 % quantile with one degree of freedom is 12.706.
        let interval = try #require(cell.totalReturn.interval)
        #expect(abs(interval.upperBound - (0.55 + 12.7062 * 0.15)) < 1e-3)
        #expect(cell.cost.interval?.lowerBound == 0)
        #expect(table.cell(task: 1, method: 0) == nil && table.cell(task: 0, method: 1) == nil)
        #expect(table.markdown.contains("**0.55 ("))
        #expect(table.markdown.contains("M\\|x_y") && table.latex.contains("M|x\\_y"))
    }

    @Test func aSeedCountsOnceAllItsLimitsAreJudged() throws {
        let plan = try plan(Self.two)
        let half = BenchmarkTable.Score(task: 0, method: 0, seed: 3, limit: 1, totalReturn: 1, cost: 0)
        #expect(BenchmarkTable(plan, [half]).cells.isEmpty)
    }

    @Test func aCostAboveTheLimitIsNotSafeAndNotBold() throws {
        let plan = try plan(Self.two)
        let scores = [1.0, 4.0].map {
            BenchmarkTable.Score(
                task: 0, method: 0, seed: 3, limit: $0, totalReturn: 10, cost: 4, isCertified: $0 == 4)
        }
        let cell = try #require(BenchmarkTable(plan, scores).cell(task: 0, method: 0))
        #expect(!cell.isSafe && cell.cost.value == 2.5)
        #expect(cell.certified?.passed == 1 && cell.certified?.of == 2)
        #expect(
            BenchmarkTable(plan, scores).markdown.contains("| 1.00 | 2.50, certified 1 of 2, 1 of 2 seeds |"))
    }

    @Test func publishedRowsStandWhereTheLimitsAreTheBenchmarks() throws {
        let table = BenchmarkTable(try plan(Self.two), [])
        #expect(table.published(task: 0).isEmpty)
        let caps = try #require(table.published(task: 1).first { $0.method == "CAPS" })
        #expect(caps.normalizedReturn == 0.19 && caps.normalizedCost == 0.94)
        let strict = Self.two.replacing(
            "\"task\": \"BallRun\"", with: "\"limits\": [5], \"task\": \"BallRun\"")
        #expect(BenchmarkTable(try plan(strict), []).published(task: 1).isEmpty)
    }

    @Test func thirtyEightTasksHavePublishedRowsOfNineMethods() {
        let rows = DSRLTask.all.map(\.publishedAtThreeLimits)
        #expect(rows.count == 38 && rows.allSatisfy { $0.count == 9 })
        // TraC and CAPS keep 34 of 38 tasks within the limit, BC 7.
        for (method, safe) in [("TraC", 34), ("CAPS", 34), ("BC", 7), ("CDT", 21)] {
            let costs = rows.flatMap { $0 }.filter { $0.method == method }.map(\.normalizedCost)
            #expect(costs.count { $0 <= 1 } == safe, "\(method)")
        }
    }

    private static let faults: [(String, String)] = [
        ("{}", "b.json:1:1: tasks: a list of objects is needed, at least one."),
        (
            #"{"tasks": [{"task": "BalRun"}], "methods": []}"#,
            #"b.json:1:21: task: BalRun: no DSRL task. Did you mean "BallRun"?"#
        ),
        (
            #"{"tasks": [{"name": "a", "environment": "e"}], "methods": []}"#,
            #"b.json:1:12: a task needs "limits", for example [10, 20, 40]."#
        ),
        (
            #"{"tasks": [{"task": "BallRun", "limits": [-1]}], "methods": []}"#,
            "b.json:1:43: a cost limit is a number that is not negative."
        ),
        (
            #"{"tasks": [{"task": "BallRun", "returns": "recorded"}], "methods": []}"#,
            #"b.json:1:43: returns: "recorded" needs "data" or "collect"."#
        ),
        (
            #"{"tasks": [{"task": "BallRun"}], "methods": [{}]}"#,
            #"b.json:1:46: a method needs a "configuration", for example "configs/bc-safe.json"."#
        ),
        (
            #"{"tasks": [{"task": "BallRun"}], "methods": [{"configuration": "a.json", "limt": "k"}]}"#,
            #"b.json:1:74: limt: unknown key. Did you mean "limit"?"#
        ),
        (
            #"{"tasks": [{"task": "BallRun"}, {"task": "BallRun"}], "methods": [{"configuration": "a.json"}]}"#,
            "b.json:1:11: tasks: BallRun stands there twice. Give each a name of its own."
        ),
        (
            #"{"tasks": [{"task": "BallRun"}], "methods": [{"configuration": "a.json"}], "seeds": [1, 1]}"#,
            "b.json:1:85: seeds: 1 stands there twice. Give each a name of its own."
        ),
        (
            #"{"tasks": [{"task": "BallRun"}], "methods": [{"configuration": "a.json"}], "seeds": [0.5]}"#,
            "b.json:1:86: a seed is a whole number that is not negative."
        ),
    ]

    @Test(arguments: faults)
    func aWrongFileIsRefusedWithItsPlace(_ text: String, _ message: String) {
        #expect { try plan(text) } throws: { "\($0)" == message }
    }
}
