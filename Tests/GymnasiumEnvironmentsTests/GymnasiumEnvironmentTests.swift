import Foundation
import GymnasiumEnvironments
import SafeRL
import Testing

// Without python3 there is no worker to talk to.
@Suite(.enabled(if: Fakes.isPythonHere)) struct GymnasiumEnvironmentTests {
    @Test func theHandshakeTellsSpacesLimitAndVersions() throws {
        let walk = try Fakes.make("Walk", slots: 3, workers: 2)
        #expect(walk.name == "python:fakes:Walk")
        #expect(walk.observationSpace == .box(2, in: -.infinity ... .infinity))
        #expect(walk.actionSpace == .box(2, in: -1...1))
        #expect((walk.timeLimit, walk.slots) == (50, 3))
        #expect(walk.processIdentifiers.count == 2)
        #expect(walk.versions["python"]?.hasPrefix("3.") == true)
        #expect(try Fakes.make("Walk?steps=7").timeLimit == 7)
        #expect(try Fakes.make("NoLimit?steps=9").timeLimit == 9)
    }

    @Test func aStepScalesAndClipsItsActionAndCarriesEveryNumber() throws {
        var walk = Episodes(try Fakes.make("Walk"))
        try walk.reset()
        // The fake's own bounds are −2 … 2 and −1 … 3.
        for (given, meant) in [([-1, 1], [-2, 3]), ([0.5, 0], [1, 1]), ([9, -9], [2, -1])]
            as [([Float], [Float])]
        {
            let before = walk.observations
            let outcome = try walk.step(nil, given)[0]
            let after = zip(before, meant).map { $0 + $1 / 10 }
            #expect(zip(walk.observations, after).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(outcome.reward == meant[0])
            #expect(outcome.cost == (hypot(walk.observations[0], walk.observations[1]) > 1 ? 1 : 0))
        }
    }

    @Test func terminatedAndTruncatedAreToldApart() throws {
        var out = Episodes(try Fakes.make("Walk"))
        try out.reset()
        var last: EpisodeEnd?
        for _ in 0..<40 where last == nil { last = try out.step(nil, [1, 1])[0].end }
        #expect(last == .terminated)
        for kind in ["Walk", "FourValues", "SixValues"] {
            var still = Episodes(try Fakes.make(kind))
            try still.reset()
            let ends = try (0..<50).map { _ in try still.step(nil, [0, -0.5])[0].end }
            #expect(ends == Array(repeating: nil, count: 49) + [.truncated], "\(kind)")
        }
    }

    @Test(arguments: ["Walk", "Global", "State", "Chatty"])
    func aSlotsCourseDoesNotDependOnTheOthers(_ kind: String) throws {
        func course(_ slots: Int, workers: Int) throws -> [[Float]] {
            var episodes = Episodes(try Fakes.make(kind, slots: slots, workers: workers))
            try episodes.reset()
            let size = episodes.environment.observationSpace.size
            return try (0..<8).map { _ in
                let outcomes = try episodes.step(nil, Array(repeating: 0.25, count: slots * 2))
                // Slot 2, whose seed is 2.
                return Array(episodes.observations[2 * size..<3 * size]) + [outcomes[2].reward]
            }
        }
        let expected = try course(3, workers: 1)
        #expect(Set(expected).count == (kind == "State" ? 1 : 8))
        for (slots, workers) in [(3, 2), (3, 3), (7, 2), (20, 2)] {
            #expect(try course(slots, workers: workers) == expected)
        }
    }

    @Test func someSlotsCanBeSteppedAlone() throws {
        var episodes = Episodes(try Fakes.make("Walk", slots: 5, workers: 2))
        try episodes.reset()
        let before = episodes.observations
        try episodes.step([3, 0], [1, 0, 1, 0])
        for slot in [1, 2, 4] {
            #expect(episodes.observations[2 * slot..<2 * slot + 2] == before[2 * slot..<2 * slot + 2])
        }
        for slot in [0, 3] { #expect(episodes.observations[2 * slot] == before[2 * slot] + 0.2) }
    }

    @Test func choicesAreCountedFromZeroWhateverTheirFirstNumber() throws {
        let environment = try Fakes.make("Choice")
        #expect(environment.actionSpace == .discrete(count: 2))
        var episodes = Episodes(environment)
        try episodes.reset()
        let before = episodes.observations[0]
        #expect(try episodes.step(nil, [0])[0].reward == -1)
        #expect(try episodes.step(nil, [1])[0].reward == 1)
        #expect(abs(episodes.observations[0] - before) < 1e-6)
        #expect(try Fakes.make("State").observationSpace == .discrete(count: 2))
    }

    @Test func oneElementIsANumberWhateverNumPySaysOfConvertingIt() throws {
        func course(_ kind: String) throws -> [[Float]] {
            var episodes = Episodes(try Fakes.make(kind, slots: 2))
            try episodes.reset()
            return try (0..<20).map { _ in
                let outcomes = try episodes.step(
                    nil, kind == "OneState" || kind == "State" ? [1, 1, 0, 0] : nil)
                return episodes.observations + outcomes.flatMap { [$0.reward, $0.cost] }
            }
        }
        #expect(try course("OneElement") == course("Walk"))
        #expect(try course("OneState") == course("State"))
    }

    @Test func everyNamedCostHasAChannelOfItsOwn() throws {
        let walk = try Fakes.make("TwoCosts?costs=left,far", slots: 3, workers: 2)
        #expect(walk.costNames == ["left", "far"])
        #expect(walk.largestCosts == nil)
        var episodes = Episodes(walk)
        try episodes.reset()
        for _ in 0..<25 {
            let outcomes = try episodes.step()
            for (slot, outcome) in outcomes.enumerated() {
                let (x, y) = (episodes.observations[2 * slot], episodes.observations[2 * slot + 1])
                #expect(outcome.costs == [x < 0 ? 0.5 : 0, hypot(x, y) > 1 ? 1 : 0])
            }
        }
        let declared = try Fakes.make("Declared")
        #expect(declared.costNames == ["far", "left"])
        #expect(declared.largestCosts == [1, 0.5])
        #expect(LargestEpisodeCost.stated(by: declared, channel: "far") == 50)
        #expect(try Fakes.make("Walk").costNames == ["cost"])
    }

    @Test func aTaskWithoutCostsIsRunWhenItIsDeclaredSo() throws {
        var episodes = Episodes(try Fakes.make("NoCost?cost=none"))
        try episodes.reset()
        #expect(try episodes.step()[0].cost == 0)
    }

    @Test func framesLongerThanAPipeHoldGoBothWays() throws {
        var wide = Episodes(try Fakes.make("Wide"))
        try wide.reset()
        let actions = (0..<100_000).map { Float($0 % 7) / 7 - 0.5 }
        let outcome = try wide.step(nil, actions)[0]
        #expect(wide.observations == actions)
        #expect(abs(outcome.reward - actions.reduce(0, +)) < 0.5)
    }

    @Test func aPictureComesFromTheSlotThatIsAsked() throws {
        var episodes = Episodes(try Fakes.make("Walk", slots: 3, workers: 2))
        try episodes.reset()
        try episodes.step([2], [0, 0])
        let frame = try #require(try episodes.environment.frame(of: 2))
        #expect((frame.width, frame.height) == (3, 2))
        #expect(frame.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 4, 5, 6])
        #expect(try episodes.environment.frame(of: 1)?.pixels[0] == 0)
    }

    @Test func anEnvironmentOfAWorkerKeepsTheContract() throws {
        for kind in ["Walk", "Choice", "Global", "FourValues", "OneElement", "Declared", "Five"] {
            let check = try EnvironmentCheck(Fakes.make(kind, slots: 2), steps: 120)
            #expect(check.isPassed, "\(kind): \(check.table)")
            #expect(check.lines.contains { $0.promise == "slots are independent" })
        }
    }
}
