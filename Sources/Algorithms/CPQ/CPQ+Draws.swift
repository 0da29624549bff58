import SafeRL

extension CPQ {
    /// The normal draws of one update; kept apart so that a test can put given ones in their place.
    package final class Draws: UpdateDraws {
        /// Of the autoencoder's step, `[rows, codes]`.
        package let autoencoder: Tensor
        /// Of the actions in the targets and in the actor's step, `[rows, A]`.
        package let critic, costCritic, actor: Tensor
        /// Of the actions among which unlike ones are looked for, draw after draw, `[n · rows, A]`.
        package let unlike: Tensor

        init(rows: Int, samples: Int, actions: Int, codes: Int) {
            autoencoder = Tensor(rows, codes)
            critic = Tensor(rows, actions)
            costCritic = Tensor(rows, actions)
            actor = Tensor(rows, actions)
            unlike = Tensor(rows * samples, actions)
        }

        package func fill(using stream: inout RandomStream) {
            stream.fillNormal(autoencoder.buffer)
            stream.fillNormal(critic.buffer)
            stream.fillNormal(costCritic.buffer)
            stream.fillNormal(unlike.buffer)
            stream.fillNormal(actor.buffer)
        }
    }
}
