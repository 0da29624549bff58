import Guardians
import Tensors

/// A policy whose actions a guardian judges before they are done; what it calls outside the data is replaced.
///
/// The replacement is, of the actions recorded in the states nearest to the present one, that which is inside and nearest to
/// what was proposed; where none is inside, the least outside of them. Whatever goes wrong leads there too: a
/// policy that fails, an action that is no number, a guardian that cannot judge. Each such decision is in the log. An
/// observation that is no number cannot be guarded: `act` throws then, and nothing is done.
///
/// It keeps a policy near what was recorded, which is as safe as what was recorded there, and promises no more than that.
public struct Guarded<Base: Policy>: Policy {
    private var base: Base
    private let guardian: any SupportGuardian
    private let records: RecordedActions
    /// What the guard did so far, shared by copies.
    public let log: GuardLog

    /// Guards a policy.
    ///
    /// - Parameters:
    ///   - base: what proposes.
    ///   - guardian: judges pairs of an observation and an action, as `GuardianFit` fits it.
    ///   - records: what replaces.
    ///   - log: takes what happened.
    public init(
        _ base: Base, by guardian: any SupportGuardian, fallback records: RecordedActions,
        log: GuardLog = GuardLog()
    ) {
        let width = base.observationSize + (base.actionChoices ?? base.actionSize)
        precondition(
            guardian.inputSize == width, "a guardian of \(guardian.inputSize) numbers for pairs of \(width)")
        precondition(records.choices == base.actionChoices, "recorded choices that are not the policy's")
        (self.base, self.guardian, self.records, self.log) = (base, guardian, records, log)
    }

    /// As the guarded policy's.
    public var observationSize: Int { base.observationSize }
    /// As the guarded policy's.
    public var actionSize: Int { base.actionSize }
    /// As the guarded policy's.
    public var actionChoices: Int? { base.actionChoices }
    /// As the guarded policy's.
    public var memory: Int { base.memory }
    /// As the guarded policy's.
    public var seesProgress: Bool { base.seesProgress }
    /// As the guarded policy's.
    public var carriedSize: Int { base.carriedSize }
    /// As the guarded policy's: its values are of states, and say nothing of what the guard does in them.
    public func feasibilityValues(of observations: Span<Float>) -> [Float]? {
        base.feasibilityValues(of: observations)
    }

    /// Does what is proposed where the guardian calls it inside, and the fallback elsewhere.
    ///
    /// - Throws: `GuardFailure` for an observation that is not finite.
    public mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) throws {
        var carried = [Float](repeating: 0, count: streams.count * carriedSize)
        var span = carried.mutableSpan
        try act(on: observations, carrying: &span, actions: &actions, using: &streams)
    }

    /// Does what is proposed where the guardian calls it inside, and the fallback elsewhere; what is carried on is as the
    /// guarded policy says, as if its proposal had been done.
    ///
    /// - Throws: `GuardFailure` for an observation that is not finite.
    public mutating func act(
        on observations: Span<Float>, carrying carried: inout MutableSpan<Float>,
        actions: inout MutableSpan<Float>, using streams: inout MutableSpan<RandomStream>
    ) throws {
        let rows = streams.count
        let states = try states(observations, rows)
        let before = (0..<rows).map { streams[$0] }
        let carriedBefore = (0..<carried.count).map { carried[$0] }
        do {
            try base.act(on: observations, carrying: &carried, actions: &actions, using: &streams)
        } catch {
            for row in 0..<rows {
                streams[row] = actAlone(row, observations, carriedBefore, &carried, &actions, before[row])
            }
        }
        let proposed = Matrix(rows, actionSize, (0..<actions.count).map { Double(actions[$0]) })
        for (row, cause) in causes(states, proposed).enumerated() {
            guard let cause else { continue }
            let own = (0..<actionSize).map { actions[row * actionSize + $0] }
            let (done, isInside) = replacement(
                states.rows(at: [row]), cause == .noAction ? nil : proposed.rows(at: [row]))
            for index in 0..<actionSize { actions[row * actionSize + index] = done[index] }
            log.record(
                cause, row: row, proposed: cause == .noAction ? nil : own, done: done, isInside: isInside)
        }
        log.countDecisions(rows)
    }

    /// Asks again for one row where the policy failed for all together; the action stays NaN where it fails for this one.
    private mutating func actAlone(
        _ row: Int, _ observations: Span<Float>, _ carriedBefore: [Float],
        _ carried: inout MutableSpan<Float>, _ actions: inout MutableSpan<Float>, _ stream: RandomStream
    ) -> RandomStream {
        let observation = (0..<inputSize).map { observations[row * inputSize + $0] }
        var noted = Array(carriedBefore[row * carriedSize..<(row + 1) * carriedSize])
        var stream = stream
        let own =
            (try? base.action(on: observation, carrying: &noted, using: &stream))
            ?? [Float](repeating: .nan, count: actionSize)
        for index in 0..<carriedSize { carried[row * carriedSize + index] = noted[index] }
        for index in 0..<actionSize { actions[row * actionSize + index] = own[index] }
        return stream
    }

    /// The present observation of each row, without what the policy remembers.
    private func states(_ observations: Span<Float>, _ rows: Int) throws(GuardFailure) -> Matrix {
        var states = Matrix(rows, observationSize)
        for row in 0..<rows {
            let first = row * inputSize + inputSize - seenSize
            for column in 0..<observationSize {
                let value = observations[first + column]
                guard value.isFinite else { throw GuardFailure(value) }
                states[row, column] = Double(value)
            }
        }
        return states
    }

    /// Why what is proposed is not done, for each row; nothing where it is.
    private func causes(_ states: Matrix, _ proposed: Matrix) -> [GuardEvent.Cause?] {
        let isAction = (0..<proposed.rows).map { self.isAction(proposed, $0) }
        let judged = (0..<proposed.rows).filter { isAction[$0] }
        var causes: [GuardEvent.Cause?] = isAction.map { $0 ? nil : .noAction }
        guard !judged.isEmpty else { return causes }
        let pairs = self.pairs(states.rows(at: judged), proposed.rows(at: judged))
        if let outside = try? guardian.isOutside(pairs) {
            for (row, isOutside) in zip(judged, outside) where isOutside { causes[row] = .outside }
        } else {
            // One pair that cannot be judged must not cost the others their action.
            for (place, row) in judged.enumerated() {
                let outside = try? guardian.isOutside(pairs.rows(at: [place]))
                causes[row] = outside.map { $0[0] ? .outside : nil } ?? .notJudged
            }
        }
        return causes
    }

    private func isAction(_ actions: Matrix, _ row: Int) -> Bool {
        (0..<actions.columns).allSatisfy { column in
            let value = actions[row, column]
            guard let choices = actionChoices else { return value.isFinite }
            return value >= 0 && value < Double(choices) && value == value.rounded()
        }
    }

    private func pairs(_ states: Matrix, _ actions: Matrix) -> Matrix {
        states.joined(RecordedActions.seen(actions, choices: actionChoices))
    }

    /// What is done instead, and whether the guardian calls it inside.
    private func replacement(_ state: Matrix, _ proposed: Matrix?) -> ([Float], Bool) {
        let candidates = records.near(state)
        let pairs = self.pairs(state.rows(at: [Int](repeating: 0, count: candidates.rows)), candidates)
        let outside = try? guardian.isOutside(pairs)
        let inside = candidates.rowNumbers.filter { outside?[$0] == false }
        let chosen: Int
        if inside.isEmpty {
            let scores = try? guardian.score(pairs)
            chosen = candidates.rowNumbers.min { (scores?[$0] ?? 0) < (scores?[$1] ?? 0) } ?? 0
        } else if let proposed, actionChoices == nil {
            chosen =
                inside.min { distance(candidates, $0, proposed) < distance(candidates, $1, proposed) } ?? 0
        } else if actionChoices != nil, let scores = try? guardian.score(pairs) {
            chosen = inside.min { scores[$0] < scores[$1] } ?? 0
        } else {
            chosen = inside[0]
        }
        return ((0..<actionSize).map { Float(candidates[chosen, $0]) }, !inside.isEmpty)
    }

    private func distance(_ actions: Matrix, _ row: Int, _ proposed: Matrix) -> Double {
        (0..<actions.columns).reduce(0) { sum, column in
            let difference = actions[row, column] - proposed[0, column]
            return sum + difference * difference
        }
    }
}

extension Matrix {
    fileprivate var rowNumbers: Range<Int> { 0..<rows }
}

/// An observation that no guard can act on.
public struct GuardFailure: Fault, Equatable {
    /// What kind of fault it is.
    public var kind: FaultKind { .badData }
    /// One line.
    public let description: String

    init(_ value: Float) {
        description =
            "the guard saw an observation of \(value), for which it has no safe action. Repair the environment; no figures "
            + "were written."
    }
}
