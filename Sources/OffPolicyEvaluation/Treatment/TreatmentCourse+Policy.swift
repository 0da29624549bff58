import Guardians
import Tensors

extension TreatmentCourse {
    /// Puts a policy's recommendations beside a recorded episode, whose actions are the doses.
    ///
    /// What is recommended is the action of largest weight, the first of several; of equally weighted draws the first one.
    ///
    /// - Parameters:
    ///   - episode: what was recorded, one of a checked `TrajectorySet`.
    ///   - policy: what recommends, in every state that was acted in.
    ///   - needs: whether the patient needed more treatment, one entry a step.
    ///   - guardian: judges pairs of a state and the recommended doses, in this order; nothing for no judgement.
    /// - Throws: what the guardian throws.
    public init(
        _ episode: Trajectory, recommendedBy policy: some EvaluatedPolicy, needs: [Bool],
        judgedBy guardian: (any SupportGuardian)? = nil
    ) throws {
        let states = Array(episode.observations.dropLast())
        let recommended = states.map { state in
            let actions = policy.weightedActions(at: state)
            precondition(!actions.isEmpty, "a policy without an action at \(state)")
            return actions.dropFirst().reduce(actions[0]) { $1.weight > $0.weight ? $1 : $0 }.action
        }
        let pairs = zip(states, recommended).map { $0 + $1 }
        let outside = try guardian.map {
            try $0.isOutside(Matrix(pairs.count, pairs[0].count, pairs.flatMap(\.self)))
        }
        self.init(given: episode.actions, recommended: recommended, needs: needs, outside: outside)
    }
}
