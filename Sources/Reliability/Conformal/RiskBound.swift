import Assurance
import Foundation

/// An upper bound on the mean of losses in [0, 1] that is missed with probability δ at most, as risk-controlling sets use it.
///
/// - SeeAlso: Bates et al. 2021, arXiv:2101.02703, section 3.1.
public enum RiskBound: String, Sendable, Hashable, CaseIterable {
    /// R̂ + √(ln(1/δ)/2n).
    case hoeffding
    /// The better of Hoeffding's (in its tight form) and Bentkus' inequality, solved for the mean.
    case hoeffdingBentkus = "hoeffding-bentkus"
    /// Waudby-Smith and Ramdas' bets, as Bates et al. write them: K_t(R) = Π(1 − ν_i(L_i − R)) with ν_i capped at 1.
    ///
    /// `Assurance.BettingBound` caps bets at half of what they may be, which is another bound.
    case betting = "wsr"

    /// Bounds the mean.
    ///
    /// - Parameters:
    ///   - losses: at least one, in [0, 1], in an order that does not depend on them.
    ///   - delta: in (0, 1).
    /// - Returns: at most 1 but for `hoeffding`, which may say more and then nothing.
    /// - Throws: `tooFew`, `notFinite`, `outside`.
    public func upper(_ losses: [Double], delta: Double) throws(ReliabilityError) -> Double {
        precondition(delta > 0 && delta < 1, "a delta of \(delta) is outside (0, 1)")
        guard !losses.isEmpty else { throw .tooFew("risk bound", rows: 0, needed: 1) }
        try mustBeShares(losses, "loss")
        let count = Double(losses.count)
        switch self {
        case .hoeffding: return mean(losses) + (log(1 / delta) / (2 * count)).squareRoot()
        case .hoeffdingBentkus:
            let risk = mean(losses)
            return Self.last(above: min(risk, 1)) {
                RiskTest.hoeffdingBentkus(risk, of: losses.count, alpha: $0) >= delta
            }
        case .betting: return Self.betting(losses, delta)
        }
    }

    /// The largest mean that is not rejected, where those from `low` on are kept up to some number and rejected beyond.
    private static func last(above low: Double, _ isKept: (Double) -> Bool) -> Double {
        var (kept, rejected) = (low, 1.0)
        if kept >= 1 || isKept(1) { return 1 }
        while true {
            let middle = kept + (rejected - kept) / 2
            if middle <= kept || middle >= rejected { return rejected }
            if isKept(middle) { kept = middle } else { rejected = middle }
        }
    }

    /// Whether the bound lies below α, without finding it.
    ///
    /// - Parameters:
    ///   - alpha: in (0, 1].
    ///   - losses: as of `upper`.
    ///   - delta: in (0, 1).
    /// - Returns: whether a mean of α is rejected.
    /// - Throws: `tooFew`, `notFinite`, `outside`.
    public func isBelow(_ alpha: Double, _ losses: [Double], delta: Double) throws(ReliabilityError) -> Bool {
        precondition(alpha > 0 && alpha <= 1, "an alpha of \(alpha) is outside (0, 1]")
        if self == .hoeffding { return try upper(losses, delta: delta) < alpha }
        guard !losses.isEmpty else { throw .tooFew("risk bound", rows: 0, needed: 1) }
        try mustBeShares(losses, "loss")
        if self == .betting { return !Self.keeps(alpha, losses, Self.bets(losses, delta), delta) }
        let risk = mean(losses)
        return risk < alpha && RiskTest.hoeffdingBentkus(risk, of: losses.count, alpha: alpha) < delta
    }

    private static func betting(_ losses: [Double], _ delta: Double) -> Double {
        let bets = bets(losses, delta)
        return last(above: 0) { keeps($0, losses, bets, delta) }
    }

    /// ν_i = min(1, √(2·ln(1/δ)/(n·σ²_{i−1}))), from the losses before the i-th.
    private static func bets(_ losses: [Double], _ delta: Double) -> [Double] {
        let scale = 2 * log(1 / delta) / Double(losses.count)
        var (sum, squares, variance) = (0.5, 0.25, 0.25)
        return losses.enumerated().map { index, loss in
            let bet = min(1, (scale / variance).squareRoot())
            sum += loss
            let miss = loss - sum / Double(index + 2)
            squares += miss * miss
            variance = squares / Double(index + 2)
            return bet
        }
    }

    /// Whether no bet against a mean makes 1/δ of 1.
    private static func keeps(_ risk: Double, _ losses: [Double], _ bets: [Double], _ delta: Double) -> Bool {
        let needed = log(1 / delta)
        var capital = 0.0
        for (loss, bet) in zip(losses, bets) {
            // A factor of 0 ends all: nothing grows from no capital.
            capital += log1p(-bet * (loss - risk))
            if capital > needed { return false }
        }
        return true
    }
}

/// p-values of "the risk exceeds α" from a mean loss.
public enum RiskTest {
    /// min(e^{−n·h(min(r, α), α)}, e·P(Binomial(n, α) ≤ ⌈n·r⌉)), for losses in [0, 1]; h is the relative entropy of two coins.
    ///
    /// - Parameters:
    ///   - risk: mean loss r, in [0, 1].
    ///   - count: n, at least 1.
    ///   - alpha: in [0, 1].
    /// - Returns: in (0, 1].
    /// - SeeAlso: Bates et al. 2021, arXiv:2101.02703, proposition 1.
    public static func hoeffdingBentkus(_ risk: Double, of count: Int, alpha: Double) -> Double {
        precondition(count >= 1 && risk >= 0 && risk <= 1 && alpha >= 0 && alpha <= 1)
        let r = min(risk, alpha)
        // 0·ln 0 is 0; a risk of α or more is never rejected.
        let entropy =
            r == alpha
            ? 0
            : (r == 0 ? 0 : r * log(r / alpha))
                + (r == 1 ? 0 : (1 - r) * (alpha == 1 ? .infinity : log1p(-r) - log1p(-alpha)))
        // The product may be rounded above the whole number that it is.
        let failures = Int((Double(count) * risk - 1e-9).rounded(.up))
        return min(1, exp(-Double(count) * entropy), exp(1) * exact(failures, of: count, alpha: alpha))
    }

    /// P(Binomial(n, α) ≤ failures), for losses of 0 and 1.
    ///
    /// - Parameters:
    ///   - failures: in 0 … `count`.
    ///   - count: n, at least 1.
    ///   - alpha: in [0, 1].
    /// - Returns: in [0, 1].
    public static func exact(_ failures: Int, of count: Int, alpha: Double) -> Double {
        precondition(0...count ~= failures, "\(failures) failures of \(count)")
        if failures == count { return 1 }
        return IncompleteBeta.value(1 - alpha, a: Double(count - failures), b: Double(failures + 1))
    }
}
