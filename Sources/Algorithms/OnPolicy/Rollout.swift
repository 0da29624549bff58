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

    /// What the policy saw, `[slots · steps, observation]`, scaled.
    package private(set) var observations: Matrix
    /// What it drew, `[slots · steps, action]`.
    package private(set) var actions: Matrix
    /// Episodes, or parts of them, in the order of the rows.
    package private(set) var segments: [Segment] = []
    /// What was seen behind each segment, scaled.
    package private(set) var bootstraps: Matrix
    /// Episodes that came to their end.
    package private(set) var endedEpisodes: [EpisodeSlots.Sums] = []
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
        for step in 0..<steps { try course.advance(step, starts: &starts, act: act) }
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

/// A roll-out while it is made.
private struct Course {
    let scale: ObservationScale
    private let steps, width: Int
    private var slots: EpisodeSlots
    var observations, actions, seen: Matrix
    var rewards, costs: [Double]
    /// Segments with what was seen behind them.
    var cuts: [Cut] = []
    private var firstRows: [Int]

    init(
        _ environment: any VectorEnvironment, steps: Int, scale: ObservationScale,
        starts: inout RandomStream
    ) throws {
        (self.scale, self.steps, width) = (scale, steps, environment.observationSpace.size)
        let rows = environment.slots * steps
        observations = Matrix(rows, width)
        seen = observations
        actions = Matrix(rows, environment.actionSpace.size)
        rewards = [Double](repeating: 0, count: rows)
        costs = rewards
        firstRows = (0..<environment.slots).map { $0 * steps }
        slots = try EpisodeSlots(environment, starts: &starts)
    }

    var ended: [EpisodeSlots.Sums] { slots.ended }

    /// One step in every slot.
    mutating func advance(
        _ step: Int, starts: inout RandomStream,
        act: (PolicyInputs, inout [RandomStream]) throws -> PolicyActions
    ) throws {
        let raw = Matrix(firstRows.count, width, slots.observations.map(Double.init))
        let inputs = scale.scaled(raw)
        guard case .vectors(let drawn) = try act(PolicyInputs(inputs), &slots.streams) else { return }
        let steps = self.steps
        for taken in try slots.step(
            drawn.elements.map { Float($0) }, starts: &starts, restarts: step < steps - 1)
        {
            let row = taken.slot * steps + step
            put(inputs, raw, from: taken.slot, to: row)
            let done = taken.replacement?.map(Double.init) ?? drawn.row(taken.slot)
            for (column, value) in done.enumerated() {
                actions.elements[row * done.count + column] = value
            }
            (rewards[row], costs[row]) = (Double(taken.outcome.reward), Double(taken.outcome.cost))
            guard taken.isOver || step == steps - 1 else { continue }
            let segment = Rollout.Segment(
                rows: firstRows[taken.slot]..<row + 1, terminated: taken.outcome.end == .terminated)
            cuts.append(Cut(segment: segment, next: taken.next.map(Double.init)))
            firstRows[taken.slot] = row + 1
        }
    }

    private mutating func put(_ inputs: Matrix, _ raw: Matrix, from slot: Int, to row: Int) {
        for column in 0..<width {
            observations.elements[row * width + column] = inputs.elements[slot * width + column]
            seen.elements[row * width + column] = raw.elements[slot * width + column]
        }
    }
}
