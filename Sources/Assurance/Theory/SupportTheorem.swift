import Foundation
import Storage

/// The quantities in which the guarantees of offline guarded safe reinforcement learning (OGSRL) are stated.
///
/// Notation of the paper: a guardian is fitted to N recorded pairs of state and action; α is the share of pairs it may
/// leave out in truth, α_c in the data; δ and β are probabilities of failure; γ and H are discount and horizon; ⋄max is
/// the largest reward or cost of a step. Densities are estimated with kernels of bandwidth h, and are ζ-Hölder.
///
/// - SeeAlso: Yan et al. 2025, arXiv:2505.16242, theorems 1, 2, 3 and 6, corollary 1.
public struct SupportTheorem: Codable, Sendable, Hashable {
    /// N: recorded pairs of state and action, at least 1, which the theorems take as independent.
    public var samples: Int
    /// α: share of pairs outside the guarded set under the true law, in [0, 1).
    public var outsideShare: Double
    /// α_c: the same in the data, above α, at most 1.
    public var outsideShareInData: Double
    /// δ, in (0, 1).
    public var delta: Double
    /// β: probability that the policy leaves the guarded set in the model, in (0, 1).
    public var beta: Double
    /// γ, in (0, 1).
    public var discount: Double
    /// H, at least 1.
    public var horizon: Int
    /// ⋄max, positive.
    public var largestValue: Double
    /// h, positive.
    public var bandwidth: Double
    /// ζ, in (0, 1].
    public var smoothness: Double
    /// C_den = (C_j + C_m)/f_min, positive; not known in practice.
    public var densityConstant: Double
    /// n: components of a state, at least 1.
    public var stateSize: Int
    /// m: components of an action, at least 1.
    public var actionSize: Int
    /// What theorem 6 needs where rewards and costs are learned; nothing where they are known.
    public var regression: Regression?

    /// Gaussian-process regression of rewards and costs, as theorem 6 assumes it.
    public struct Regression: Codable, Sendable, Hashable {
        /// ω: bound of the function's norm, at least 0.
        public var norm: Double
        /// ν_N: largest information gain of N samples, at least 0.
        public var informationGain: Double
        /// σ_max: largest posterior standard deviation, at least 0.
        public var largestDeviation: Double

        /// States the three quantities.
        public init(norm: Double, informationGain: Double, largestDeviation: Double) {
            self.norm = norm
            (self.informationGain, self.largestDeviation) = (informationGain, largestDeviation)
        }

        private enum CodingKeys: String, CodingKey {
            case norm = "omega"
            case informationGain = "nu_N"
            case largestDeviation = "sigma_max"
        }
    }

    /// States all quantities; `certificate` checks their ranges.
    public init(
        samples: Int, outsideShare: Double, outsideShareInData: Double, delta: Double, beta: Double,
        discount: Double, horizon: Int, largestValue: Double, bandwidth: Double, smoothness: Double,
        densityConstant: Double, stateSize: Int, actionSize: Int, regression: Regression? = nil
    ) {
        (self.samples, self.outsideShare, self.outsideShareInData) = (
            samples, outsideShare, outsideShareInData
        )
        (self.delta, self.beta, self.discount, self.horizon) = (delta, beta, discount, horizon)
        (self.largestValue, self.bandwidth, self.smoothness) = (largestValue, bandwidth, smoothness)
        (self.densityConstant, self.stateSize, self.actionSize) = (densityConstant, stateSize, actionSize)
        self.regression = regression
    }

    private enum CodingKeys: String, CodingKey {
        case samples = "N"
        case outsideShare = "alpha"
        case outsideShareInData = "alpha_c"
        case delta, beta, bandwidth, regression
        case discount = "gamma"
        case horizon = "H"
        case largestValue = "value_max"
        case smoothness = "zeta"
        case densityConstant = "C_den"
        case stateSize = "n"
        case actionSize = "m"
    }

    /// What the theorems promise for these quantities.
    ///
    /// - Throws: `SupportTheoremError` for a quantity outside its range.
    public func certificate() throws(SupportTheoremError) -> SupportCertificate {
        try check()
        return SupportCertificate(self)
    }

    private func check() throws(SupportTheoremError) {
        func require(_ name: String, _ value: Double, _ isAllowed: Bool, _ range: String)
            throws(SupportTheoremError)
        {
            if !(isAllowed && value.isFinite) {
                throw SupportTheoremError(name: name, value: value, range: range)
            }
        }
        func open(_ name: String, _ value: Double) throws(SupportTheoremError) {
            try require(name, value, value > 0 && value < 1, "in (0, 1)")
        }
        func positive(_ name: String, _ value: Double) throws(SupportTheoremError) {
            try require(name, value, value > 0, "above 0")
        }
        try require("N", Double(samples), samples >= 1, "at least 1")
        try require("alpha", outsideShare, outsideShare >= 0 && outsideShare < 1, "in [0, 1)")
        let isAbove = outsideShareInData > outsideShare && outsideShareInData <= 1
        try require("alpha_c", outsideShareInData, isAbove, "above alpha, at most 1")
        for (name, value) in [("delta", delta), ("beta", beta), ("gamma", discount)] { try open(name, value) }
        try require("H", Double(horizon), horizon >= 1, "at least 1")
        for (name, value) in [
            ("value_max", largestValue), ("bandwidth", bandwidth), ("C_den", densityConstant),
        ] { try positive(name, value) }
        try require("zeta", smoothness, smoothness > 0 && smoothness <= 1, "in (0, 1]")
        try require("n", Double(stateSize), stateSize >= 1, "at least 1")
        try require("m", Double(actionSize), actionSize >= 1, "at least 1")
        guard let regression else { return }
        for (name, value) in [
            ("omega", regression.norm), ("nu_N", regression.informationGain),
            ("sigma_max", regression.largestDeviation),
        ] { try require(name, value, value >= 0, "at least 0") }
    }
}

/// A quantity outside the range that a theorem is stated for.
public struct SupportTheoremError: Fault, Equatable {
    /// The quantity's symbol, such as `alpha_c`.
    public let name: String
    /// What was given.
    public let value: Double
    /// What is allowed.
    public let range: String

    /// What kind of fault it is.
    public var kind: FaultKind { .usage }

    /// One sentence.
    public var description: String {
        "\(name) is \(String(format: "%g", value)): the theorems need it \(range)."
    }
}
