import Environments
import Foundation
import SafeRL
import Testing

@Suite struct EnvironmentCheckTests {
    @Test func theBuiltInEnvironmentsPass() {
        #expect(EnvironmentCheck(PointRobot.self).table.components(separatedBy: "pass").count == 10)
        #expect(EnvironmentCheck(PointRobot.self).isPassed)
        #expect(EnvironmentCheck(PointRobotFromFeasibleStarts.self).isPassed)
    }

    @Test func aCheckSaysHowFarItIs() throws {
        var seen: [EnvironmentCheck.Progress] = []
        #expect(EnvironmentCheck(PointRobot.self, steps: 30) { seen.append($0) }.isPassed)
        let (first, last) = (try #require(seen.first), try #require(seen.last))
        #expect(first.promise.hasPrefix("30 random steps") && (first.resets, first.steps) == (0, 0))
        #expect(last.promise == "actions beyond their bounds are clipped" && last.resets >= 8)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.steps <= $1.steps && $0.resets <= $1.resets })
    }

    @Test func theExampleOfTheManualPassesAndStandsInIt() throws {
        let check = EnvironmentCheck(Corridor.self)
        #expect(check.isPassed, "\(check.table)")
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let example = try String(
            contentsOf: folder.appendingPathComponent("CorridorEnvironment.swift"), encoding: .utf8)
        let manual = folder.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Environments/README.md")
        #expect(try String(contentsOf: manual, encoding: .utf8).contains(example))
        #expect(example.split(separator: "\n").count < 30)
    }

    @Test func theExampleOfCollectingWorksAndStandsInTheManual() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let example = try String(
            contentsOf: folder.appendingPathComponent("CorridorCollection.swift"), encoding: .utf8)
        let manual = folder.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Environments/README.md")
        #expect(try String(contentsOf: manual, encoding: .utf8).contains(example))
        let rates = try Corridor.behaviours.map { behaviour in
            let record = try Corridor.collect(.episodes(20), behaviour: behaviour, seed: 1)
            let dataset = try TransitionDataset(record)
            // A walker that is careful throughout has no cost, which is worth a warning in a data set.
            let expected: [DatasetWarning] = behaviour == "careful" ? [.costNeverPositive()] : []
            #expect(dataset.episodes.count == 20 && dataset.warnings == expected)
            return record.costs.reduce(0, +) / Float(record.count)
        }
        #expect(rates[1] < rates[0])
    }

    @Test func eachBrokenPromiseIsNamed() {
        #expect(fault(Broken<BadName>.self) == "it is \"Bad Name\"")
        #expect(fault(Broken<EmptySpace>.self) == "the observation space has 0 lower and 0 upper bounds")
        #expect(fault(Broken<Unbounded>.self) == "element 0 of the action space is bounded by -inf and inf")
        #expect(fault(Broken<NoTime>.self) == "it is 0")
        #expect(
            fault(Broken<Unseeded>.self)
                == "two episodes of seed 0 differ; draw only from a stream made in reset")
        #expect(fault(Broken<SeedIgnored>.self) == "eleven seeds start alike; use the seed given to reset")
        #expect(
            fault(Broken<Shared>.self)
                == "stepping a copy changed the original; use values, not shared objects")
        #expect(
            fault(Broken<Unclipped>.self)
                == "an action of twice the bound acts differently from the bound itself; clip it in step")
        #expect(
            fault(Broken<SilentObservation>.self)
                == "step 0: element 0 of the observation is nan or was not written")
        #expect(
            fault(Broken<OutOfBounds>.self)
                == "step 0: element 0 of the observation is 99.0, outside -10.0 … 10.0")
        #expect(fault(Broken<BadReward>.self) == "step 0: the reward is inf")
        #expect(
            fault(Broken<NegativeCost>.self) == "step 0: a cost is -1.0; report harm as a positive number")
        #expect(
            fault(Broken<BadChannel>.self) == "\"Cost\" is no name; use 1 to 24 of a-z, 0-9, - and _")
        #expect(fault(Broken<TwiceNamed>.self) == "\"a\" stands there twice")
        #expect(fault(Broken<NoChannel>.self) == "there are 0 of them; 1 to 16 are possible")
        #expect(fault(Broken<MissingCost>.self) == "step 0: 1 costs for 2 channels (a, b)")
        #expect(
            fault(Broken<ExcessiveCost>.self)
                == "step 0: cost is 2.0, above 1.0, the largest that the environment states")
        #expect(fault(Broken<TwoLargest>.self) == "2 largest costs for 1 channels")
        #expect(fault(Broken<NoLargest>.self) == "a largest cost is 0.0")
        #expect(fault(Broken<Throwing>.self) == "the environment threw an error: out of order")
        #expect(fault(Broken<Sound>.self) == nil)
    }

    private func fault<Task: Environment>(_ environment: Task.Type) -> String? {
        EnvironmentCheck(environment, steps: 50).lines.compactMap(\.fault).first
    }
}
