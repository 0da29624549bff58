import Foundation

/// One temperature that logits are divided by: above 1 makes a classifier less sure, below 1 surer.
///
/// It changes no prediction.
///
/// - SeeAlso: Guo et al. 2017, arXiv:1706.04599.
public enum TemperatureScaling {
    /// Temperatures that are searched for the least log loss.
    public static let range = 0.05...20.0

    /// The temperature of least log loss, by golden-section search over its logarithm.
    ///
    /// - Parameter rows: to fit on.
    /// - Returns: within `range`; an end of it where the loss falls towards it.
    public static func byLogLoss(_ rows: ClassifierRows) -> Double {
        let golden = (5.0.squareRoot() - 1) / 2
        func loss(_ logarithm: Double) -> Double { rows.divided(by: exp(logarithm)).logLoss }
        var (low, high) = (log(range.lowerBound), log(range.upperBound))
        var (left, right) = (high - golden * (high - low), low + golden * (high - low))
        var (atLeft, atRight) = (loss(left), loss(right))
        while high - low > 1e-12 {
            if atLeft <= atRight {
                (high, right, atRight) = (right, left, atLeft)
                left = high - golden * (high - low)
                if left <= low || left >= right { break }
                atLeft = loss(left)
            } else {
                (low, left, atLeft) = (left, right, atRight)
                right = low + golden * (high - low)
                if right >= high || right <= left { break }
                atRight = loss(right)
            }
        }
        return exp((low + high) / 2)
    }

    /// The temperature of least log loss for probabilities of one event, with logit(p)/T.
    ///
    /// - Parameters:
    ///   - probability: in [0, 1]; kept within `ProperScores.clip` of 0 and 1.
    ///   - hit: whether the event happened.
    /// - Returns: within `range`.
    /// - Throws: `tooFew`, `notFinite`, `outside`.
    public static func byLogLoss(probability: [Double], hit: [Bool]) throws(ReliabilityError) -> Double {
        try mustBeShares(probability, "probability")
        let rows = try ClassifierRows(
            logits: probability.map { [0, logit($0)] }, labels: hit.map { $0 ? 1 : 0 })
        return byLogLoss(rows)
    }

    /// Of 0.50, 0.51 … 1.99 the first with the least expected calibration error (15 bins of equal width), as the authors of
    /// class-wise temperatures choose it.
    ///
    /// - Parameter rows: to fit on.
    /// - Returns: the temperature.
    /// - Throws: never for rows that exist.
    public static func byGrid(_ rows: ClassifierRows) throws(ReliabilityError) -> Double {
        var best = (error: Double.infinity, temperature: 1.0)
        for step in 50..<200 {
            let temperature = Double(step) / 100
            let error = try rows.divided(by: temperature).ece()
            if error < best.error { best = (error, temperature) }
        }
        return best.temperature
    }

    /// A temperature for each predicted class, of least log loss on the rows so predicted; it changes no prediction.
    ///
    /// - Parameters:
    ///   - rows: to fit on.
    ///   - least: rows that a class needs for a temperature of its own; with fewer it has that of all rows.
    /// - Returns: one a class, for `ClassifierRows.divided(byPrediction:)`.
    /// - Throws: never for rows that exist.
    public static func byPredictedClass(_ rows: ClassifierRows, least: Int = 20) throws(ReliabilityError)
        -> [Double]
    {
        let all = byLogLoss(rows)
        let predictions = rows.predictions
        var temperatures: [Double] = []
        for label in 0..<rows.classes {
            let own = predictions.indices.filter { predictions[$0] == label }
            guard own.count >= max(least, 1) else {
                temperatures.append(all)
                continue
            }
            let part = try ClassifierRows(
                logits: own.map { rows.logits[$0] }, labels: own.map { rows.labels[$0] })
            temperatures.append(byLogLoss(part))
        }
        return temperatures
    }
}

extension ClassifierRows {
    /// Expected calibration error of the predictions.
    public func ece(_ rule: BinRule = .equalWidth(15)) throws(ReliabilityError) -> Double {
        try CalibrationTable(confidence: confidence, hit: isRight, rule: rule).ece
    }
}

/// ln(p/(1 − p)) with p kept within `ProperScores.clip` of 0 and 1.
func logit(_ probability: Double) -> Double {
    let p = min(max(probability, ProperScores.clip), 1 - ProperScores.clip)
    return log(p) - log1p(-p)
}
