import Tensors

/// An episode of an evaluation that has not ended.
struct RunningEpisode {
    /// Where an episode was before a step, to go back to.
    private struct Moment {
        let state: EnvironmentState
        let record: EpisodeRecord
        let observation: [Float]
        let past: PolicyPast
        let (traced, acted): (Int, Int)
    }

    let slot: Int
    var record: EpisodeRecord
    var observation: [Float]
    /// What the policy sees beside the observation, and carries on.
    var past: PolicyPast
    var trace: [Float] = []
    var actions: [Float] = []
    /// The latest moments, the last of them now; empty where nothing goes back.
    private var moments: [Moment] = []
    /// How often the episode went back.
    private var returns: UInt64 = 0

    init(slot: Int, record: EpisodeRecord, observation: [Float], past: PolicyPast, trace: [Float]) {
        (self.slot, self.record, self.observation) = (slot, record, observation)
        (self.past, self.trace) = (past, trace)
    }

    /// The policy's row.
    var seen: [Float] { past.row(observation, record.progress) }

    /// Keeps a copy of the present, and of at most so many steps before it.
    mutating func remember(_ environment: any VectorEnvironment, atMost depth: Int) {
        guard let state = environment.state(of: slot) else { return }
        moments.append(
            Moment(
                state: state, record: record, observation: observation, past: past, traced: trace.count,
                acted: actions.count))
        if moments.count > depth + 1 { moments.removeFirst() }
    }

    /// Goes back so many steps.
    ///
    /// - Parameters:
    ///   - steps: as many as were remembered at most; more would be a shield's mistake.
    ///   - environment: in which it runs.
    ///   - seed: of the evaluation.
    /// - Returns: the stream in which it goes on, another after each return.
    mutating func goBack(_ steps: Int, in environment: any VectorEnvironment, seed: UInt64) -> RandomStream {
        precondition(
            1..<moments.count ~= steps, "\(steps) steps back, and \(moments.count) moments are known")
        returns += 1
        moments.removeLast(steps)
        // The moment itself is remembered anew when the step is tried again.
        let moment = moments.removeLast()
        (record, observation, past) = (moment.record, moment.observation, moment.past)
        trace.removeLast(trace.count - moment.traced)
        actions.removeLast(actions.count - moment.acted)
        var fresh = RandomStream(
            seed: seed ^ (returns &* 0x9E37_79B9_7F4A_7C15), for: .action,
            index: UInt32(truncatingIfNeeded: record.index))
        environment.restore(slot, to: moment.state, seed: fresh.nextInteger())
        return fresh
    }
}
