/// Branch and bound for the least value of a linear function of the outputs over a box.
struct RangeSearch {
    /// What came out.
    struct Outcome {
        /// Below every value.
        var bound = -Double.infinity
        /// The least value found, with the usual rounding, and where.
        var attained = (value: Double.infinity, point: [Double]())
        /// Boxes bounded.
        var boxes = 0
    }

    let row: OutputConstraint
    let box: [ClosedInterval]
    let bounds: ParallelBounds
    let limits: SearchLimits
    let clock: Stopwatch
    /// How far the bound may stay below the least value.
    let tolerance: Double

    /// Searches until the bound is within the tolerance of a value, or limits are reached.
    func run() -> Outcome {
        var outcome = Outcome()
        var queue = BoxQueue(inputs: box.count)
        var closed = Double.infinity
        var waiting = [box.map(\.low) + box.map(\.high)]
        while !waiting.isEmpty {
            let row = row
            let batch = waiting
            let results = bounds.map(batch.count) { space, index in space.least(batch[index], row) }
            outcome.boxes += batch.count
            for result in results where result.value < outcome.attained.value {
                outcome.attained = (result.value, result.point)
            }
            for (result, part) in zip(results, batch) {
                if let cut = result.cut, result.bound < outcome.attained.value - tolerance {
                    for half in BoxBounds.halves(part, at: cut) { queue.add(half, bound: result.bound) }
                } else {
                    closed = min(closed, result.bound)
                }
            }
            waiting = []
            if outcome.boxes >= limits.boxes || clock.seconds > limits.seconds { break }
            while waiting.count < SafetySearch.round, queue.least < outcome.attained.value - tolerance,
                let next = queue.take()
            {
                waiting.append(next.box)
            }
        }
        outcome.bound = min(closed, queue.least)
        return outcome
    }
}

extension BoxBounds {
    /// The least value of a linear function over a box from below, the least one seen, and where to cut.
    func least(_ box: [Double], _ row: OutputConstraint) -> (
        bound: Double, value: Double, point: [Double], cut: Int?
    ) {
        let inputs = network.inputs
        box.withUnsafeBufferPointer { box in
            guard let low = box.baseAddress else { return }
            bound(low: low, high: low + inputs)
        }
        var bounds = [0.0]
        var gradient = [Double](repeating: 0, count: inputs)
        lowerBounds(of: [row.coefficients], plus: [row.offset], into: &bounds, gradient: &gradient)
        let corner = (0..<inputs).map { gradient[$0] >= 0 ? box[$0] : box[inputs + $0] }
        let centre = (0..<inputs).map { box[$0] + (box[inputs + $0] - box[$0]) / 2 }
        let values = [corner, centre].map { (row.value(network.outputs(at: $0)), $0) }
        let best = values[0].0 <= values[1].0 ? values[0] : values[1]
        var pulls = [Double](repeating: 0, count: inputs)
        pull(&pulls, [1], gradient)
        bounds[0] = max(bounds[0], boundWithBetterSlopes(row.coefficients, plus: row.offset))
        return (bounds[0], best.0, best.1, Self.cut(box, pulls))
    }
}
