import CKernels

/// What one Adam step needs beside the vectors.
package typealias AdamStep = ck_adam_step

/// Passes over whole flat vectors, on several threads.
package enum Vectors {
    /// One Adam step, and the moving average of the weights where `target` is given.
    ///
    /// - Returns: whether every element of the gradient was finite.
    package static func adam(
        _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>,
        _ first: UnsafeMutablePointer<Float>,
        _ second: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>?, _ count: Int,
        _ step: AdamStep,
        average: Float
    ) -> Bool {
        let parts = Shards.parts(rows: count, elements: count)
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: parts) { finite in
            let context = (weights, gradient, first, second, target, count, step, average, finite, parts)
            Shards.run(parts, on: context) { context, part in
                let (weights, gradient, first, second, target, count, step, average, finite, parts) = context
                let (start, length) = lines(part, of: parts, count)
                var it = step
                finite[part] = ck_adam(
                    weights + start, gradient + start, first + start, second + start,
                    target.map { $0 + start }, length, &it,
                    average)
            }
            for part in 0..<parts where finite[part] == 0 { return false }
            return true
        }
    }

    /// Moves an average: target = rate·weights + (1 − rate)·target.
    package static func average(
        _ weights: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, _ count: Int,
        _ rate: Float
    ) {
        let parts = Shards.parts(rows: count, elements: count)
        Shards.run(parts, on: (weights, target, count, rate, parts)) { context, part in
            let (weights, target, count, rate, parts) = context
            let (start, length) = lines(part, of: parts, count)
            ck_polyak(weights + start, target + start, length, rate)
        }
    }

    /// Start and length of a shard made of whole cache lines, so that two threads never write into one.
    private static func lines(_ part: Int, of parts: Int, _ count: Int) -> (start: Int, length: Int) {
        let lines = Shards.range(part, of: parts, rows: (count + 15) / 16)
        return (lines.lowerBound * 16, min(lines.upperBound * 16, count) - lines.lowerBound * 16)
    }

    /// √Σx², summed in Double.
    package static func norm(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
        Float(ck_sum_of_squares(values, count).squareRoot())
    }

    /// Whether no element is NaN or infinite.
    package static func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
        guard let base = values.baseAddress else { return true }
        return ck_all_finite(base, values.count) != 0
    }
}
