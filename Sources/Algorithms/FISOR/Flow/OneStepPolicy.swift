import SafeRL

/// FISOR's one-step policy: a pass through one network for each draw, of several the one that the critics prefer.
public final class OneStepPolicy: CandidatePolicy {
    /// Floats in an observation.
    public var observationSize: Int { judge.observationSize }
    /// Floats in an action.
    public var actionSize: Int { judge.actionSize }

    private let draws: Int
    private let actor: Network<MLP>
    private let judge: CandidateJudge
    private let tape = Tape()

    init(_ flow: FISOR.PolicyKind.OneStepFlow, actor: Network<MLP>, judge: CandidateJudge) {
        (draws, self.actor, self.judge) = (flow.draws, actor, judge)
    }

    /// One pass of the network for all observations together; the critics are asked only where there is a choice.
    public func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let rows = streams.count
        precondition(
            observations.count == rows * observationSize && actions.count == rows * actionSize,
            "act: sizes do not fit")
        let (drawn, s) = draw(for: observations, using: &streams)
        judge.write(drawn, in: s, each: draws, to: &actions)
    }

    /// All draws for one observation, the one that is taken first.
    public func candidates(on row: [Float], using stream: inout RandomStream) -> [[Float]] {
        judge.candidates(on: row, using: &stream) { draw(for: $0, using: &$1) }
    }

    /// Draws, `[rows · draws, A]`, and the observation of each.
    private func draw(
        for observations: Span<Float>, using streams: inout MutableSpan<RandomStream>
    ) -> (drawn: Variable, seen: Variable) {
        let rows = streams.count
        tape.reset()
        let seen = judge.seen(observations, rows, on: tape)
        let s = draws == 1 ? seen : tape.repeatingRows(of: seen, draws)
        let z = tape.constant(0, rows * draws, actionSize), each = draws * actionSize
        for row in 0..<rows {
            streams[row].fillNormal(.init(rebasing: z.mutableValues[row * each..<(row + 1) * each]))
        }
        return (actor(s.joined(z)).clipped(-1, 1), s)
    }

    /// V_h of each observation: the state is judged feasible where it is 0 or less.
    ///
    /// - Parameter observations: `[rows, observationSize]`, row-major, as the environment gives them.
    /// - Returns: one value for each row.
    public func feasibilityValues(of observations: Span<Float>) -> [Float]? {
        judge.feasibilityValues(of: observations, on: tape)
    }
}
