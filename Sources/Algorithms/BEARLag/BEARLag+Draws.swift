import SafeRL

extension BEARLag {
    /// The normal draws of one update; kept apart so that a test can put given ones in their place.
    package final class Draws: UpdateDraws {
        /// Of the autoencoder's step, `[rows, codes]`.
        package let autoencoder: Tensor
        /// Of the actions in the targets, `[rows · n, A]`, those of a row side by side.
        package let critic, costCritic: Tensor
        /// Of the codes, before they are limited, and actions whose distance is taken, `[rows · m, codes]` and `[rows · m, A]`.
        package let cloning, actor: Tensor
        /// 0 m times, 1 m times, …; and the first of each row's m samples.
        let repeatedRows, firstSamples: UnsafeMutableBufferPointer<Int32>

        init(_ c: Configuration, actions: Int, codes: Int) {
            let (rows, samples) = (c.rows, c.distanceSamples)
            autoencoder = Tensor(rows, codes)
            critic = Tensor(rows * c.samples, actions)
            costCritic = Tensor(rows * c.samples, actions)
            cloning = Tensor(rows * samples, codes)
            actor = Tensor(rows * samples, actions)
            repeatedRows = .allocate(capacity: rows * samples)
            firstSamples = .allocate(capacity: rows)
            for index in repeatedRows.indices {
                repeatedRows.initializeElement(at: index, to: Int32(index / samples))
            }
            for row in firstSamples.indices {
                firstSamples.initializeElement(at: row, to: Int32(row * samples))
            }
        }

        deinit {
            repeatedRows.deallocate()
            firstSamples.deallocate()
        }

        package func fill(using stream: inout RandomStream) {
            stream.fillNormal(autoencoder.buffer)
            stream.fillNormal(critic.buffer)
            stream.fillNormal(costCritic.buffer)
            stream.fillNormal(cloning.buffer)
            stream.fillNormal(actor.buffer)
        }
    }
}
