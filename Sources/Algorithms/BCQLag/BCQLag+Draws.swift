import SafeRL

extension BCQLag {
    /// The codes of one update, before they are limited; kept apart so that a test can put given ones in their place.
    package final class Draws: UpdateDraws {
        /// Of the autoencoder's step and the actor's, `[rows, codes]`.
        package let autoencoder, actor: Tensor
        /// Of the targets, `[rows · n, codes]`, those of a row side by side.
        package let critic, costCritic: Tensor

        init(rows: Int, samples: Int, codes: Int) {
            autoencoder = Tensor(rows, codes)
            actor = Tensor(rows, codes)
            critic = Tensor(rows * samples, codes)
            costCritic = Tensor(rows * samples, codes)
        }

        package func fill(using stream: inout RandomStream) {
            stream.fillNormal(autoencoder.buffer)
            stream.fillNormal(critic.buffer)
            stream.fillNormal(costCritic.buffer)
            stream.fillNormal(actor.buffer)
        }
    }
}
