import Tensors

/// Who is to blame for a failure in the middle of an evaluation: only the environment's own can be retried.
enum EnvironmentFailure: Error {
    case evaluation(EvaluationError)
    case environment(any Error)
    case policy(any Error)
}

/// The episodes of an evaluation: which wait, which run in which slot, and what the finished ones amounted to.
struct RunningEpisodes {
    private let evaluator: Evaluator
    private let environment: any VectorEnvironment
    private let shield: (any ActionShield)?
    private let traced: Int
    private let limit: Int
    private let (observationSize, actionSize): (Int, Int)
    private let actionChoices: Int?
    private let costNames: [String]
    private let largestCosts: [Float]?
    private var freeSlots: [Int]
    private var waiting: [Int]
    private var running: [RunningEpisode] = []
    private var streams: [RandomStream] = []
    private var finished: [RunningEpisode] = []
    /// Episodes that went back in the present round, with the streams in which they go on in the next.
    private var aside: [(episode: RunningEpisode, stream: RandomStream)] = []

    init(
        _ evaluator: Evaluator, _ environment: any VectorEnvironment, shield: (any ActionShield)?, traced: Int
    ) {
        (self.evaluator, self.environment, self.traced) = (evaluator, environment, traced)
        self.shield = shield
        limit = evaluator.timeLimit ?? environment.timeLimit
        (observationSize, actionSize) = (environment.observationSpace.size, environment.actionSpace.size)
        actionChoices = environment.actionSpace.choices
        (costNames, largestCosts) = (environment.costNames, environment.largestCosts)
        // Taken from the end, so that episodes start in the order of their numbers and slots.
        freeSlots = (0..<min(evaluator.slots, environment.slots)).reversed()
        waiting = (0..<evaluator.episodes).reversed()
    }

    /// Whether nothing waits and nothing runs.
    var areFinished: Bool { waiting.isEmpty && running.isEmpty && aside.isEmpty }

    /// The finished episodes in order, with the observations and actions of the first ones.
    func result() -> Evaluation {
        let ordered = finished.sorted { $0.record.index < $1.record.index }
        var result = Evaluation(
            traces: ordered.prefix(traced).map(\.trace), actions: ordered.prefix(traced).map(\.actions))
        result.episodes = ordered.map(\.record)
        return result
    }

    /// Puts every running episode back, to be started again with the same seed and random stream.
    mutating func startAgain() {
        let left = running + aside.map(\.episode)
        waiting += left.map(\.record.index)
        waiting.sort(by: >)
        freeSlots += left.map(\.slot)
        freeSlots.sort(by: >)
        (running, streams, aside) = ([], [], [])
    }

    /// Starts what can be started, then one call of the policy and one step of every running episode.
    mutating func advance(_ policy: inout any Policy) throws(EnvironmentFailure) {
        (running, streams) = (running + aside.map(\.episode), streams + aside.map(\.stream))
        aside = []
        try start(for: policy)
        if let depth = shield?.rollBackDepth, depth > 0 {
            for row in running.indices { running[row].remember(environment, atMost: depth) }
        }
        let actions = try self.actions(of: &policy)
        guard !running.isEmpty else { return }
        let outcomes = try step(actions)
        for (row, outcome) in outcomes.enumerated() {
            try take(outcome, in: row)
            if running[row].record.index < traced {
                running[row].actions += actions[row * actionSize..<(row + 1) * actionSize]
            }
        }
        // Let go after all rows are checked, so that a fault names the first episode that has one.
        let isEnd = running.indices.map { outcomes[$0].end != nil || isOver(running[$0]) }
        let ended = Set(running.indices.filter { isEnd[$0] })
        if let shield {
            for row in running.indices {
                shield.settle(
                    running[row].record.index, isEnd: isEnd[row],
                    isViolation: outcomes[row].cost > 0)
            }
        }
        guard !ended.isEmpty else { return }
        finish(ended) { outcomes[$0].end ?? .truncated }
    }

    /// Lets go of episodes that came to their end, by a step or by a shield, which is no end of the task's.
    private mutating func finish(
        _ ended: Set<Int>, letting gone: Set<Int> = [], by end: ((Int) -> EpisodeEnd)? = nil
    ) {
        for row in ended.sorted() {
            running[row].record.close(
                end?(row) ?? .truncated, reachedGoal: environment.isAtGoal(running[row].slot),
                isStopped: end == nil)
            finished.append(running[row])
        }
        freeSlots = (freeSlots + ended.map { running[$0].slot }).sorted(by: >)
        keep { !ended.contains($0) && !gone.contains($0) }
    }

    private mutating func keep(_ isKept: (Int) -> Bool) {
        let kept = running.indices.filter(isKept)
        (running, streams) = (kept.map { running[$0] }, kept.map { streams[$0] })
    }

    private func isOver(_ episode: RunningEpisode) -> Bool { episode.record.length >= limit }

    /// Gives every free slot a waiting episode.
    ///
    /// - Parameter policy: for whose memory there is to be room, and which judges the starts.
    /// - Throws: `EnvironmentFailure`.
    private mutating func start(for policy: any Policy) throws(EnvironmentFailure) {
        let count = min(freeSlots.count, waiting.count)
        guard count > 0 else { return }
        let slots = Array(freeSlots.suffix(count).reversed())
        let indices = Array(waiting.suffix(count).reversed())
        let seeds = indices.map { Evaluator.resetSeed(evaluator.seed, episode: $0) }
        var observations = [Float](repeating: .nan, count: count * observationSize)
        do {
            var span = observations.mutableSpan
            try environment.reset(slots, seeds: seeds, observations: &span)
        } catch { throw .environment(error) }
        freeSlots.removeLast(count)
        waiting.removeLast(count)
        for (row, index) in indices.enumerated() {
            let first = Array(observations[row * observationSize..<(row + 1) * observationSize])
            // One start at a time, so that its value does not depend on which others begin with it.
            let value = policy.feasibilityValues(of: first.span)?.first
            let record = EpisodeRecord(
                index: index, seed: seeds[row], costNames: costNames, startFeasibility: value)
            let episode = RunningEpisode(
                slot: slots[row], record: record, observation: first, past: PolicyPast(of: policy),
                trace: index < traced ? first : [])
            shield?.begin(index)
            running.append(episode)
            streams.append(
                RandomStream(
                    seed: evaluator.seed, for: .action, index: UInt32(truncatingIfNeeded: index)))
            try check("an observation", first[...], of: record)
            if let value { try check("the policy's feasibility value of the start", [value], of: record) }
        }
    }

    /// What is done in each running episode, `[running.count, actionSize]`.
    ///
    /// It is what the policy proposes, or what a shield does instead; episodes that the shield stops no longer run.
    private mutating func actions(of policy: inout any Policy) throws(EnvironmentFailure) -> [Float] {
        let seen = running.flatMap(\.seen)
        var actions = [Float](repeating: .nan, count: running.count * actionSize)
        var carried = running.flatMap(\.past.carried)
        let starts = shield != nil && policy.proposing != nil ? streams : []
        // Local spans end before the arrays are read again.
        do {
            var actionSpan = actions.mutableSpan, carriedSpan = carried.mutableSpan
            var streamSpan = streams.mutableSpan
            try policy.act(
                on: seen.span, carrying: &carriedSpan, actions: &actionSpan, using: &streamSpan)
        } catch { throw .policy(error) }
        let size = policy.carriedSize
        let next = running.indices.map { Array(carried[$0 * size..<($0 + 1) * size]) }
        if let shield {
            review(&actions, by: shield, policy, seen: seen, carrying: next, from: starts)
        } else {
            for row in running.indices { running[row].past.carried = next[row] }
        }
        for row in running.indices {
            let own = actions[row * actionSize..<(row + 1) * actionSize], record = running[row].record
            if let value = own.first(where: { !$0.isFinite }) {
                throw .evaluation(.badAction(value, episode: record.index, step: record.length))
            }
            try checkChoice(own, of: record)
        }
        return actions
    }

    /// Lets a shield judge each proposal.
    private mutating func review(
        _ actions: inout [Float], by shield: any ActionShield, _ policy: any Policy, seen: [Float],
        carrying next: [[Float]], from starts: [RandomStream]
    ) {
        var (stopped, gone): (Set<Int>, Set<Int>) = ([], [])
        let width = policy.inputSize
        let passed = passing(actions, seen: width == observationSize ? seen : nil, shield)
        for row in running.indices {
            let place = row * actionSize..<(row + 1) * actionSize
            if !passed.isEmpty, passed[row] {
                running[row].past.carried = next[row]
                continue
            }
            let record = running[row].record
            var source = PolicyRow(
                policy, seeing: seen, at: row * width..<(row + 1) * width,
                carrying: running[row].past.carried, next[row], streams[row],
                from: starts.isEmpty ? nil : starts[row])
            let proposal = ActionProposal(
                episode: record.index, step: record.length, observation: running[row].observation,
                action: Array(actions[place]), isLast: record.length + 1 >= limit,
                canStaySafe: shield.asksForTruth ? environment.canStaySafe(running[row].slot) : nil)
            switch shield.review(proposal, of: &source) {
            case .act(let action): actions.replaceSubrange(place, with: action)
            case .stop: stopped.insert(row)
            case .rollBack(let steps):
                let stream = running[row].goBack(steps, in: environment, seed: evaluator.seed)
                aside.append((running[row], stream))
                gone.insert(row)
                continue
            }
            (streams[row], running[row].past.carried) = (source.stream, source.carried)
        }
        guard !stopped.isEmpty || !gone.isEmpty else { return }
        actions = running.indices.filter { !stopped.contains($0) && !gone.contains($0) }
            .flatMap { actions[$0 * actionSize..<($0 + 1) * actionSize] }
        if !stopped.isEmpty { finish(stopped, letting: gone) } else { keep { !gone.contains($0) } }
    }

    /// Which rows are done as they are without a word, nothing for none; `seen` are the observations of all rows, where a policy sees
    /// nothing else.
    private func passing(_ actions: [Float], seen: [Float]?, _ shield: any ActionShield) -> [Bool] {
        guard shield.mayPass else { return [] }
        let observations = seen ?? running.flatMap(\.observation)
        let (episodes, steps) = (running.map(\.record.index), running.map(\.record.length))
        return shield.passing(
            episodes, steps: steps, observations: observations.span, actions: actions.span)
    }

    private mutating func step(_ actions: [Float]) throws(EnvironmentFailure) -> [StepOutcome] {
        var next = [Float](repeating: .nan, count: running.count * observationSize)
        let outcomes: [StepOutcome]
        do {
            var span = next.mutableSpan
            outcomes = try environment.step(
                running.map(\.slot), actions: actions.span, observations: &span)
        } catch { throw .environment(error) }
        precondition(outcomes.count == running.count, "step: \(outcomes.count) outcomes")
        for row in running.indices {
            let (seen, progress) = (running[row].observation, running[row].record.progress)
            running[row].past.remember(
                seen, progress, actions[row * actionSize..<(row + 1) * actionSize])
            running[row].observation = Array(next[row * observationSize..<(row + 1) * observationSize])
        }
        return outcomes
    }

    /// Checks what a step returned, and adds it to the episode's record.
    private mutating func take(_ outcome: StepOutcome, in row: Int) throws(EnvironmentFailure) {
        let record = running[row].record
        try check("an observation", running[row].observation[...], of: record)
        try check("the reward", [outcome.reward], of: record)
        guard outcome.costs.count == costNames.count else {
            throw .evaluation(
                .wrongCosts(
                    outcome.costs.count, names: costNames, episode: record.index, step: record.length))
        }
        try check("a cost", outcome.costs[...], of: record)
        if let negative = outcome.costs.first(where: { $0 < 0 }) { throw bad("a cost", negative, record) }
        if let fault = CostChannels.excess(of: outcome.costs, over: largestCosts, named: costNames) {
            throw .evaluation(.excessiveCost(fault, episode: record.index, step: record.length))
        }
        running[row].record.add(outcome)
        if record.index < traced { running[row].trace += running[row].observation }
    }

    private func check(
        _ name: String, _ values: ArraySlice<Float>, of record: EpisodeRecord
    ) throws(EnvironmentFailure) {
        if let value = values.first(where: { !$0.isFinite }) { throw bad(name, value, record) }
    }

    private func checkChoice(
        _ action: ArraySlice<Float>, of record: EpisodeRecord
    ) throws(EnvironmentFailure) {
        guard let choices = actionChoices else { return }
        for value in action where !(value >= 0 && value < Float(choices) && value == value.rounded()) {
            throw .evaluation(
                .notAChoice(value, choices: choices, episode: record.index, step: record.length))
        }
    }

    private func bad(_ name: String, _ value: Float, _ record: EpisodeRecord) -> EnvironmentFailure {
        .evaluation(.badNumber(name, value: value, episode: record.index, step: record.length))
    }
}
