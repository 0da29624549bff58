import SafeRL

/// The kernel of a distance between two sets of samples.
public enum SampleKernel: String, Codable, Sendable, CaseIterable {
    /// exp(−‖x − y‖² / (2σ)).
    case gaussian
    /// exp(−‖x − y‖₁ / (2σ)).
    case laplacian

    /// k(x, y) of each row, `[B, 1]`.
    func callAsFunction(_ x: Variable, _ y: Variable, width: Float) -> Variable {
        let difference = x - y
        let distance = self == .gaussian ? difference.squared() : difference.magnitude()
        return (distance.rowSums() * (-0.5 / width)).exp()
    }
}

/// Maximum mean discrepancy between two samples of m each in every state, with every pair of each counted, equal ones too.
///
/// - SeeAlso: Gretton et al. 2012, "A kernel two-sample test".
package final class KernelDistance {
    private let rows, samples: Int
    /// The first and the second of every pair of a state's samples, state after state.
    private let firsts, seconds: UnsafeMutableBufferPointer<Int32>

    init(rows: Int, samples: Int) {
        (self.rows, self.samples) = (rows, samples)
        firsts = .allocate(capacity: rows * samples * samples)
        seconds = .allocate(capacity: rows * samples * samples)
        for index in firsts.indices {
            let (pair, first) = (index % (samples * samples), index / (samples * samples) * samples)
            firsts.initializeElement(at: index, to: Int32(first + pair / samples))
            seconds.initializeElement(at: index, to: Int32(first + pair % samples))
        }
    }

    deinit {
        firsts.deallocate()
        seconds.deallocate()
    }

    /// √(mean k(x, x) + mean k(y, y) − 2·mean k(x, y) + 1e-6) of each state.
    ///
    /// - Parameters:
    ///   - x: m samples of each state side by side, `[rows · m, A]`.
    ///   - y: others, of the same shape.
    ///   - kernel: how alike two of them are.
    ///   - width: sigma, not squared.
    /// - Returns: `[rows, 1]`, never negative.
    package func callAsFunction(_ x: Variable, _ y: Variable, _ kernel: SampleKernel, width: Float)
        -> Variable
    {
        func mean(_ a: Variable, _ b: Variable) -> Variable {
            let pairs = kernel(a.rows(at: .init(firsts)), b.rows(at: .init(seconds)), width: width)
            return pairs.reshaped(rows, samples * samples).rowSums() / Float(samples * samples)
        }
        // Rounding may carry the sum of equal samples just below 0.
        return ((mean(x, x) + mean(y, y) - 2 * mean(x, y)).relu() + 1e-6).squareRoot()
    }
}
