import Tensors

/// Branch and bound over boxes: proves that no input of a box is unsafe, or finds one that is.
///
/// Rounds of 64 boxes, least bound first, are judged on all threads; their halves are added in the order of the boxes.
/// Verdict, tree and counter-example are the same for every number of threads.
struct SafetySearch {
    /// Boxes of a round.
    static let round = 64

    /// What came out.
    struct Outcome {
        /// An input whose outputs are surely unsafe.
        var counterExample: [Double]?
        /// Whether no input is unsafe.
        var isProved = false
        /// Share of the volume that is proved.
        var provedShare = 0.0
        /// Boxes bounded.
        var boxes = 0
        /// The most cuts between the box and one of its parts.
        var deepest = 0
        /// Proved parts: lower and upper ends of each, behind each other.
        var leaves: [Double] = []
    }

    let question: SafetyQuestion
    let bounds: ParallelBounds
    let limits: SearchLimits
    let clock: Stopwatch
    let progress: (SearchProgress) -> Void
    private var queue: BoxQueue
    private var outcome = Outcome()
    private var hunt: CounterExampleHunt

    /// A search that has not begun.
    init(
        _ question: SafetyQuestion, _ bounds: ParallelBounds, _ limits: SearchLimits, _ clock: Stopwatch,
        _ progress: @escaping (SearchProgress) -> Void
    ) {
        (self.question, self.bounds, self.limits, self.clock) = (question, bounds, limits, clock)
        self.progress = progress
        queue = BoxQueue(inputs: question.box.count)
        hunt = CounterExampleHunt(question, bounds.network)
    }

    /// Searches.
    mutating func run() -> Outcome {
        let root = question.box.map(\.low) + question.box.map(\.high)
        var waiting = [(box: root, bound: -Double.infinity)]
        var rounds = 0
        while true {
            if let found = judge(waiting) {
                outcome.counterExample = found
                return outcome
            }
            rounds += 1
            if queue.count == 0 { break }
            if let found = hunt.tries(after: rounds).flatMap({ surely($0) }) {
                outcome.counterExample = found
                return outcome
            }
            if outcome.boxes >= limits.boxes || clock.seconds > limits.seconds { return outcome }
            if rounds % 64 == 0 {
                progress(.init(provedShare: outcome.provedShare, boxes: outcome.boxes, open: queue.count))
            }
            waiting = []
            while waiting.count < Self.round, let next = queue.take() { waiting.append(next) }
        }
        outcome.isProved = !isStuck
        if outcome.isProved { outcome.provedShare = 1 }
        return outcome
    }

    private var isStuck = false

    /// Judges boxes, keeps what is open, and returns the first counter-example.
    private mutating func judge(_ waiting: [(box: [Double], bound: Double)]) -> [Double]? {
        let question = question
        let judgements = bounds.map(waiting.count) { space, index in space.judge(waiting[index].box, question)
        }
        outcome.boxes += waiting.count
        for (judgement, entry) in zip(judgements, waiting) {
            if judgement.isProved {
                outcome.leaves += entry.box
                outcome.provedShare += share(of: entry.box)
                outcome.deepest = max(outcome.deepest, depth(of: entry.box))
                continue
            }
            hunt.offer(judgement.suspect.point, judgement.suspect.distance)
            if judgement.suspect.distance <= 0, let found = surely(judgement.suspect.point) { return found }
            guard let cut = judgement.cut else {
                isStuck = true
                continue
            }
            for half in BoxBounds.halves(entry.box, at: cut) { queue.add(half, bound: judgement.bound) }
        }
        return nil
    }

    /// A point, if its outputs are unsafe whatever rounding did.
    private func surely(_ point: [Double]) -> [Double]? {
        let space = bounds.single
        let isUnsafe = question.unsafe.contains { set in
            zip(set, space.values(of: set, at: point)).allSatisfy { $0.isMet(by: $1.high) }
        }
        return isUnsafe ? point : nil
    }

    private func share(of box: [Double]) -> Double {
        var product = 1.0
        for (k, whole) in question.box.enumerated() where whole.width > 0 {
            product *= (box[question.box.count + k] - box[k]) / whole.width
        }
        return product
    }

    private func depth(of box: [Double]) -> Int {
        let share = share(of: box)
        return share > 0 ? Int((-_log2(share)).rounded()) : 0
    }

    private func _log2(_ x: Double) -> Double { Double(x.exponent) + (x.significand - 1) }
}

extension BoxBounds {
    /// What functions of the outputs are at a point, rounding included.
    func values(of rows: [OutputConstraint], at point: [Double]) -> [ClosedInterval] {
        point.withUnsafeBufferPointer { point in
            guard let point = point.baseAddress else { return }
            bound(low: point, high: point)
        }
        let both = rows.map(\.coefficients) + rows.map { $0.coefficients.map { -$0 } }
        var bounds = [Double](repeating: 0, count: both.count)
        var gradient = [Double](repeating: 0, count: both.count * network.inputs)
        lowerBounds(
            of: both, plus: rows.map(\.offset) + rows.map { -$0.offset }, into: &bounds, gradient: &gradient)
        return rows.indices.map { ClosedInterval(bounds[$0], -bounds[rows.count + $0]) }
    }
}
