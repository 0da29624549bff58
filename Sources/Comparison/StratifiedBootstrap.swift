import Tensors

/// Runs that are drawn anew, with replacement, within each task.
///
/// Intervals of it are approximate: they cover that other seeds could have been trained, as far as the few that were show it, and
/// neither other tasks nor the spread of the evaluations themselves.
public struct StratifiedBootstrap: Sendable {
    /// How often runs are drawn anew.
    public let repetitions: Int
    /// Seed of the draws.
    public let seed: UInt64

    /// States how often, and with which numbers.
    ///
    /// - Parameters:
    ///   - repetitions: at least 1.
    ///   - seed: equal seeds give equal intervals.
    public init(repetitions: Int, seed: UInt64 = 0) {
        precondition(repetitions >= 1, "\(repetitions) repetitions")
        (self.repetitions, self.seed) = (repetitions, seed)
    }

    /// A figure of each repetition.
    ///
    /// - Parameters:
    ///   - table: what is drawn from.
    ///   - figure: of the runs that were drawn.
    /// - Returns: as many figures as there are repetitions, in their order.
    public func values(_ table: ScoreTable, _ figure: (ScoreTable) -> Double) -> [Double] {
        values(table, figures: 1) { [figure($0)] }[0]
    }

    /// Several figures of each repetition, all of the same draws.
    ///
    /// - Returns: `[figure][repetition]`.
    public func values(_ table: ScoreTable, figures: Int, _ all: (ScoreTable) -> [Double]) -> [[Double]] {
        var stream = RandomStream(seed: seed, for: .sampling)
        return Self.transposed(
            figures,
            (0..<repetitions).map { _ in
                all(table.resampled(Self.indices(table, &stream)))
            })
    }

    /// A figure of two tables, both drawn anew in each repetition.
    ///
    /// - Returns: as many figures as there are repetitions.
    public func values(
        _ first: ScoreTable, _ second: ScoreTable, _ figure: (ScoreTable, ScoreTable) -> Double
    ) -> [Double] {
        var stream = RandomStream(seed: seed, for: .sampling)
        return (0..<repetitions).map { _ in
            let drawn = first.resampled(Self.indices(first, &stream))
            return figure(drawn, second.resampled(Self.indices(second, &stream)))
        }
    }

    private static func indices(_ table: ScoreTable, _ stream: inout RandomStream) -> [[Int]] {
        (0..<table.runs).map { _ in (0..<table.tasks).map { _ in stream.nextInteger(below: table.runs) } }
    }

    private static func transposed(_ figures: Int, _ rows: [[Double]]) -> [[Double]] {
        (0..<figures).map { figure in rows.map { $0[figure] } }
    }
}

/// A percentile interval of figures of resamples.
///
/// - Parameters:
///   - values: at least one.
///   - confidence: in (0, 1); the interval leaves half of the rest on either side.
/// - Returns: from the lower to the upper percentile, by linear interpolation.
public func percentileInterval(_ values: [Double], confidence: Double) -> ClosedRange<Double> {
    precondition(confidence > 0 && confidence < 1, "a confidence of \(confidence)")
    let sorted = values.sorted()
    let tail = (1 - confidence) / 2
    return quantile(sorted, tail)...quantile(sorted, 1 - tail)
}
