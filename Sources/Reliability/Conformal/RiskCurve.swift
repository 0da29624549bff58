/// Losses of the same units at several settings λ, of which the first whose risk is small enough is wanted.
///
/// λ rises towards caution: losses should not rise with it. Losses of 0 and 1 by scores are `Assurance.RiskControl`.
public struct RiskCurve: Sendable, Hashable {
    /// Settings, rising.
    public let settings: [Double]
    /// Losses at each setting, one a unit, in [0, 1].
    public let losses: [[Double]]

    /// Takes losses.
    ///
    /// - Parameters:
    ///   - settings: rising.
    ///   - losses: a row a setting, each with the same number of units, at least one.
    /// - Throws: `tooFew`, `notFinite`, `outside`.
    public init(settings: [Double], losses: [[Double]]) throws(ReliabilityError) {
        precondition(settings.count == losses.count && !settings.isEmpty)
        precondition(zip(settings, settings.dropFirst()).allSatisfy { $0 < $1 }, "settings that do not rise")
        guard let units = losses.first?.count, units > 0 else {
            throw .tooFew("risk control", rows: 0, needed: 1)
        }
        for row in losses {
            precondition(row.count == units, "\(row.count) losses of \(units) units")
            try mustBeShares(row, "loss")
        }
        (self.settings, self.losses) = (settings, losses)
    }

    /// Mean loss at each setting.
    public var means: [Double] { losses.map(mean) }

    /// The first setting with n/(n + 1)·R̂ + 1/(n + 1) ≤ α: the expected loss of a fresh unit is at most α, where losses never rise.
    ///
    /// - Parameter alpha: in (0, 1).
    /// - Returns: nothing where no setting has it.
    /// - SeeAlso: Angelopoulos et al. 2022, "Conformal risk control", arXiv:2208.02814.
    public func controlled(alpha: Double) -> Double? {
        let count = Double(losses[0].count)
        return zip(settings, means).first { count / (count + 1) * $1 + 1 / (count + 1) <= alpha }?.0
    }

    /// A bound on the risk at each setting, each missed with probability δ at most.
    ///
    /// - Parameters:
    ///   - bound: which.
    ///   - delta: in (0, 1).
    /// - Returns: one a setting.
    /// - Throws: what `RiskBound.upper` does.
    public func bounds(_ bound: RiskBound, delta: Double) throws(ReliabilityError) -> [Double] {
        var bounds: [Double] = []
        for row in losses { bounds.append(try bound.upper(row, delta: delta)) }
        return bounds
    }

    /// The smallest setting such that it and every larger one has a bound below α: its risk is at most α except with probability δ.
    ///
    /// - Parameters:
    ///   - bound: which.
    ///   - alpha: in (0, 1).
    ///   - delta: in (0, 1).
    /// - Returns: nothing where the largest setting has no such bound.
    /// - Throws: what `RiskBound.upper` does.
    /// - SeeAlso: Bates et al. 2021, arXiv:2101.02703.
    public func controlled(_ bound: RiskBound, alpha: Double, delta: Double) throws(ReliabilityError)
        -> Double?
    {
        var smallest: Double?
        for place in settings.indices.reversed() {
            guard try bound.isBelow(alpha, losses[place], delta: delta) else { break }
            smallest = settings[place]
        }
        return smallest
    }
}
