/// How often an event occurred in a number of trials, with exact (Clopper–Pearson) bounds on its probability.
///
/// The bounds hold for every true probability and every number of trials, without approximation, on one assumption:
/// the trials are independent and identically distributed. For episodes of a fixed policy with independently drawn
/// starts and noise that is so; they say nothing about other starts, other dynamics or a policy trained further. For a
/// policy chosen among several by the same episodes they are too optimistic.
///
/// - SeeAlso: Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the
///   binomial".
public struct BinomialCount: Sendable, Hashable {
    /// How often the event occurred.
    public let events: Int
    /// How often it could have occurred.
    public let trials: Int

    /// Counts events.
    ///
    /// - Parameters:
    ///   - events: in 0 … `trials`.
    ///   - trials: at least 1.
    public init(events: Int, trials: Int) {
        precondition(trials >= 1 && 0...trials ~= events, "\(events) events in \(trials) trials")
        (self.events, self.trials) = (events, trials)
    }

    /// The observed share, in [0, 1].
    public var share: Double { Double(events) / Double(trials) }

    /// The largest probability that the count does not reject; one-sided.
    ///
    /// With no event in n trials it is 1 − (1 − confidence)^(1/n): 5 % after 59 and 1 % after 299 trials at 95 %.
    ///
    /// - Parameter confidence: chance that the bound holds, in (0, 1).
    /// - Returns: a probability, not below `share`; 1 when every trial was an event.
    public func upperBound(confidence: Double) -> Double {
        Self.check(confidence)
        return upperBound(delta: 1 - confidence)
    }

    /// The same, for a given chance that the bound does not hold, however small.
    ///
    /// - Parameter delta: in (0, 1).
    /// - Returns: a probability, not below `share`; 1 when every trial was an event.
    public func upperBound(delta: Double) -> Double {
        precondition(delta > 0 && delta < 1, "a delta of \(delta) is outside (0, 1)")
        if events == trials { return 1 }
        // Through the complement, which keeps its digits.
        return 1 - IncompleteBeta.inverse(delta, a: Double(trials - events), b: Double(events + 1))
    }

    /// The smallest probability that the count does not reject; one-sided.
    ///
    /// - Parameter confidence: chance that the bound holds, in (0, 1).
    /// - Returns: a probability, not above `share`; 0 when there was no event.
    public func lowerBound(confidence: Double) -> Double {
        Self.check(confidence)
        if events == 0 { return 0 }
        return IncompleteBeta.inverse(1 - confidence, a: Double(events), b: Double(trials - events + 1))
    }

    /// Both bounds, each missed with half of 1 − `confidence` at most.
    ///
    /// - Parameter confidence: chance that both hold, in (0, 1).
    /// - Returns: a range of probabilities that contains `share`.
    public func interval(confidence: Double) -> ClosedRange<Double> {
        Self.check(confidence)
        let oneSided = (1 + confidence) / 2
        return lowerBound(confidence: oneSided)...upperBound(confidence: oneSided)
    }

    private static func check(_ confidence: Double) {
        precondition(confidence > 0 && confidence < 1, "a confidence of \(confidence) is outside (0, 1)")
    }
}
