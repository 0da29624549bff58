import Algorithms
import SafeRL

extension BehaviourCloning.Configuration {
    /// BC-Safe with a limit.
    static func safe(_ limit: Float) -> Self {
        .with { $0.episodes = .safe(.with { $0.costLimit = limit }) }
    }
}

/// Transitions of one observation value, its row number, and one action value, given by their costs and endings.
///
/// - Parameters:
///   - costs: of each row.
///   - terminals: rows that end an episode by themselves.
///   - timeouts: rows that a step limit ends.
///   - action: of a row.
/// - Returns: the data.
/// - Throws: `DatasetError`.
func numberedTransitions(
    costs: [Float], terminals: Set<Int> = [], timeouts: Set<Int>, action: (Int) -> Float = { _ in 0 }
) throws -> TransitionDataset {
    var columns = TransitionColumns(observationSize: 1, actionSize: 1)
    for (row, cost) in costs.enumerated() {
        columns.append(
            observation: [Float(row)], action: [action(row)], nextObservation: [Float(row + 1)], reward: 0,
            cost: cost, terminated: terminals.contains(row), truncated: timeouts.contains(row))
    }
    return try TransitionDataset(columns)
}

/// Transitions whose action is a function of the observation plus N(0, `noise`²), clipped to ±1: 3 observations drawn
/// uniformly from ±1, 2 actions, an end every 20 rows, alternately of each kind.
func noisyActions(
    rows: Int, noise: Float, seed: UInt64 = 9, mean: ([Float]) -> [Float]
) throws -> TransitionDataset {
    var stream = RandomStream(seed: seed, for: .testing)
    var columns = TransitionColumns(observationSize: 3, actionSize: 2)
    for row in 0..<rows {
        let state = (0..<3).map { _ in stream.nextUniform(in: -1..<1) }
        let action = mean(state).map { max(-1, min(1, $0 + noise * stream.nextNormal())) }
        columns.append(
            observation: state, action: action, nextObservation: state, reward: 0, cost: 0,
            terminated: row % 40 == 19, truncated: row % 40 == 39 || row == rows - 1)
    }
    return try TransitionDataset(columns)
}

/// What a policy that draws nothing at random does for observations, row after row.
func actions(of policy: any Policy, for observations: [Float]) throws -> [Float] {
    var policy = policy
    let rows = observations.count / policy.observationSize
    var chosen = [Float](repeating: 0, count: rows * policy.actionSize)
    var streams = (0..<rows).map { RandomStream(seed: 0, for: .action, index: UInt32($0)) }
    var span = chosen.mutableSpan, drawn = streams.mutableSpan
    try policy.act(on: observations.span, actions: &span, using: &drawn)
    return chosen
}
