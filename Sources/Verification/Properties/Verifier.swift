/// Proves properties of networks, or finds inputs for which they do not hold.
///
/// Verdicts, searches and counter-examples are the same for every number of threads, as long as seconds are not limited.
public struct Verifier {
    /// When it gives up.
    public let limits: SearchLimits
    let progress: (SearchProgress) -> Void

    /// A verifier.
    ///
    /// - Parameter limits: of all searches of a property together.
    public init(limits: SearchLimits = SearchLimits()) { self.init(limits: limits) { _ in } }

    /// A verifier that tells how it gets on.
    package init(limits: SearchLimits, progress: @escaping (SearchProgress) -> Void) {
        (self.limits, self.progress) = (limits, progress)
    }

    /// Verifies a property.
    ///
    /// - Throws: `VerificationError` where property and network do not meet.
    public func verify(_ property: VerificationProperty, of network: VerifiableNetwork)
        throws(VerificationError)
        -> VerificationResult
    {
        try property.check(network)
        let clock = Stopwatch()
        var record = SearchRecord(inputs: network.inputs)
        let judged = try Self.judged(property, network)
        let bounds = ParallelBounds(judged, property.semantics)
        let questions = property.questions(of: network)
        var isProved = true
        for question in questions {
            var rest = limits
            rest.boxes = max(1, limits.boxes - record.boxes)
            var search = SafetySearch(question, bounds, rest, clock, progress)
            let outcome = search.run()
            record.boxes += outcome.boxes
            record.deepest = max(record.deepest, outcome.deepest)
            record.provedShare += outcome.provedShare / Double(questions.count)
            record.leaves.append(outcome.leaves)
            if let point = outcome.counterExample {
                if let found = Self.counterExample(property, network, at: point) {
                    return .violated(found, record)
                }
                return .unknown(record)
            }
            isProved = isProved && outcome.isProved
        }
        return isProved ? .holds(record) : .unknown(record)
    }

    /// The network whose outputs a property speaks of: the derivative for `monotone`.
    static func judged(_ property: VerificationProperty, _ network: VerifiableNetwork)
        throws(VerificationError)
        -> VerifiableNetwork
    {
        if case .monotone(_, let input) = property.kind { return try network.tangent(by: input) }
        return network
    }

    private static func counterExample(
        _ property: VerificationProperty, _ network: VerifiableNetwork, at point: [Double]
    ) -> CounterExample? {
        guard case .monotone(let output, let input) = property.kind else {
            return CounterExample(input: point, output: network.outputs(at: point), other: nil)
        }
        let space = BoxBounds(network, .real)
        var row = [Double](repeating: 0, count: network.outputs)
        row[output] = 1
        let rows = [OutputConstraint(row, plus: 0)]
        let interval = property.box[input]
        var step = interval.width
        while step > 0 {
            for sign in [1.0, -1] {
                var moved = point
                moved[input] += sign * step
                guard interval.contains(moved[input]), moved[input] != point[input] else { continue }
                let (from, to) = sign > 0 ? (point, moved) : (moved, point)
                if space.values(of: rows, at: to)[0].high < space.values(of: rows, at: from)[0].low {
                    return CounterExample(input: from, output: network.outputs(at: from), other: to)
                }
            }
            step /= 2
        }
        return nil
    }

    /// The range of a linear function of the outputs over a box.
    ///
    /// - Parameters:
    ///   - objective: one number an output.
    ///   - network: whose outputs.
    ///   - box: one interval an input.
    ///   - semantics: what the network is taken to compute.
    ///   - tolerance: how far bounds may lie beyond values that were found.
    /// - Returns: outer bounds that contain every value, the values found, where, and the boxes bounded.
    public func range(
        of objective: [Double], _ network: VerifiableNetwork, over box: [ClosedInterval],
        _ semantics: Semantics,
        tolerance: Double
    ) -> OutputRange {
        precondition(
            objective.count == network.outputs && box.count == network.inputs, "a range of other sizes")
        let bounds = ParallelBounds(network, semantics)
        let clock = Stopwatch()
        let ends = [1.0, -1].map { sign in
            RangeSearch(
                row: OutputConstraint(objective.map { sign * $0 }, plus: 0), box: box, bounds: bounds,
                limits: limits, clock: clock, tolerance: tolerance
            ).run()
        }
        return OutputRange(
            outer: ClosedInterval(ends[0].bound, -ends[1].bound),
            attained: ClosedInterval(ends[0].attained.value, -ends[1].attained.value),
            least: ends[0].attained.point, greatest: ends[1].attained.point,
            boxes: ends[0].boxes + ends[1].boxes)
    }
}

/// Between which numbers a function of the outputs lies.
public struct OutputRange: Sendable {
    /// Contains every value.
    public let outer: ClosedInterval
    /// The least and the greatest value found, with the usual rounding of `Double`.
    public let attained: ClosedInterval
    /// Where these were found.
    public let least, greatest: [Double]
    /// Boxes bounded.
    public let boxes: Int
}
