import Replay
import Tensors

extension ModelData {
    /// Takes the stored columns of a data set; of its transforms, that of the rewards.
    ///
    /// A choice becomes as many numbers as there are choices, 1 at its own and 0 elsewhere: no two are nearer than others.
    ///
    /// Rows after the last episode end form an episode of their own. Where the file had no next observations, the last
    /// row of an episode has no successor. Costs have the names of their channels; the one of a file without channels is called `cost`.
    ///
    /// - Parameters:
    ///   - dataset: recorded transitions.
    ///   - variables: names; `s0` …, `a0` … where nil.
    /// - Throws: `DynamicsError.repeatedName` and the like for names; the numbers of a data set are sound.
    public init(_ dataset: TransitionDataset, variables: ModelVariables? = nil) throws(DynamicsError) {
        let (n, s, a) = (dataset.count, dataset.observationSize, dataset.actionSize)
        let transforms = dataset.transforms
        var episodes = [Int](repeating: dataset.episodes.count, count: n)
        var hasSuccessor = [Bool](repeating: true, count: n)
        for (number, episode) in dataset.episodes.enumerated() {
            for row in episode.rows { episodes[row] = number }
            if dataset.hasDerivedNextObservations { hasSuccessor[episode.rows.upperBound - 1] = false }
        }
        if let tail = dataset.unendedTail, dataset.hasDerivedNextObservations {
            hasSuccessor[tail.upperBound - 1] = false
        }
        try self.init(
            variables: variables, observations: Matrix(n, s, dataset.observations.map(Double.init)),
            actions: dataset.actionChoices.map { Self.indicators(of: dataset.actions, $0) }
                ?? Matrix(n, a, dataset.actions.map(Double.init)),
            nextObservations: Matrix(n, s, dataset.nextObservations.map(Double.init)),
            rewards: dataset.rewards.map { Double(transforms.rewardScale * $0 + transforms.rewardShift) },
            isTerminated: dataset.terminals.map { $0 != 0 },
            episodes: episodes,
            costs: dataset.costChannels.map { CostColumn($0.name, $0.costs.map(Double.init)) },
            hasSuccessor: hasSuccessor)
    }

    private static func indicators(of choices: UnsafeBufferPointer<Float>, _ count: Int) -> Matrix {
        var result = Matrix(choices.count, count)
        for (row, choice) in choices.enumerated() { result[row, Int(choice)] = 1 }
        return result
    }
}
