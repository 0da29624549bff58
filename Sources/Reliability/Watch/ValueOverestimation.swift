import Assurance

/// How a value function's predictions lie against what came of them.
public struct ValueOverestimation: Sendable, Hashable {
    /// Prediction − outcome at the start of each episode.
    public let atStarts: [Double]
    /// Their mean.
    public let mean: Double
    /// Their standard deviation, with n − 1 below.
    public let deviation: Double
    /// Student's interval of the mean over episodes; nothing for a single episode.
    public let interval: ClosedRange<Double>?
    /// The mean divided by the mean |outcome| at starts; nothing where that is 0.
    public let relative: Double?
    /// Mean of prediction − outcome over all states.
    public let meanOfAll: Double
    /// Root mean square of it over all states.
    public let rootMeanSquare: Double
    /// Share of states predicted above their outcome.
    public let shareAbove: Double
    /// Rank correlation over all states; nothing where either side is constant.
    public let spearman: Double?
    /// Slope of the outcome on the prediction, 1 is best; nothing where predictions are constant.
    public let slope: Double?
    /// Its intercept; 0 is best.
    public let intercept: Double?

    /// Share of mean |outcome| above which the whole interval counts as a warning.
    public static let warning = 0.1

    /// Whether the interval lies wholly above `warning` of the mean |outcome| at starts.
    public var isWarning: Bool {
        guard let interval, let relative, relative != 0 else { return false }
        return interval.lowerBound > Self.warning * abs(mean / relative)
    }

    /// Compares episodes.
    ///
    /// - Parameters:
    ///   - predicted: values of the states of each episode; none may be empty.
    ///   - outcomes: what came of each, such as `ReturnsToGo`.
    ///   - confidence: of the interval, in (0, 1).
    /// - Throws: `tooFew` without episodes, `notFinite`.
    public init(predicted: [[Double]], outcomes: [[Double]], confidence: Double = 0.95)
        throws(ReliabilityError)
    {
        precondition(predicted.count == outcomes.count && !predicted.contains { $0.isEmpty })
        precondition(zip(predicted, outcomes).allSatisfy { $0.count == $1.count })
        guard !predicted.isEmpty else { throw .tooFew("value over-estimation", rows: 0, needed: 1) }
        let (values, returns) = (predicted.flatMap { $0 }, outcomes.flatMap { $0 })
        try mustBeFinite(values, "value")
        try mustBeFinite(returns, "outcome")
        atStarts = zip(predicted, outcomes).map { $0[0] - $1[0] }
        let sample = SampleMean(atStarts)
        (mean, deviation) = (sample.mean, sample.deviation)
        interval = sample.interval(confidence: confidence)
        let size = Reliability.mean(outcomes.map { abs($0[0]) })
        relative = size > 0 ? sample.mean / size : nil
        let misses = zip(values, returns).map { $0 - $1 }
        meanOfAll = Reliability.mean(misses)
        rootMeanSquare = Reliability.mean(misses.map { $0 * $0 }).squareRoot()
        shareAbove = Double(misses.count { $0 > 0 }) / Double(misses.count)
        spearman = Association(Association.ranks(values), Association.ranks(returns)).correlation
        let line = Association(values, returns)
        (slope, intercept) = (line.slope, line.intercept)
    }
}

/// How two columns go together.
public struct Association: Sendable, Hashable {
    /// Pearson's correlation, in [−1, 1]; nothing where either column is constant.
    public let correlation: Double?
    /// Least-squares slope of the second on the first; nothing where the first is constant.
    public let slope: Double?
    /// Intercept of the same line.
    public let intercept: Double?

    /// Compares two columns of equal length, at least one row.
    public init(_ x: [Double], _ y: [Double]) {
        precondition(x.count == y.count && !x.isEmpty)
        let (mx, my) = (mean(x), mean(y))
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            xx += (a - mx) * (a - mx)
            yy += (b - my) * (b - my)
            xy += (a - mx) * (b - my)
        }
        correlation = xx > 0 && yy > 0 ? min(max(xy / (xx.squareRoot() * yy.squareRoot()), -1), 1) : nil
        slope = xx > 0 ? xy / xx : nil
        intercept = xx > 0 ? my - xy / xx * mx : nil
    }

    /// Ranks from 1 on; equal values have the mean of theirs.
    public static func ranks(_ values: [Double]) -> [Double] {
        let order = risingOrder(values)
        var (ranks, first) = ([Double](repeating: 0, count: values.count), 0)
        while first < order.count {
            var end = first
            while end < order.count, values[order[end]] == values[order[first]] { end += 1 }
            for place in first..<end { ranks[order[place]] = Double(first + end + 1) / 2 }
            first = end
        }
        return ranks
    }
}
