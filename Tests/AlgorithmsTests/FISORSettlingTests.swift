import Algorithms
import SafeRL
import Testing

/// When the critics' own stage of FISOR ends, and what is said of it.
@Suite struct FISORSettlingTests {
    private static func configuration(
        settling: Float, first: Int, interval: Int = 40
    ) -> FISOR.Configuration {
        var c = FISOR.Configuration.tiny
        (c.settling, c.settlingInterval, c.heldOutShare, c.criticsFirst) = (settling, interval, 0.2, first)
        // Few steps ahead and fast averages: such critics arrive within hundreds of updates.
        (c.discount, c.criticTargetRate, c.learningRate, c.criticRows) = (0.5, 0.1, 0.01, 64)
        return c
    }

    @Test func driftIsTheChangeOverFourLooksRelativeToTheirSize() {
        var watch = CriticsWatch()
        for index in 0..<7 {
            var look = CriticsWatch.Look()
            (look.reward, look.rewardSize) = (3 * Double(index), 2)
            (look.feasibility, look.feasibilitySize) = (-0.5 * Double(index), 4)
            (look.feasibleShare, look.rewardError) = (0.25 + 0.01 * Double(index), 0.5)
            look.feasibilityError = 1 - 0.02 * Double(index)
            watch.add(look)
            #expect((watch.drift == nil) == (index < 4))
        }
        let drift = watch.drift
        #expect(drift?.reward == 6 && drift?.feasibility == 0.5)
        #expect(abs((drift?.feasibleShare ?? 0) - 0.04) < 1e-12 && abs((drift?.error ?? 0) - 0.08) < 1e-12)
        #expect(drift?.largest == 6 && watch.isSettled(within: 6) && !watch.isSettled(within: 5.9))
    }

    @Test func noUpdateSeesTheEpisodesThatCriticsAreJudgedBy() throws {
        let fisor = try FISOR(Self.configuration(settling: 0.1, first: 50), on: randomTransitions(), seed: 3)
        var drawn: Set<Int32> = []
        for _ in 0..<200 {
            _ = try fisor.update(.critics)
            drawn.formUnion(fisor.batch.indices)
        }
        // 10 episodes of 20 rows, of which 2 are kept apart.
        let unseen = Set(0..<Int32(200)).subtracting(drawn).sorted()
        #expect(unseen == (40..<60).map(Int32.init) + (140..<160).map(Int32.init), "\(unseen)")
    }

    @Test func criticsThatHaveArrivedEndTheirStageAndOthersDoNot() throws {
        let settled = try FISOR(
            Self.configuration(settling: 0.2, first: 4000), on: randomTransitions(), seed: 3
        ).stages(steps: 4010)
        let critics = settled[0]
        var updates = 0
        while updates < critics.updates && !critics.isComplete {
            _ = try critics.update()
            updates += 1
        }
        #expect(updates >= 160 && updates < 4000 && updates % 40 == 0, "\(updates)")
        #expect(
            critics.remark
                == StageRemark("critics: settled after \(updates) of at most 4000 updates"))
        #expect(!settled[1].isComplete && settled[1].remark == nil)

        let never = try FISOR(
            Self.configuration(settling: 0, first: 4000), on: randomTransitions(), seed: 3
        ).stages(steps: 4010)[0]
        for _ in 0..<updates { _ = try never.update() }
        #expect(!never.isComplete && never.remark == nil)
    }

    @Test func aPolicyOnCriticsThatStillMoveIsWarnedAbout() throws {
        var c = Self.configuration(settling: 0.01, first: 200)
        (c.discount, c.criticTargetRate, c.learningRate) = (0.99, 0.005, 1e-3)
        let critics = try FISOR(c, on: randomTransitions(), seed: 3).stages(steps: 201)[0]
        for _ in 0..<120 { _ = try critics.update() }
        #expect(critics.remark?.text.contains("too few to tell") == true)
        for _ in 0..<80 { _ = try critics.update() }
        let remark = try #require(critics.remark)
        #expect(remark.isWarning && !critics.isComplete)
        #expect(
            remark.text.hasPrefix(
                "critics: not settled after 200 of at most 200 updates: in the last 160 V_r moved by "))
        #expect(remark.text.hasSuffix(" Raise fisor.criticsFirst, and schedule.steps by as much."))
    }

    @Test func recordedOutcomesAreTheEpisodesOwn() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for (row, cost) in ([0, 1, 0, 0] as [Float]).enumerated() {
            columns.append(
                observation: [Float(row)], action: [0], nextObservation: [Float(row + 1)],
                reward: Float(1 << row), cost: cost, terminated: row == 2, truncated: row == 3)
        }
        let data = try TransitionDataset(columns)
        data.transforms = Transforms(rewardScale: 2, rewardShift: 1)
        var c = FISOR.Configuration.tiny
        c.discount = 0.5
        // h is −1, 25, −1 and −1: 25 = (25 + 25) / 2, 12 = (−1 + 25) / 2; behind the end at row 2 another episode begins.
        #expect(RecordedOutcomes(of: data, c).violations == [12, 25, -1, -1])
        // Rewards are 3, 5, 9 and 17 after the transform.
        #expect(RecordedOutcomes(of: data, c).returns == [7.75, 9.5, 9, 17])
        c.objective = .costValue()
        #expect(RecordedOutcomes(of: data, c).violations == [0.5, 1, 0, 0])
    }

    @Test func criticsStartFromWhatWasRecorded() throws {
        func fisor(recordedFirst: Int) throws -> FISOR {
            var c = Self.configuration(settling: 0.9, first: 600)
            (c.recordedFirst, c.discount) = (recordedFirst, 0.9)
            return try FISOR(c, on: randomTransitions(), seed: 3)
        }
        let (first, longer) = (try fisor(recordedFirst: 300), try fisor(recordedFirst: 301))
        for _ in 0..<300 {
            #expect(!first.hasSettled)
            _ = try first.update(.critics)
            _ = try longer.update(.critics)
        }
        // A low expectile of what was recorded, far from where networks begin.
        let outcomes = RecordedOutcomes(of: try randomTransitions(), .tiny)
        let mean = outcomes.violations.reduce(0, +) / 200
        #expect(first.metrics.vhMean > 0.2 * mean && first.metrics.vhMean < mean)
        #expect(first.fingerprint == longer.fingerprint)
        // From here on the targets are the critics' own.
        _ = try first.update(.critics)
        _ = try longer.update(.critics)
        #expect(first.fingerprint != longer.fingerprint)
    }

    @Test func settlingNeedsEpisodesAndAStage() {
        var c = Self.configuration(settling: 0.1, first: 100)
        c.heldOutShare = 0
        #expect(throws: OptionIssue.self) { try c.validate() }
        c = Self.configuration(settling: 0.1, first: 0)
        #expect(throws: OptionIssue.self) { try c.validate() }
        #expect(throws: Never.self) { try Self.configuration(settling: 0.1, first: 100).validate() }
    }

    @Test func looksThatNoRunHasStoredAreUnsound() throws {
        var watch = CriticsWatch()
        watch.add(CriticsWatch.Look())
        try watch.check()
        var look = CriticsWatch.Look()
        look.reward = .nan
        watch.add(look)
        #expect(throws: UnsoundValue.self) { try watch.check() }
    }

    @Test func choicesAreRefusedByNameAndNotByATrap() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 3)
        for row in 0..<4 {
            columns.append(
                observation: [0], action: [Float(row % 3)], nextObservation: [1], reward: 0, cost: 0,
                terminated: row == 3, truncated: false)
        }
        let data = try TransitionDataset(columns)
        #expect { try FISOR(.tiny, on: data, seed: 1) } throws: {
            ($0 as? OptionIssue)?.message.contains("one of 3 choices") == true
        }
    }
}
