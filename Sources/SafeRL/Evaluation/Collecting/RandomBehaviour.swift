import Tensors

/// The behaviour that every environment has: actions drawn uniformly from all there are.
public enum RandomBehaviour {
    /// `random`.
    public static let name = "random"

    /// Draws an action.
    ///
    /// - Parameters:
    ///   - space: what it is an action of.
    ///   - stream: advanced by one draw a value.
    /// - Returns: one of the choices, or a vector of [−1, 1), which the environment scales to its bounds.
    public static func action(in space: Space, using stream: inout RandomStream) -> [Float] {
        switch space {
        case .box(let low, _): low.map { _ in stream.nextUniform(in: -1..<1) }
        case .discrete(let count): [Float(stream.nextInteger(below: count))]
        }
    }

    /// Records it in values of a type.
    ///
    /// - Throws: when the environment failed.
    public static func collect<Task: Environment>(
        _ amount: CollectionAmount, in type: Task.Type, seed: UInt64
    ) throws -> CollectedTransitions {
        let space = Task().actionSpace
        return try CollectedTransitions(amount, in: type, seed: seed) { _, _, stream in
            action(in: space, using: &stream)
        }
    }

    /// Records it in a slot, with the same starts and actions as in values of a type.
    ///
    /// - Throws: when the environment failed.
    public static func collect(
        _ amount: CollectionAmount, in environment: any VectorEnvironment, seed: UInt64
    ) throws -> CollectedTransitions {
        let space = environment.actionSpace
        return try CollectedTransitions(amount, in: environment, seed: seed) { _, stream in
            action(in: space, using: &stream)
        }
    }
}
