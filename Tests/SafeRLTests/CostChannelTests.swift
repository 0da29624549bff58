import Foundation
import SafeRL
import Tensors
import Testing

/// Walks on a line: `left` costs 1 below 0, `fast` the length of a step beyond 0.5.
private struct TwoLimits: Environment {
    static let name = "two-limits"
    let observationSpace = Space.box(1, in: -.infinity ... .infinity)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 6
    let costNames = ["left", "fast"]
    var place: Float = 0

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        place = stream.nextUniform(in: -2..<1)
        observation[0] = place
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        let step = min(max(action[0], -1), 1)
        place += step
        observation[0] = place
        return StepOutcome(
            reward: step, costs: [place < 0 ? 1 : 0, max(abs(step) - 0.5, 0)],
            end: place > 3 ? .terminated : nil)
    }
}

extension TwoLimits {
    static let standardTransitions = 50
    static let behaviours = ["random", "rightwards"]

    static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        try CollectedTransitions(amount, in: Self.self, seed: seed) { _, _, stream in
            [behaviour == "random" ? stream.nextUniform(in: -1..<1) : 0.75]
        }
    }
}

/// Returns one cost and has two channels.
private struct OneCostTooFew: Environment {
    static let name = "too-few"
    let observationSpace = Space.box(1, in: -1...1)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 5
    let costNames = ["a", "b"]
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        observation[0] = 0
        return StepOutcome(reward: 0, cost: 0)
    }
}

/// Noise from each row's own stream.
private struct Wandering: Policy {
    let observationSize = 1
    let actionSize = 1
    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = streams[row].nextUniform(in: -1..<1) }
    }
}

@Suite struct CostChannelTests {
    // MARK: Steps

    @Test func theCostOfAStepIsTheSumOfItsChannels() {
        #expect(StepOutcome(reward: 0, costs: [0.25, 1, 0.5]).cost == 1.75)
        #expect(StepOutcome(reward: 0, cost: 0.1).cost == 0.1)
        #expect(StepOutcome(reward: 0, cost: 0.1).costs == [0.1])
    }

    @Test func slotsHaveTheNamesOfTheirValues() {
        #expect(EnvironmentVector(TwoLimits.self, slots: 2).costNames == ["left", "fast"])
        #expect(EnvironmentCheck(TwoLimits.self).isPassed)
    }

    // MARK: Recording

    @Test func aRecordHasEachChannelAndTheirSum() throws {
        let record = try TwoLimits.collect(.transitions(50), behaviour: "random", seed: 1)
        #expect(record.count == 50 && record.costNames == ["left", "fast"])
        for row in 0..<50 {
            #expect(record.channelCosts[0][row] == (record.nextObservations[row] < 0 ? 1 : 0))
            #expect(record.channelCosts[1][row] == max(abs(record.actions[row]) - 0.5, 0))
            #expect(record.costs[row] == record.channelCosts[0][row] + record.channelCosts[1][row])
        }
        #expect(record.channelCosts.allSatisfy { Set($0).count > 1 })
        #expect(record.terminals[49] || record.timeouts[49])
        let dataset = try TransitionDataset(record)
        #expect(dataset.costChannels.map(\.name) == ["fast", "left"])
        #expect(try Array(dataset.costChannel(named: "left").costs) == record.channelCosts[0])
    }

    @Test func aLongerRecordBeginsWithTheShorterOne() throws {
        let short = try TwoLimits.collect(.episodes(3), behaviour: "random", seed: 5)
        let long = try TwoLimits.collect(.episodes(9), behaviour: "random", seed: 5)
        #expect(short.episodes == 3 && long.episodes == 9)
        #expect(long.observations.prefix(short.count).elementsEqual(short.observations))
        #expect(long.actions.prefix(short.count).elementsEqual(short.actions))
        #expect(try TwoLimits.collect(.episodes(3), behaviour: "random", seed: 5) == short)
        #expect(try TwoLimits.collect(.episodes(3), behaviour: "random", seed: 6) != short)
        #expect(try TwoLimits.collect(.episodes(3), behaviour: "rightwards", seed: 5) != short)
    }

    @Test func whatIsAskedForByNumberIsTheFirstBehaviour() throws {
        #expect(
            try TwoLimits.collect(20, seed: 5)
                == TwoLimits.collect(.transitions(20), behaviour: "random", seed: 5))
    }

    /// An episode that its limit ends is truncated, one that its task ends terminated.
    @Test func episodesEndAsTheyDid() throws {
        let record = try TwoLimits.collect(.episodes(40), behaviour: "rightwards", seed: 3)
        for row in 0..<record.count {
            #expect(record.terminals[row] == (record.nextObservations[row] > 3))
            #expect(!(record.terminals[row] && record.timeouts[row]))
        }
        #expect(record.terminals.contains(true) && record.timeouts.contains(true))
    }

    // MARK: Evaluation

    private func evaluation(_ episodes: Int = 25) throws -> Evaluation {
        try Evaluator(episodes: episodes, seed: 4).run(Wandering(), in: TwoLimits.self, keeping: episodes)
    }

    @Test func anEpisodeKnowsWhatEachConstraintCost() throws {
        let evaluation = try evaluation()
        for (episode, places) in zip(evaluation.episodes, evaluation.traces) {
            let channels = try #require(episode.channels)
            #expect(channels.map(\.name) == ["left", "fast"])
            let left = places.dropFirst().map { $0 < 0 }
            #expect(channels[0].totalCost == Double(left.count { $0 }))
            #expect(channels[0].firstViolation == left.firstIndex(of: true).map { $0 + 1 })
            #expect(abs(channels[0].totalCost + channels[1].totalCost - episode.totalCost) < 1e-6)
            let first = channels.compactMap(\.firstViolation).min()
            #expect(episode.firstViolation == first)
        }
        let lines = try evaluation.episodes.jsonLines().split(separator: "\n")
        #expect(
            try lines.map { try JSONDecoder().decode(EpisodeRecord.self, from: Data($0.utf8)) }
                == evaluation.episodes)
        #expect(lines[0].contains("\"channels\":[{\"cost\":"))
    }

    @Test func theReportHasEachConstraint() throws {
        let episodes = try evaluation().episodes
        let report = EvaluationReport(episodes, seed: 4, confidence: 0.9)
        let channels = try #require(report.channels)
        #expect(channels.map(\.name) == ["left", "fast"])
        for (index, channel) in channels.enumerated() {
            // The same figures as of episodes that have this channel's costs only.
            let alone = try episodes.map { episode in
                let own = try #require(episode.channels)[index]
                let first = own.firstViolation.map { ",\"first_violation\":\($0)" } ?? ""
                let text =
                    "{\"episode\":\(episode.index),\"seed\":\(episode.seed),\"length\":\(episode.length),"
                    + "\"return\":0,\"cost\":\(own.totalCost),\"end\":\"truncated\"\(first)}"
                return try JSONDecoder().decode(EpisodeRecord.self, from: Data(text.utf8))
            }
            let expected = EvaluationReport(alone, seed: 4, confidence: 0.9)
            #expect(expected.channels == nil)
            #expect(channel.costMean == expected.costMean && channel.costDeviation == expected.costDeviation)
            #expect(channel.costInterval == expected.costInterval)
            #expect(channel.violationFreeShare == expected.violationFreeShare)
            #expect(channel.violationUpperBound == expected.violationUpperBound)
            #expect(channel.firstViolationMedian == expected.firstViolationMedian)
        }
        #expect(channels[0].costMean != channels[1].costMean)
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: Data(report.json().utf8)) == report)
    }

    @Test func theTableHasOneRowForEachConstraint() throws {
        let record = """
            {"channels":[{"cost":2,"first_violation":4,"name":"left"},{"cost":0,"name":"fast"}],"cost":2,\
            "end":"truncated","episode":0,"first_violation":4,"length":30,"return":3,"seed":13,"violated":true}
            """
        let episode = try JSONDecoder().decode(EpisodeRecord.self, from: Data(record.utf8))
        #expect(
            EvaluationReport([episode, episode], seed: 9).table == """
                Episodes           2, seed 9, mean length 30.0
                Return             3.000 ± 0.000
                Cost               2.000 ± 0.000
                Cost per episode   10 % ≤ 2, 50 % ≤ 2, 90 % ≤ 2, 99 % ≤ 2, largest 2, mean of the worst 5 % 2
                Without violation  0.0 %, 95 % interval 0.0 to 84.2 %
                Violation bound    at most 100.0 % at 95 % confidence
                First violation    step 4 (median)
                Cost left          2.000 ± 0.000; without violation 0.0 %, bound 100.0 %
                Cost fast          0.000 ± 0.000; without violation 100.0 %, bound 77.6 %
                Ended by the task  0.0 %, 95 % interval 0.0 to 84.2 %

                """)
    }

    @Test func aStepWithoutACostForEachChannelStopsTheEvaluation() {
        let error = #expect(throws: EvaluationError.self) {
            try Evaluator(episodes: 2, seed: 1).run(Wandering(), in: OneCostTooFew.self)
        }
        #expect(error == .wrongCosts(1, names: ["a", "b"], episode: 0, step: 0))
        #expect(
            error?.description == "episode 0, step 0: 1 costs for 2 channels (a, b). "
                + "Repair the environment (saferl env check); no figures were written.")
    }
}
