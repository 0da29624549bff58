import SafeRL

/// FISOR's critics when it acts: they say which of several drawn actions is taken, and which states are feasible.
struct CandidateJudge {
    let configuration: FISOR.Configuration
    let description: FISOR.Description
    let qr: Network<Ensemble>, qh: Network<Ensemble>
    let vh: Network<MLP>

    /// Floats in an observation.
    var observationSize: Int { description.observation }
    /// Floats in an action.
    var actionSize: Int { description.action }

    /// Observations as the networks know them, `[rows, O]`.
    func seen(_ observations: Span<Float>, _ rows: Int, on tape: Tape) -> Variable {
        let seen = tape.constant(0, rows, observationSize)
        for index in 0..<observations.count { seen.mutableValues[index] = observations[index] }
        description.transforms.normalise(observations: seen.mutableValues)
        return seen
    }

    /// Copies the preferred one of every `each` drawn actions out; of one, without asking the critics.
    ///
    /// - Parameters:
    ///   - drawn: `[rows · each, A]`.
    ///   - s: the observation of each, `[rows · each, O]`.
    ///   - each: draws for an observation.
    ///   - actions: `[rows, A]`.
    func write(_ drawn: Variable, in s: Variable, each: Int, to actions: inout MutableSpan<Float>) {
        let values = drawn.values
        if each == 1 {
            for index in 0..<actions.count { actions[index] = values[index] }
            return
        }
        let sa = s.joined(drawn)
        let chosen = choose(qr(sa).smallest(), qh(sa).largest(), each)
        for row in chosen.indices {
            let from = (row * each + chosen[row]) * actionSize
            for column in 0..<actionSize { actions[row * actionSize + column] = values[from + column] }
        }
    }

    /// The number of the preferred candidate for each observation; the first of equals.
    private func choose(_ qr: Variable, _ qh: Variable, _ each: Int) -> [Int] {
        (0..<qr.shape.rows / each).map { row in
            let rewards = UnsafeBufferPointer(rebasing: qr.values[row * each..<(row + 1) * each])
            let risks = UnsafeBufferPointer(rebasing: qh.values[row * each..<(row + 1) * each])
            return configuration.choice.index(
                rewards: rewards, risks: risks,
                threshold: configuration.threshold - configuration.safetyMargin)
        }
    }

    /// All drawn actions of one observation, the one that is taken first.
    ///
    /// - Parameters:
    ///   - row: `[O]`.
    ///   - stream: the row's, advanced as by acting.
    ///   - draw: draws `[each, A]` for one observation, and gives the observation of each.
    /// - Returns: `[each][A]`.
    func candidates(
        on row: [Float], using stream: inout RandomStream,
        drawing draw: (Span<Float>, inout MutableSpan<RandomStream>) -> (drawn: Variable, seen: Variable)
    ) -> [[Float]] {
        precondition(row.count == observationSize, "candidates: \(row.count) numbers of \(observationSize)")
        var streams = [stream]
        let candidates: (drawn: Variable, seen: Variable)
        // A local span ends before the array is read again.
        do {
            var span = streams.mutableSpan
            candidates = draw(row.span, &span)
        }
        stream = streams[0]
        return ranked(candidates.drawn, in: candidates.seen)
    }

    /// The drawn actions of one observation, the preferred one first.
    ///
    /// - Parameters:
    ///   - drawn: `[each, A]`.
    ///   - s: the observation of each, `[each, O]`.
    /// - Returns: `[each][A]`.
    private func ranked(_ drawn: Variable, in s: Variable) -> [[Float]] {
        let values = drawn.values, each = drawn.shape.rows
        var order = [0]
        if each > 1 {
            let sa = s.joined(drawn)
            let (rewards, risks) = (qr(sa).smallest(), qh(sa).largest())
            order = configuration.choice.order(
                rewards: UnsafeBufferPointer(rebasing: rewards.values[0..<each]),
                risks: UnsafeBufferPointer(rebasing: risks.values[0..<each]),
                threshold: configuration.threshold - configuration.safetyMargin)
        }
        return order.map { number in
            (0..<actionSize).map { values[number * actionSize + $0] }
        }
    }

    /// V_h less the threshold, of observations `[rows, O]` as the environment gives them.
    func feasibilityValues(of observations: Span<Float>, on tape: Tape) -> [Float] {
        tape.reset()
        let s = seen(observations, observations.count / observationSize, on: tape)
        return Array((vh(s) - configuration.threshold).values)
    }
}
