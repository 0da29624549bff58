/// What one Adam step needs beside the vectors.
package struct AdamStep<Scalar: TapeScalar> {
    var rate, beta1, beta2: Scalar
    /// 1 / (1 − βⁿ) for both moments.
    var correction1, correction2: Scalar
    var epsilon: Scalar
    /// Decoupled weight decay.
    package var decay: Scalar = 0
    /// Factor of the gradient.
    var scale: Scalar

    package init(
        rate: Scalar, beta1: Scalar, beta2: Scalar, correction1: Scalar, correction2: Scalar, epsilon: Scalar,
        scale: Scalar
    ) {
        (self.rate, self.beta1, self.beta2, self.scale) = (rate, beta1, beta2, scale)
        (self.correction1, self.correction2, self.epsilon) = (correction1, correction2, epsilon)
    }
}

/// Passes over whole flat vectors, on several threads.
package enum Vectors {
    /// One Adam step, and the moving average of the weights where `target` is given.
    ///
    /// - Returns: whether every element of the gradient was finite.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    package static func adam<Scalar: TapeScalar>(
        _ weights: UnsafeMutablePointer<Scalar>, _ gradient: UnsafeMutablePointer<Scalar>,
        _ first: UnsafeMutablePointer<Scalar>, _ second: UnsafeMutablePointer<Scalar>,
        _ target: UnsafeMutablePointer<Scalar>?, _ count: Int, _ step: AdamStep<Scalar>, average: Scalar
    ) -> Bool {
        let parts = Shards.parts(rows: count, elements: count)
        return withUnsafeTemporaryAllocation(of: Bool.self, capacity: parts) { finite in
            let context = (weights, gradient, first, second, target, count, step, average, finite, parts)
            Shards.run(parts, on: context) { context, part in
                let (weights, gradient, first, second, target, count, step, average, finite, parts) = context
                let (start, length) = lines(part, of: parts, count)
                finite[part] = Scalar.kernels.adam(
                    weights + start, gradient + start, first + start, second + start,
                    target.map { $0 + start }, length, step, average)
            }
            for part in 0..<parts where !finite[part] { return false }
            return true
        }
    }

    /// Moves the target: target ← rate·weights + (1 − rate)·target.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    package static func average<Scalar: TapeScalar>(
        _ weights: UnsafeMutablePointer<Scalar>, into target: UnsafeMutablePointer<Scalar>, _ count: Int,
        _ rate: Scalar
    ) {
        let parts = Shards.parts(rows: count, elements: count)
        Shards.run(parts, on: (weights, target, count, rate, parts)) { context, part in
            let (weights, target, count, rate, parts) = context
            let (start, length) = lines(part, of: parts, count)
            Scalar.kernels.average(weights + start, target + start, length, rate)
        }
    }

    /// Start and length of a shard made of whole cache lines, so that two threads never write into one.
    private static func lines(_ part: Int, of parts: Int, _ count: Int) -> (start: Int, length: Int) {
        let lines = Shards.range(part, of: parts, rows: (count + 15) / 16)
        return (lines.lowerBound * 16, min(lines.upperBound * 16, count) - lines.lowerBound * 16)
    }

    /// xⁿ, to the digits of its precision.
    package static func power<Scalar: TapeScalar>(_ x: Scalar, _ n: Int) -> Double {
        Scalar.kernels.power(x, n)
    }

    /// √Σx², summed in Double.
    package static func norm<Scalar: TapeScalar>(_ values: UnsafeMutablePointer<Scalar>, _ count: Int)
        -> Scalar
    {
        Scalar(Scalar.kernels.sumOfSquares(values, count).squareRoot())
    }

    /// Whether no element is NaN or infinite.
    package static func areFinite<Scalar: TapeScalar>(_ values: UnsafeBufferPointer<Scalar>) -> Bool {
        guard let base = values.baseAddress else { return true }
        return Scalar.kernels.areFinite(base, values.count)
    }
}
