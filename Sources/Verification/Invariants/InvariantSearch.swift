import Tensors

/// What was found of an invariant.
public struct InvariantResult: Sendable {
    /// Share of the box's volume in which an action keeps the value low, or from rising.
    public internal(set) var kept = 0.0
    /// Share in which no value is low enough for anything to be kept.
    public internal(set) var vacuous = 0.0
    /// Share in which all values are to be kept, and no listed action keeps any.
    public internal(set) var refuted = 0.0
    /// Numbers of a state.
    let size: Int
    /// Boxes judged.
    public internal(set) var boxes = 0
    /// The most cuts between the box and one of its parts.
    public internal(set) var deepest = 0
    /// A state that no listed action keeps, whatever rounding did.
    public internal(set) var counterExample: [Double]?
    /// Whether all of the box is kept or vacuous.
    public internal(set) var isProved = false
    /// Proved parts: lower and upper ends of each, behind each other.
    package internal(set) var leaves: [Double] = []

    init(size: Int) { self.size = size }

    /// Share about which nothing was found.
    public var open: Double { isProved ? 0 : max(0, 1 - kept - vacuous - refuted) }
    /// `holds`, `violated` or `unknown`.
    public var verdict: String { isProved ? "holds" : counterExample == nil ? "unknown" : "violated" }
}

/// Cuts a box of states until each part is kept, vacuous or refuted.
///
/// Rounds of 64 boxes, the largest first, are judged on all threads; halves are added in the order of the boxes, so that the result does not
/// depend on the number of threads.
struct InvariantSearch<Environment: BoundableEnvironment> {
    let question: InvariantQuestion<Environment>
    let limits: SearchLimits
    let progress: (SearchProgress) -> Void

    func run() -> InvariantResult {
        let clock = Stopwatch()
        var result = InvariantResult(size: question.box.count)
        var queue = BoxQueue(inputs: question.box.count)
        queue.add(question.box.map(\.low) + question.box.map(\.high), bound: -1)
        var (isWhole, rounds) = (true, 0)
        while queue.count > 0, result.boxes < limits.boxes, clock.seconds < limits.seconds {
            var waiting: [(box: [Double], bound: Double)] = []
            while waiting.count < SafetySearch.round, let next = queue.take() { waiting.append(next) }
            let judgements = question.judge(waiting.map(\.box))
            result.boxes += waiting.count
            for (judgement, entry) in zip(judgements, waiting) {
                let share = -entry.bound
                switch judgement {
                case .kept: result.kept += share
                case .vacuous: result.vacuous += share
                case .refuted:
                    (result.refuted, isWhole) = (result.refuted + share, false)
                    if result.counterExample == nil { result.counterExample = middle(of: entry.box) }
                    continue
                case .open(let cut):
                    if result.counterExample == nil { result.counterExample = suspect(in: entry.box) }
                    guard let cut else {
                        isWhole = false
                        continue
                    }
                    for half in BoxBounds.halves(entry.box, at: cut) { queue.add(half, bound: -share / 2) }
                    continue
                }
                result.leaves += entry.box
                result.deepest = max(result.deepest, share > 0 ? -Int(share.exponent) : 0)
            }
            rounds += 1
            if rounds % 16 == 0 {
                progress(
                    .init(
                        provedShare: result.kept + result.vacuous, boxes: result.boxes, open: queue.count))
            }
        }
        result.isProved = isWhole && queue.count == 0
        return result
    }

    private func middle(of box: [Double]) -> [Double] {
        let count = box.count / 2
        return (0..<count).map { ClosedInterval(box[$0], box[count + $0]).middle }
    }

    /// The middle of a box, if it surely is a counter-example.
    private func suspect(in box: [Double]) -> [Double]? {
        let point = middle(of: box)
        guard question.isSuspect(point) else { return nil }
        if case .refuted = question.judge(point.map { ClosedInterval($0) }) { return point }
        return nil
    }
}

extension Verifier {
    /// Searches a box of states for where an invariant holds.
    ///
    /// - Returns: shares of the volume, proved parts and a counter-example; the same for any number of threads, unless seconds run out.
    public func verify<Environment: BoundableEnvironment>(_ question: InvariantQuestion<Environment>)
        -> InvariantResult
    {
        InvariantSearch(question: question, limits: limits, progress: progress).run()
    }
}
