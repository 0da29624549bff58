import SafeRL

extension BCRL {
    /// What one update draws; kept apart so that a test can put given numbers in their place.
    package final class Draws: UpdateDraws {
        /// From U(0, 1), for the budgets of V, Q and the policies, `[rows, 1]`.
        package let value, critic, policies: Tensor
        /// Factors of dropout of each hidden layer of the spending policy, then of the saving one, `[rows, width]`.
        package let keeps: [[KeepMask]]
        private let dropout: Float

        init(_ c: Configuration) {
            value = Tensor(c.rows, 1)
            critic = Tensor(c.rows, 1)
            policies = Tensor(c.rows, 1)
            dropout = c.dropout
            keeps = (0..<2).map { _ in
                c.dropout > 0 ? c.widths.map { KeepMask(c.rows, $0) } : []
            }
        }

        package func fill(using stream: inout RandomStream) {
            stream.fillUniform(value.buffer)
            stream.fillUniform(critic.buffer)
            stream.fillUniform(policies.buffer)
            for layers in keeps {
                for keep in layers { stream.fillKeepMask(keep.factors.buffer, rate: dropout) }
            }
        }
    }
}
