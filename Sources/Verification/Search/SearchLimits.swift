/// When a search gives up.
public struct SearchLimits: Sendable, Hashable {
    /// Boxes that are bounded at most; the verdict depends on this number and on nothing of the machine.
    public var boxes: Int
    /// Seconds that are spent at most; where they run out the verdict is `unknown`.
    public var seconds: Double

    /// Limits of a search.
    ///
    /// - Parameters:
    ///   - boxes: at least 1.
    ///   - seconds: above 0.
    public init(boxes: Int = 4_000_000, seconds: Double = .infinity) {
        precondition(boxes >= 1 && seconds > 0, "a search of \(boxes) boxes and \(seconds) seconds")
        (self.boxes, self.seconds) = (boxes, seconds)
    }
}

/// Seconds since a moment, by a clock that is never set.
struct Stopwatch {
    private let start = ContinuousClock.now

    /// Seconds since it was made.
    var seconds: Double {
        let passed = (ContinuousClock.now - start).components
        return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
    }
}

/// What a search is told and tells while it runs.
package struct SearchProgress: Sendable {
    /// Share of the volume that is proved.
    package let provedShare: Double
    /// Boxes bounded so far.
    package let boxes: Int
    /// Boxes that wait.
    package let open: Int
}
