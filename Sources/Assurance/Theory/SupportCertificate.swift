import Foundation

/// What the published guarantees of OGSRL amount to in numbers, with the word *vacuous* where they say nothing.
///
/// Theorem 1 has two versions. It is printed with the exponent −2·N²·(α_c − α); its proof applies Hoeffding's inequality,
/// whose exponent is −2·N·(α_c − α)². Only the second follows, and even that bounds the probability that the true set
/// breaks the constraint in the data: that the learned set lies within the support does not follow from it, because a
/// smaller log-determinant does not make one set part of another. Errors of values are vacuous where they reach the
/// trivial range ⋄max/(1 − γ), which no two discounted values exceed anyway.
public struct SupportCertificate: Codable, Sendable, Hashable {
    /// What the numbers below follow from.
    public let theorem: SupportTheorem
    /// Theorem 1 as printed: exp(−2·N²·(α_c − α)).
    public let escapeAsPrinted: Double
    /// Theorem 1 as its proof gives it: exp(−2·N·(α_c − α)²).
    public let escapeAsProved: Double
    /// Corollary 1 as printed: N must exceed √(ln(1/δ)/(2·(α_c − α))).
    public let samplesAsPrinted: Double
    /// Corollary 1 from the proof: N must reach ln(1/δ)/(2·(α_c − α)²).
    public let samplesAsProved: Double
    /// Corollary 1: 1 − δ − β, the probability of staying in the support; says nothing at or below 0.
    public let supportConfidence: Double
    /// ε_k, from the kernel estimate of the dynamics.
    public let kernelError: Double
    /// ε_H, from the finite horizon.
    public let horizonError: Double
    /// ε_g as printed, with η·σ_max; nothing where rewards and costs are known.
    public let regressionErrorAsPrinted: Double?
    /// ε_g with √η·σ_max, as the regression bound is usually stated; nothing where rewards and costs are known.
    public let regressionErrorAsUsual: Double?
    /// ε_k + ε_H, and ε_g as printed where rewards and costs are learned: theorems 2 and 6.
    public let valueError: Double
    /// ⋄max/(1 − γ).
    public let trivialRange: Double
    /// 1 − 2β − 4δ, the probability that theorems 2, 3 and 6 speak of; says nothing at or below 0.
    public let confidence: Double
    /// The shortest horizon at which ε_H is below the trivial range.
    public let horizonNeeded: Int
    /// β·γ^H: a discounted budget for leaving, within which a roll-out of H steps leaves with probability β at most.
    ///
    /// That holds in the model. It replaces lemma 1, which gives no formula.
    public let rigorousBudget: Double
    /// Whether `valueError` reaches the trivial range, or `confidence` 0.
    public let isVacuous: Bool
    /// The names of all quantities above that say nothing.
    public private(set) var vacuous: [String]

    /// Computes everything from quantities that were checked.
    init(_ t: SupportTheorem) {
        theorem = t
        let (n, gap, unsure) = (Double(t.samples), t.outsideShareInData - t.outsideShare, log(1 / t.delta))
        escapeAsPrinted = exp(-2 * n * n * gap)
        escapeAsProved = exp(-2 * n * gap * gap)
        samplesAsPrinted = (unsure / (2 * gap)).squareRoot()
        samplesAsProved = unsure / (2 * gap * gap)
        supportConfidence = 1 - t.delta - t.beta

        let (gamma, rest, steps) = (t.discount, 1 - t.discount, Double(t.horizon))
        trivialRange = t.largestValue / rest
        let tail = pow(gamma, steps + 1) * (2 - gamma)
        horizonError = tail * t.largestValue / (rest * rest)
        let volume = pow(t.bandwidth, Double(2 * t.stateSize + t.actionSize))
        let density = pow(t.bandwidth, t.smoothness) + (unsure / (n * volume)).squareRoot()
        let factor = (gamma - pow(gamma, steps + 2)) * t.densityConstant / (rest * rest)
        kernelError = t.largestValue * factor * density
        let regression = t.regression.map { learned in
            let root = t.largestValue + 4 * learned.norm * (learned.informationGain + 1 + unsure).squareRoot()
            return (root * root * learned.largestDeviation / rest, root * learned.largestDeviation / rest)
        }
        (regressionErrorAsPrinted, regressionErrorAsUsual) = (regression?.0, regression?.1)
        valueError = kernelError + horizonError + (regression?.0 ?? 0)
        confidence = 1 - 2 * t.beta - 4 * t.delta
        horizonNeeded = Self.horizon(below: rest / (2 - gamma), discount: gamma)
        rigorousBudget = t.beta * pow(gamma, steps)
        isVacuous = !(valueError < trivialRange && confidence > 0)

        vacuous = []
        vacuous = saysNothing(samples: n)
    }

    private func saysNothing(samples n: Double) -> [String] {
        var names: [String] = []
        func note(_ name: String, unless says: Bool) { if !says { names.append(name) } }
        note("theorem_1_as_printed", unless: escapeAsPrinted < 1)
        note("theorem_1_as_proved", unless: escapeAsProved < 1)
        note("corollary_1_as_printed", unless: supportConfidence > 0 && n > samplesAsPrinted)
        note("corollary_1_as_proved", unless: supportConfidence > 0 && n >= samplesAsProved)
        note("epsilon_k", unless: kernelError < trivialRange)
        note("epsilon_H", unless: horizonError < trivialRange)
        if let error = regressionErrorAsPrinted { note("epsilon_g_as_printed", unless: error < trivialRange) }
        if let error = regressionErrorAsUsual { note("epsilon_g_as_usual", unless: error < trivialRange) }
        note("value_error", unless: valueError < trivialRange)
        note("confidence", unless: confidence > 0)
        return names
    }

    private enum CodingKeys: String, CodingKey {
        case theorem = "inputs"
        case escapeAsPrinted = "theorem_1_as_printed"
        case escapeAsProved = "theorem_1_as_proved"
        case samplesAsPrinted = "corollary_1_samples_as_printed"
        case samplesAsProved = "corollary_1_samples_as_proved"
        case supportConfidence = "corollary_1_confidence"
        case kernelError = "epsilon_k"
        case horizonError = "epsilon_H"
        case regressionErrorAsPrinted = "epsilon_g_as_printed"
        case regressionErrorAsUsual = "epsilon_g_as_usual"
        case valueError = "value_error"
        case trivialRange = "trivial_range"
        case confidence
        case horizonNeeded = "horizon_needed"
        case rigorousBudget = "rigorous_budget"
        case isVacuous = "is_vacuous"
        case vacuous
    }

    /// The smallest H ≥ 1 with γ^(H+1) below a bound in (0, 1).
    private static func horizon(below bound: Double, discount: Double) -> Int {
        // The logarithm gives the neighbourhood, the power itself decides.
        let estimate = log(bound) / log(discount) - 1
        guard estimate < 0x1p53 else { return Int.max }
        var horizon = max(1, Int(estimate) - 1)
        while pow(discount, Double(horizon) + 1) >= bound { horizon += 1 }
        return horizon
    }
}
