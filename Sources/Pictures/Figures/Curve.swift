/// One quantity over updates.
public struct Curve: Sendable {
    /// Which values a quantity can take, which decides how far its axis reaches.
    public enum Domain: Sendable, Equatable {
        /// Any number.
        case number
        /// A number of at least 0, such as a squared error.
        case nonNegative
        /// A share or probability, in 0 … 1.
        case share
    }

    /// A value after some updates, with the interval of what it estimates where one is known.
    public struct Point: Sendable, Equatable {
        /// Updates taken.
        public let step: Int
        /// NaN leaves a gap.
        public let value: Double
        /// Lower and upper end; nothing where no interval is known.
        public let interval: ClosedRange<Double>?

        /// Makes a point.
        public init(step: Int, value: Double, interval: ClosedRange<Double>? = nil) {
            (self.step, self.value, self.interval) = (step, value, interval)
        }
    }

    /// What tells curves apart: plots of one stage stand together, each with the curves of one name.
    public struct Key: Sendable, Hashable {
        /// The heading of the plots, such as `policy`.
        public let stage: String
        /// The name within the stage.
        public let name: String

        /// Makes a key.
        public init(stage: String, name: String) { (self.stage, self.name) = (stage, name) }
    }

    /// What tells it from others.
    public let key: Key
    /// The line above its plot, with `_{h}` for a lowered and `^{2}` for a raised part.
    public let title: String
    /// Which values it can take.
    public let domain: Domain
    /// In the order of their steps.
    public let points: [Point]
    /// The largest values that count as safe, each drawn as a line.
    public let limits: [Double]

    /// Makes a curve.
    public init(
        _ key: Key, title: String, _ domain: Domain, _ points: [Point], limits: [Double] = []
    ) {
        (self.key, self.title, self.domain) = (key, title, domain)
        (self.points, self.limits) = (points, limits)
    }
}

/// Curves that are drawn in one colour: those of one run, or means over several.
public struct CurveGroup: Sendable {
    /// The name in the legend.
    public let name: String
    /// How many runs they are of, at least 1; of several, intervals are drawn as bands.
    public let runs: Int
    /// At most one for each key.
    public let curves: [Curve]

    /// Makes a group.
    public init(_ name: String, runs: Int = 1, _ curves: [Curve]) {
        precondition(runs >= 1, "a group of \(runs) runs")
        (self.name, self.runs, self.curves) = (name, runs, curves)
    }
}
