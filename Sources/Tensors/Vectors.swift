import CKernels

/// What one Adam step needs beside the vectors.
package typealias AdamStep = ck_adam_step

/// Passes over whole flat vectors, on several threads.
package enum Vectors {
    /// One Adam step, and the moving average of the weights where `target` is given.
    ///
    /// - Returns: whether every element of the gradient was finite.
    package static func adam(
        _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, _ first: UnsafeMutablePointer<Float>,
        _ second: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>?, _ count: Int, _ step: AdamStep,
        average: Float
    ) -> Bool {
        let parts = Shards.parts(rows: count, elements: count)
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: parts) { finite in
            Shards.run(parts) { part in
                // Whole cache lines for each shard, so that two threads never write into one.
                let lines = Shards.range(part, of: parts, rows: (count + 15) / 16)
                let (start, end) = (lines.lowerBound * 16, min(lines.upperBound * 16, count))
                var step = step
                finite[part] = ck_adam(
                    weights + start, gradient + start, first + start, second + start, target.map { $0 + start }, end - start,
                    &step, average)
            }
            return finite.allSatisfy { $0 != 0 }
        }
    }

    /// target = rate·weights + (1 − rate)·target
    package static func average(
        _ weights: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, _ count: Int, _ rate: Float
    ) {
        let parts = Shards.parts(rows: count, elements: count)
        Shards.run(parts) { part in
            let lines = Shards.range(part, of: parts, rows: (count + 15) / 16)
            let (start, end) = (lines.lowerBound * 16, min(lines.upperBound * 16, count))
            ck_polyak(weights + start, target + start, end - start, rate)
        }
    }

    /// Whether no element is NaN or infinite.
    package static func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
        guard let base = values.baseAddress else { return true }
        return ck_all_finite(base, values.count) != 0
    }
}
