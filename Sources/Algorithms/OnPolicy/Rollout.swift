import Foundation
import PolicyOptimisation
import SafeRL

/// What a policy did in every slot of an environment, slot after slot.
package struct Rollout {
    /// A number that every step has.
    package enum Signal { case reward, cost }

    /// Rows of one episode that follow each other.
    package struct Segment: Equatable {
        /// Rows of the roll-out.
        package var rows: Range<Int>
        /// Whether the episode ended by itself behind the last row.
        package var terminated: Bool

        /// Names rows.
        package init(rows: Range<Int>, terminated: Bool) { (self.rows, self.terminated) = (rows, terminated) }
    }

    /// Sums of an episode from its start to its end.
    package struct Episode: Equatable {
        /// Of its rewards and of its costs.
        package var reward = 0.0, cost = 0.0
        /// Steps.
        package var length = 0
    }

    /// What the policy saw, `[slots · steps, observation]`, scaled.
    package private(set) var observations: Matrix
    /// What it drew, `[slots · steps, action]`.
    package private(set) var actions: Matrix
    /// Episodes, or parts of them, in the order of the rows.
    package private(set) var segments: [Segment] = []
    /// What was seen behind each segment, scaled.
    package private(set) var bootstraps: Matrix
    /// Episodes that came to their end.
    package private(set) var endedEpisodes: [Episode] = []
    /// Observations as the environment gave them, `[slots · steps, observation]`.
    package private(set) var seen: Matrix
    private var rewards, costs: [Double]

    /// Rewards, or costs summed over the channels, one a row.
    package func rows(_ signal: Signal) -> [Double] { signal == .reward ? rewards : costs }

    /// Mean length of the segments.
    package var meanLength: Double { Double(observations.rows) / Double(segments.count) }

    /// Starts an episode in each slot and acts; an ended one is followed by the next.
    ///
    /// - Parameters:
    ///   - environment: all of its slots are used.
    ///   - steps: in each slot, at least 1.
    ///   - scale: of observations.
    ///   - starts: gives the seeds of episodes, slot by slot.
    ///   - act: an action for each row of inputs, from the row's stream.
    /// - Throws: the environment's errors; `NonFiniteError` where what it gives is not finite.
    package init(
        in environment: any VectorEnvironment, steps: Int, scale: ObservationScale,
        starts: inout RandomStream, act: (PolicyInputs, inout [RandomStream]) throws -> PolicyActions
    ) throws {
        var course = try Course(environment, steps: steps, scale: scale, starts: &starts)
        for step in 0..<steps { try course.advance(step, of: steps, starts: &starts, act: act) }
        (observations, actions, seen) = (course.observations, course.actions, course.seen)
        (rewards, costs, endedEpisodes) = (course.rewards, course.costs, course.ended)
        let cuts = course.cuts.sorted { $0.segment.rows.lowerBound < $1.segment.rows.lowerBound }
        segments = cuts.map { $0.segment }
        bootstraps = scale.scaled(
            Matrix(cuts.count, environment.observationSpace.size, cuts.flatMap { $0.next }))
    }
}

/// A segment with what was seen behind it.
private struct Cut {
    let segment: Rollout.Segment
    let next: [Double]
}

/// The slots while they are acted in.
private struct Course {
    let environment: any VectorEnvironment
    let scale: ObservationScale
    private let steps: Int
    private let slots: Int
    private let width: Int
    var observations, actions, seen: Matrix
    var rewards, costs: [Double]
    var ended: [Rollout.Episode] = []
    /// Segments with what was seen behind them.
    var cuts: [Cut] = []
    private var now: [Float]
    private var streams: [RandomStream] = []
    private var sums: [Rollout.Episode]
    private var firstRows: [Int]

    init(
        _ environment: any VectorEnvironment, steps: Int, scale: ObservationScale,
        starts: inout RandomStream
    ) throws {
        let (slots, width) = (environment.slots, environment.observationSpace.size)
        (self.environment, self.scale, self.steps, self.slots, self.width) = (
            environment, scale, steps, slots, width
        )
        let rows = slots * steps
        observations = Matrix(rows, width)
        seen = observations
        actions = Matrix(rows, environment.actionSpace.size)
        rewards = [Double](repeating: 0, count: rows)
        costs = rewards
        now = [Float](repeating: 0, count: slots * width)
        sums = [Rollout.Episode](repeating: .init(), count: slots)
        firstRows = (0..<slots).map { $0 * steps }
        streams = [RandomStream](repeating: starts, count: slots)
        try begin(Array(0..<slots), &starts)
    }

    /// Starts episodes with seeds of their own.
    private mutating func begin(_ slots: [Int], _ starts: inout RandomStream) throws {
        guard !slots.isEmpty else { return }
        let seeds = slots.map { _ in starts.nextInteger() }
        var first = [Float](repeating: .nan, count: slots.count * width)
        var span = first.mutableSpan
        try environment.reset(slots, seeds: seeds, observations: &span)
        for (row, slot) in slots.enumerated() {
            now.replaceSubrange(
                slot * width..<(slot + 1) * width, with: first[row * width..<(row + 1) * width])
            streams[slot] = RandomStream(seed: seeds[row], for: .action)
            sums[slot] = .init()
        }
    }

    /// One step in every slot.
    mutating func advance(
        _ step: Int, of steps: Int, starts: inout RandomStream,
        act: (PolicyInputs, inout [RandomStream]) throws -> PolicyActions
    ) throws {
        guard now.allSatisfy(\.isFinite) else { throw NonFiniteError("observation of \(environment.name)") }
        let raw = Matrix(slots, width, now.map(Double.init))
        let inputs = scale.scaled(raw)
        guard case .vectors(let drawn) = try act(PolicyInputs(inputs), &streams) else { return }
        var next = now
        var span = next.mutableSpan
        let taken = drawn.elements.map { Float($0) }
        let outcomes = try environment.step(Array(0..<slots), actions: taken.span, observations: &span)
        var over: [Int] = []
        for (slot, outcome) in outcomes.enumerated() {
            let row = slot * steps + step
            put(inputs, raw, drawn, from: slot, to: row)
            guard outcome.reward.isFinite, outcome.cost.isFinite else {
                throw NonFiniteError("reward or cost of \(environment.name)")
            }
            (rewards[row], costs[row]) = (Double(outcome.reward), Double(outcome.cost))
            sums[slot].reward += rewards[row]
            sums[slot].cost += costs[row]
            sums[slot].length += 1
            let isOver = outcome.end != nil || sums[slot].length >= environment.timeLimit
            if isOver { ended.append(sums[slot]) }
            guard isOver || step == steps - 1 else { continue }
            let behind = next[slot * width..<(slot + 1) * width].map(Double.init)
            let segment = Rollout.Segment(
                rows: firstRows[slot]..<row + 1, terminated: outcome.end == .terminated)
            cuts.append(Cut(segment: segment, next: behind))
            firstRows[slot] = row + 1
            if isOver && step < steps - 1 { over.append(slot) }
        }
        now = next
        try begin(over, &starts)
    }

    private mutating func put(_ inputs: Matrix, _ raw: Matrix, _ drawn: Matrix, from slot: Int, to row: Int) {
        for column in 0..<width {
            observations.elements[row * width + column] = inputs.elements[slot * width + column]
            seen.elements[row * width + column] = raw.elements[slot * width + column]
        }
        let size = drawn.columns
        for column in 0..<size {
            actions.elements[row * size + column] = drawn.elements[slot * size + column]
        }
    }
}
