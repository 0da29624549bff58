import Dynamics
import SafeRL

/// The recorded behaviour as counted: the relative frequencies of the actions at each distinct observation, and those at all
/// observations together where one was never recorded.
struct CountedClone {
    /// The distinct observations that were acted in.
    let states: DistinctRows
    /// The distinct actions, in the policy's order.
    let actions: DistinctRows
    /// Records of each pair, `[states · actions]`, and of each action.
    private let ofPair: [Double], ofAction: [Double]

    init(_ data: ModelData, actions table: Matrix) {
        (states, actions) = (DistinctRows(of: data.observations), DistinctRows(of: table))
        var ofPair = [Double](repeating: 0, count: states.count * actions.count)
        var ofAction = [Double](repeating: 0, count: actions.count)
        for case (let state?, let action?) in zip(
            states.numbers(of: data.observations), actions.numbers(of: data.actions))
        {
            ofPair[state * actions.count + action] += 1
            ofAction[action] += 1
        }
        (self.ofPair, self.ofAction) = (ofPair, ofAction)
    }

    /// The law of each observation, `[rows · actions]`.
    ///
    /// - Parameters:
    ///   - observations: `[rows, S]`.
    ///   - isOpen: whether an action never recorded where others were gets its share of all records, over one record more;
    ///     so that no weight is infinite.
    /// - Returns: rows that sum to 1.
    func probabilities(at observations: Matrix, isOpen: Bool) -> [Double] {
        let total = ofAction.reduce(0, +)
        return states.numbers(of: observations).flatMap { state -> [Double] in
            guard let state else { return ofAction.map { $0 / total } }
            let own = Array(ofPair[state * actions.count..<(state + 1) * actions.count])
            let counts = isOpen ? zip(own, ofAction).map { $0 > 0 ? $0 : $1 / total } : own
            let sum = counts.reduce(0, +)
            return counts.map { $0 / sum }
        }
    }

    /// As a policy, to be evaluated.
    ///
    /// - Parameter other: the policy beside it, whose choices are the clone's actions in the same order.
    /// - Returns: a policy that sees and chooses as the other, with the recorded probabilities.
    func policy(like other: any FiniteChoicePolicy) -> some FiniteChoicePolicy {
        ClonedPolicy(
            clone: self, choices: other.choices, actionChoices: other.actionChoices,
            observationSize: other.observationSize, memory: other.memory)
    }
}

private struct ClonedPolicy: FiniteChoicePolicy {
    let clone: CountedClone
    let choices: [[Float]]
    let actionChoices: Int?
    let observationSize: Int, memory: Int

    var actionSize: Int { choices[0].count }

    func probabilities(in observations: [Float]) throws -> [Double] {
        let rows = observations.count / clone.states.columns
        return clone.probabilities(
            at: Matrix(rows, clone.states.columns, observations.map(Double.init)), isOpen: false)
    }

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let states = Matrix(
            streams.count, clone.states.columns, (0..<observations.count).map { Double(observations[$0]) })
        let laws = clone.probabilities(at: states, isOpen: false)
        for row in 0..<streams.count {
            var rest = Double(streams[row].nextUniform())
            let law = laws[row * choices.count..<(row + 1) * choices.count]
            let drawn = law.firstIndex {
                rest -= $0
                return rest < 0
            }
            let choice = choices[(drawn ?? law.endIndex - 1) - law.startIndex]
            for index in 0..<actionSize { actions[row * actionSize + index] = choice[index] }
        }
    }
}
