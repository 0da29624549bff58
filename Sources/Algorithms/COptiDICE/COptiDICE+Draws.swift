import SafeRL

extension COptiDICE {
    /// The normal draws of the policy's step; kept apart so that a test can put given ones in their place.
    package final class Draws: UpdateDraws {
        /// `[rows, O]` and `[rows, A]`.
        package let observations, actions: Tensor

        init(rows: Int, observations: Int, actions: Int) {
            self.observations = Tensor(rows, observations)
            self.actions = Tensor(rows, actions)
        }

        package func fill(using stream: inout RandomStream) {
            stream.fillNormal(observations.buffer)
            stream.fillNormal(actions.buffer)
        }
    }
}
