import SafeRL

/// The random numbers of one policy update, kept apart so that a test can put given ones in their place.
package final class PolicyDraws {
    /// Diffusion index of each row.
    package let steps: UnsafeMutableBufferPointer<Int32>
    /// z, `[rows, A]`.
    package let noise: Tensor
    /// Factors of inverted dropout for each block, `[rows, width]`; none without dropout.
    package let keeps: [KeepMask]
    let chosen: UnsafeMutableBufferPointer<Int32>

    init(rows: Int, actions: Int, blocks: Int, width: Int) {
        steps = .allocate(capacity: rows)
        steps.initialize(repeating: 0)
        chosen = .allocate(capacity: rows)
        chosen.initialize(repeating: 0)
        noise = Tensor(rows, actions)
        keeps = (0..<blocks).map { _ in KeepMask(rows, width) }
    }

    deinit {
        steps.deallocate()
        chosen.deallocate()
    }

    func fill(steps count: Int, dropout: Float, using stream: inout RandomStream) {
        stream.fillIntegers(steps, below: count)
        stream.fillNormal(noise.buffer)
        for keep in keeps { stream.fillKeepMask(keep.factors.buffer, rate: dropout) }
    }
}

/// A tensor that can stand in an array.
package final class KeepMask {
    /// The factors.
    package let factors: Tensor
    init(_ rows: Int, _ width: Int) { factors = Tensor(rows, width) }
}
