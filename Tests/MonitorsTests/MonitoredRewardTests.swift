import Environments
import Monitors
import SafeRL
import TestSupport
import Testing

/// Walks to the right by its action from a start that its seed says, along the border of what the monitor of `Danger` calls safe.
private struct Walk: Environment {
    static let name = "walk"
    let observationSpace = Space.box(2, in: -10...10)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 4
    var hasGoal = true
    var shown: [Float] = [0, 0]
    var isAtGoal: Bool? { hasGoal ? shown[0] >= 0.3 : nil }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        // Seed 1 begins where it is unsafe, seed 2 where nothing can be judged.
        shown = seed == 1 ? [0, 3] : seed == 2 ? [.nan, 0] : [0, -1]
        hasGoal = seed != 3
        for place in 0..<2 { observation[place] = shown[place] }
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        shown[0] += action[0]
        for place in 0..<2 { observation[place] = shown[place] }
        // Without a goal the task cuts the episode where the goal would be.
        let end: EpisodeEnd? = !(shown[0] >= 0.3) ? nil : hasGoal ? .terminated : .truncated
        return StepOutcome(reward: 1, cost: action[0] < 0 ? 1 : 0, end: end)
    }
}

/// The reward of training with a monitor adds up to what is said of whole episodes.
@Suite struct MonitoredRewardTests {
    private static func watch() throws -> MonitorWatch {
        MonitorWatch(try Danger.monitor.get(), sha256: "a", mode: .loose)
    }

    /// The rewards of an episode.
    private func rewards(
        _ kind: GuardConfiguration.Reward, seed: UInt64, actions: [Float], scale: Double = 2
    ) throws -> [Float] {
        let place = try MonitoredReward(
            EnvironmentVector(Walk.self, slots: 1), Self.watch(), kind: kind,
            scale: HybridReward(scale: scale))
        var observations = [Float](repeating: 0, count: 2)
        var span = observations.mutableSpan
        try place.reset([0], seeds: [seed], observations: &span)
        return try actions.map { try place.step([0], actions: [$0].span, observations: &span)[0].reward }
    }

    @Test func whatReachesItsGoalSafelyKeepsItsReward() throws {
        #expect(try rewards(.hybrid, seed: 0, actions: [0.1, 0.1, 0.15]) == [1, 1, 1])
        #expect(try rewards(.safety, seed: 0, actions: [0.1, 0.1, 0.15]) == [0, 0, 0])
        #expect(try rewards(.task, seed: 0, actions: [0, 0, 0, 0]) == [1, 1, 1, 1])
    }

    @Test func whatStopsWhereItIsSafeIsWorthMinusFiveDeviations() throws {
        #expect(try rewards(.hybrid, seed: 0, actions: [0, 0, 0, 0]) == [1, 1, 1, -13])
        #expect(try rewards(.safety, seed: 0, actions: [0, 0, 0, 0]) == [0, 0, 0, 0])
    }

    @Test(arguments: [1, 2] as [UInt64])
    func whatGoesOnWhereItIsUnsafeIsWorthMinusTenDeviations(_ seed: UInt64) throws {
        #expect(try rewards(.hybrid, seed: seed, actions: [0, 0, 0, 0]) == [-20, 0, 0, 0])
        #expect(try rewards(.safety, seed: seed, actions: [0, 0, 0, 0]) == [-20, 0, 0, 0])
    }

    @Test func aCostIsUnsafeWhateverTheMonitorSays() throws {
        #expect(try rewards(.hybrid, seed: 0, actions: [-0.1, 0.2, 0.2]) == [-20, 0, 0])
    }

    @Test func withoutAGoalOnlyAnEpisodeThatIsCutEarlyIsStopped() throws {
        #expect(try rewards(.hybrid, seed: 3, actions: [0, 0, 0, 0]) == [1, 1, 1, 1])
        #expect(try rewards(.hybrid, seed: 3, actions: [0, 0.4]) == [1, -11])
    }

    @Test func aMonitorOfOtherSizesIsRefused() throws {
        #expect(throws: MonitorError.self) {
            try MonitoredReward(
                EnvironmentVector(PointMass.self, slots: 1), try Self.watch(),
                kind: .hybrid,
                scale: HybridReward(scale: 1))
        }
    }
}
