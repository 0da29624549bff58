/// A test of one policy's costs: certified where the bound on their mean is within the limit.
///
/// The costs must be independent of everything that chose the policy, and are looked at once: `HeldOutCosts` sees to the
/// second, as far as a type can. If the mean exceeds the limit, the test certifies with probability delta at most.
///
/// A limit that no policy can exceed is `vacuous`, whatever the costs are.
public struct SafetyTest: Sendable {
    /// What the costs are.
    public enum Subject: Sendable, Hashable {
        /// What harm each case did.
        case cost
        /// What each case loses against the behaviour that was recorded; approximate where that was estimated.
        case improvement(isApproximate: Bool)
    }

    /// How the mean is bounded.
    public let bound: any UpperBound
    /// The largest mean that is safe.
    public let limit: Double
    /// Probability of certifying a policy whose mean cost exceeds the limit.
    public let delta: Double
    /// Every possible cost, where somebody knows it.
    public let range: ClosedRange<Double>?
    /// What the costs are.
    public let subject: Subject

    /// Describes a test.
    ///
    /// - Parameters:
    ///   - bound: how the mean is bounded.
    ///   - limit: finite.
    ///   - delta: in (0, 1), at most the bound's `largestDelta`.
    ///   - range: of every possible cost, for a bound that does not say it; nil where it is not known.
    ///   - subject: what the costs are.
    public init(
        _ bound: any UpperBound, limit: Double, delta: Double, in range: ClosedRange<Double>? = nil,
        about subject: Subject = .cost
    ) {
        precondition(limit.isFinite, "a limit of \(limit)")
        precondition(
            delta > 0 && delta < 1 && delta <= bound.largestDelta,
            "\(bound.name): a delta of \(delta) is not in (0, 1) or above \(bound.largestDelta)")
        (self.bound, self.limit, self.delta) = (bound, limit, delta)
        self.range = bound.assumptions.range ?? range
        self.subject = subject
    }

    /// The same test with its share of delta, where several tests may err together with probability delta only: of
    /// several constraints, or of several candidates of which one is returned.
    public func sharingDelta(among tests: Int) -> SafetyTest {
        precondition(tests >= 1, "delta shared among \(tests) tests")
        return SafetyTest(bound, limit: limit, delta: delta / Double(tests), in: range, about: subject)
    }

    /// Whether the limit holds for every policy, since no cost exceeds it.
    public var isVacuous: Bool { vacuity != nil }

    private var vacuity: Objection? {
        range.flatMap { limit >= $0.upperBound ? .vacuous(limit, largest: $0.upperBound) : nil }
    }

    /// Fails closed: whatever keeps the bound from being computed, or speaks against it, is no solution found.
    fileprivate func judge(
        _ costs: [Double], _ origin: CostOrigin, _ others: [Objection] = [], _ cautions: [String] = []
    ) -> SafetyVerdict {
        var report = SafetyReport(self, costs, origin, cautions)
        do throws(BoundError) {
            guard costs.count >= 2 else { throw .tooFew(costs.count, needed: 2) }
            let upper = try bound.upper(costs, delta: delta)
            report.upperBound = upper.isFinite ? upper : nil
            report.reasons = others + shortcomings(of: costs)
            if !(upper.isFinite && upper <= limit) {
                report.reasons.append(subject == .cost ? .aboveLimit(upper, limit) : .notBetter(-upper))
                if let reach = reachObjection(with: costs.count) { report.reasons.append(reach) }
            }
        } catch {
            report.fault = error.description
            report.reasons = others + shortcomings(of: costs) + [.noBound(error)]
        }
        // Nothing else matters of a limit that is always kept.
        if let vacuity { report.reasons = [vacuity] }
        return report.isCertified ? .certified(report) : .noSolutionFound(report)
    }

    /// What the bound assumes and the costs are not.
    private func shortcomings(of costs: [Double]) -> [Objection] {
        var objections: [Objection] = []
        if costs.count < bound.leastCount {
            objections.append(.tooFew(costs.count, needed: bound.leastCount, by: bound.name))
        }
        if bound.needsSpread, let first = costs.first, costs.allSatisfy({ $0 == first }) {
            objections.append(.noSpread(costs.count, by: bound.name))
        }
        return objections
    }
}

/// What a safety test found.
public enum SafetyVerdict: Sendable, Hashable {
    /// The bound is within the limit.
    case certified(SafetyReport)
    /// It is not, or there is none: a result, not an error.
    case noSolutionFound(SafetyReport)

    /// The figures.
    public var report: SafetyReport {
        switch self {
        case .certified(let report), .noSolutionFound(let report): report
        }
    }

    /// Whether the policy may be returned.
    public var isCertified: Bool { if case .certified = self { true } else { false } }
}

/// Costs that were kept apart for one safety test, and can be spent once.
///
/// There is no way to read them: an optimiser that holds them can only pass them on. Whoever makes them must not keep a
/// copy of the array.
///
///     let costs = HeldOutCosts(fresh, from: origin)
///     let verdict = costs.spend(on: test)
///     costs.spend(on: other)   // does not compile: costs was consumed
public struct HeldOutCosts: ~Copyable, Sendable {
    private let values: [Double]
    /// Where they are from.
    public let origin: CostOrigin
    /// How many there are.
    public var count: Int { values.count }

    /// Seals costs.
    ///
    /// - Parameters:
    ///   - values: one cost an episode or response, in the order in which they were drawn.
    ///   - origin: where they are from.
    public init(_ values: [Double], from origin: CostOrigin) {
        (self.values, self.origin) = (values, origin)
    }

    /// Spends the costs on a test.
    ///
    /// - Parameters:
    ///   - test: the test.
    ///   - objections: what else speaks against certifying, such as a cost model that knows nothing; any of it is no
    ///     solution found.
    ///   - cautions: what a reader of the verdict must bear in mind, one sentence each.
    /// - Returns: certified where the bound is within the limit and nothing speaks against it.
    public consuming func spend(
        on test: SafetyTest, despite objections: [Objection] = [], cautions: [String] = []
    ) -> SafetyVerdict {
        test.judge(values, origin, objections, cautions)
    }

    /// Spends the costs on several tests of one policy that all must pass; each gets its share of its delta.
    ///
    /// - Parameter tests: at least one, with one delta.
    /// - Returns: the verdicts in order; together they certify a violated limit with probability delta at most.
    public consuming func spend(on tests: [SafetyTest]) -> [SafetyVerdict] {
        precondition(
            Set(tests.map(\.delta)).count == 1, "tests that share costs need one delta, which they share too")
        let values = values
        let origin = origin
        return tests.map { $0.sharingDelta(among: tests.count).judge(values, origin) }
    }
}
