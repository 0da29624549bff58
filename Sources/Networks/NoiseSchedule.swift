import Foundation

/// How much noise each of T diffusion steps adds, and what is left of the signal after it.
///
/// Index 0 is the first step, t = 1 in the formulas.
///
/// - SeeAlso: Ho et al. 2020, arXiv:2006.11239; specification of FISOR, section 4.1.
public struct NoiseSchedule: Sendable, Equatable {
    /// Which formula gives the noise.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// α_t = exp(−b_min/T − ½(b_max − b_min)(2t − 1)/T²) with b from 0.1 to 10.
        case vp
        /// ᾱ follows a squared cosine with offset 0.008; β at most 0.999 (Nichol and Dhariwal 2021).
        case cosine
        /// β rises evenly from 1e-4 to 0.02.
        case linear
    }

    /// Variance that a step adds.
    public let betas: [Float]
    /// 1 − β.
    public let alphas: [Float]
    /// Products of α up to and including a step.
    public let alphaBars: [Float]

    /// Number of steps T.
    public var steps: Int { betas.count }

    /// Computes a schedule.
    ///
    /// - Parameters:
    ///   - kind: which formula.
    ///   - steps: T, at least 1.
    public init(_ kind: Kind, steps: Int) {
        precondition(steps >= 1, "a diffusion of \(steps) steps does not exist")
        let betas = (1...steps).map { Self.beta(kind, Double($0), Double(steps)) }
        var product = 1.0
        self.betas = betas.map { Float($0) }
        alphas = betas.map { Float(1 - $0) }
        alphaBars = betas.map { beta in
            product *= 1 - beta
            return Float(product)
        }
    }

    private static func beta(_ kind: Kind, _ t: Double, _ count: Double) -> Double {
        switch kind {
        case .vp: return 1 - exp(-0.1 / count - 0.5 * (10 - 0.1) * (2 * t - 1) / (count * count))
        case .cosine:
            let level = { (x: Double) in pow(cos((x + 0.008) / 1.008 * .pi / 2), 2) }
            // ᾱ is sampled at T + 1 even points from 0 to 1.
            return min(max(1 - level(t / count) / level((t - 1) / count), 0), 0.999)
        case .linear: return count == 1 ? 1e-4 : 1e-4 + (0.02 - 1e-4) * (t - 1) / (count - 1)
        }
    }
}
