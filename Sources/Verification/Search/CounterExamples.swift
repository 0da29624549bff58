import Tensors

extension InvariantQuestion {
    /// States that surely are counter-examples, among random ones of the box.
    ///
    /// - Parameters:
    ///   - most: how many at most.
    ///   - tries: how many states are looked at.
    ///   - seed: of the states.
    /// - Returns: those that the bounds of their single points confirm.
    package func counterExamples(upTo most: Int, tries: Int, seed: UInt64) -> [[Double]] {
        var random = RandomStream(seed: seed, for: .sampling)
        var found: [[Double]] = []
        for _ in 0..<tries where found.count < most {
            let state = box.map { $0.low + random.nextPreciseUniform() * $0.width }
            guard isSuspect(state), case .refuted = judge(state.map { ClosedInterval($0) }) else { continue }
            found.append(state)
        }
        return found
    }
}

extension VerificationProperty {
    /// Inputs that surely are counter-examples, among random ones of the boxes.
    ///
    /// - Parameters:
    ///   - network: of which.
    ///   - most: how many at most.
    ///   - tries: how many inputs of each box are looked at.
    ///   - seed: of the inputs.
    /// - Returns: those that the bounds of their single points confirm; none of `monotone`, which compares two inputs.
    package func counterExamples(of network: VerifiableNetwork, upTo most: Int, tries: Int, seed: UInt64)
        -> [[Double]]
    {
        if case .monotone = kind { return [] }
        var random = RandomStream(seed: seed, for: .sampling)
        let space = BoxBounds(network, semantics)
        var found: [[Double]] = []
        for question in questions(of: network) {
            for _ in 0..<tries where found.count < most {
                let input = question.box.map { $0.low + random.nextPreciseUniform() * $0.width }
                guard question.distance(network.outputs(at: input)) <= 0 else { continue }
                let isConfirmed = question.unsafe.contains { set in
                    zip(set, space.values(of: set, at: input)).allSatisfy { $0.isMet(by: $1.high) }
                }
                if isConfirmed { found.append(input) }
            }
        }
        return found
    }
}

/// Inputs near others, each number moved by at most a hundredth of its interval.
///
/// - Parameters:
///   - points: each inside of the box.
///   - count: neighbours of each.
///   - box: what they stay in.
///   - seed: of the moves.
/// - Returns: the points, each followed by its neighbours.
package func withNeighbours(
    _ points: [[Double]], _ count: Int, in box: [ClosedInterval], seed: UInt64
) -> [[Double]] {
    var random = RandomStream(seed: seed, for: .noise)
    return points.flatMap { point in
        [point]
            + (0..<count).map { _ in
                zip(point, box).map { x, interval in
                    let moved = x + (random.nextPreciseUniform() - 0.5) * 0.02 * interval.width
                    return min(max(moved, interval.low), interval.high)
                }
            }
    }
}
