import Replay
import Tensors

extension GuardedModel {
    /// Rolls a policy out from given starts, one episode each, all at once.
    ///
    /// Episode i uses random streams of number `firstNumber` + i, one for the policy and one for the model, so that its steps
    /// do not depend on the other starts, on how they are divided into calls, or on threads.
    ///
    /// - Parameters:
    ///   - policy: what acts.
    ///   - starts: `[episodes, S]`, at least one row, finite.
    ///   - horizon: steps after which an episode is truncated, at least 1.
    ///   - seed: of the run.
    ///   - firstNumber: number of the first episode; raise it by the number of episodes from call to call.
    ///   - goOn: called before every step; what it throws ends the roll-outs.
    /// - Returns: every step.
    /// - Throws: `DynamicsError` for a policy of other variables, starts or actions that are not finite; what the parts
    ///   of the model throw.
    public func rollOut(
        _ policy: ModelPolicy, from starts: Matrix, horizon: Int, seed: UInt64, firstNumber: Int = 0,
        asking goOn: () throws -> Void = {}
    ) throws -> RolloutBuffer {
        guard policy.variables == variables else {
            throw DynamicsError.otherVariables(
                of: "policy", given: policy.variables.all, expected: variables.all)
        }
        guard horizon >= 1 else {
            throw DynamicsError.outOfRange(option: "horizon", value: Double(horizon), range: "1, 2 …")
        }
        guard starts.rows > 0 else { throw DynamicsError.noRows }
        precondition(
            starts.columns == variables.observations.count,
            "starts of \(starts.columns) numbers for \(variables.observations.count) variables")
        precondition(
            firstNumber >= 0 && firstNumber + starts.rows <= Int(UInt32.max),
            "episodes \(firstNumber) … are more than \(UInt32.max)")
        var running = RunningRollout(
            starts, actions: variables.actions.count, channels: channels.count, seed: seed,
            firstNumber: firstNumber)
        for _ in 0..<horizon where running.isRunning {
            try goOn()
            try running.step(in: self, policy)
        }
        return running.buffer(variables, channels)
    }
}

/// Episodes under way, side by side.
private struct RunningRollout {
    /// What is kept of one step of one episode.
    private struct Record {
        var episode: Int
        var reward: Double
        var isOutside = true, isReplaced = false, isAbsorbed = true, isAbsorbing = false
        var provenance = -1
        var disagreement = Double.nan
    }

    private let firstNumber: Int
    private var modelStreams: [RandomStream]
    private var policyStreams: [RandomStream]
    private var states: Matrix
    /// Episodes that neither ended nor froze, and frozen ones, in rising order.
    private var moving: [Int]
    private var frozen: [Int] = []
    /// Action and reward of each frozen episode.
    private var lastActions: Matrix
    private var penalty: [Double]
    private var isTerminated: [Bool]

    private var records: [Record] = []
    private var visited: [Double] = []
    private var asked: [Double] = []
    private var done: [Double] = []
    private var reached: [Double] = []
    private var costs: [Double] = []
    private var clamped: [Int]
    private var hasDisagreement = false

    init(_ starts: Matrix, actions: Int, channels: Int, seed: UInt64, firstNumber: Int) {
        func streams(_ purpose: Purpose) -> [RandomStream] {
            (0..<starts.rows).map {
                RandomStream(seed: seed, for: purpose, index: UInt32(firstNumber + $0))
            }
        }
        self.firstNumber = firstNumber
        (modelStreams, policyStreams) = (streams(.modelTransition), streams(.modelAction))
        (states, moving) = (starts, Array(0..<starts.rows))
        lastActions = Matrix(starts.rows, actions)
        penalty = [Double](repeating: 0, count: starts.rows)
        isTerminated = [Bool](repeating: false, count: starts.rows)
        clamped = [Int](repeating: 0, count: channels)
    }

    var isRunning: Bool { !moving.isEmpty || !frozen.isEmpty }

    /// One step of every episode that has not ended.
    mutating func step(in model: GuardedModel, _ policy: ModelPolicy) throws {
        repeatFrozen(model.absorbingCosts)
        guard !moving.isEmpty else { return }
        let s = states.rows(at: moving)
        var policyOwn = moving.map { policyStreams[$0] }
        var modelOwn = moving.map { modelStreams[$0] }
        let a = try policy.actions(s, using: &policyOwn)
        let step = try model.step(s, a, using: &modelOwn)
        for (at, episode) in moving.enumerated() {
            (policyStreams[episode], modelStreams[episode]) = (policyOwn[at], modelOwn[at])
        }
        keep(step, s, a)
        for channel in clamped.indices { clamped[channel] += step.clamped[channel] }
        var still: [Int] = []
        still.reserveCapacity(moving.count)
        for (at, episode) in moving.enumerated() {
            states.setRow(episode, to: step.nextStates, at)
            if step.isTerminated[at] {
                isTerminated[episode] = true
            } else if step.isStopped[at] {
                frozen.append(episode)
                lastActions.setRow(episode, to: a, at)
                penalty[episode] = step.rewards[at]
            } else {
                still.append(episode)
            }
        }
        moving = still
        frozen.sort()
    }

    private mutating func repeatFrozen(_ absorbingCosts: [Double]) {
        for episode in frozen {
            let (state, action) = (states.row(episode), lastActions.row(episode))
            records.append(Record(episode: episode, reward: penalty[episode]))
            visited += state
            reached += state
            asked += action
            done += action
            costs += absorbingCosts
        }
    }

    private mutating func keep(_ step: GuardedStep, _ s: Matrix, _ a: Matrix) {
        for (at, episode) in moving.enumerated() {
            records.append(
                Record(
                    episode: episode, reward: step.rewards[at], isOutside: step.isOutside[at],
                    isReplaced: step.isReplaced[at], isAbsorbed: false,
                    isAbsorbing: step.isStopped[at] && !step.isTerminated[at],
                    provenance: step.provenance[at], disagreement: step.disagreement?[at] ?? .nan))
        }
        hasDisagreement = hasDisagreement || step.disagreement != nil
        visited += s.elements
        asked += a.elements
        done += step.executedActions.elements
        reached += step.nextStates.elements
        costs += step.costs.elements
    }

    /// The columns with the steps of each episode together.
    func buffer(_ variables: ModelVariables, _ channels: [String]) -> RolloutBuffer {
        // Steps were kept in the order of time, so a stable sort by episode is all it takes.
        let steps = Groups(isTerminated.count, numbers: records.map(\.episode))
        let order = isTerminated.indices.flatMap { steps[$0] }
        func matrix(_ elements: [Double], _ columns: Int) -> Matrix {
            Matrix(records.count, columns, elements).rows(at: order)
        }
        let sorted = order.map { records[$0] }
        var episodes: [ModelEpisode] = []
        for episode in isTerminated.indices {
            let first = episodes.last?.rows.upperBound ?? 0
            episodes.append(
                ModelEpisode(
                    rows: first..<first + steps[episode].count,
                    ending: isTerminated[episode] ? .terminated : .truncated, start: episode,
                    number: firstNumber + episode))
        }
        let (s, a) = (variables.observations.count, variables.actions.count)
        return RolloutBuffer(
            variables: variables, channels: channels, episodes: episodes, states: matrix(visited, s),
            actions: matrix(asked, a), executedActions: matrix(done, a), nextStates: matrix(reached, s),
            rewards: sorted.map(\.reward), costs: matrix(costs, channels.count),
            isOutside: sorted.map(\.isOutside), isReplaced: sorted.map(\.isReplaced),
            isAbsorbed: sorted.map(\.isAbsorbed), isAbsorbing: sorted.map(\.isAbsorbing),
            provenance: sorted.map(\.provenance),
            disagreement: hasDisagreement ? sorted.map(\.disagreement) : nil, clamped: clamped)
    }
}
