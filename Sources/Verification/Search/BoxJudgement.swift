/// What bounds say of one box.
struct BoxJudgement {
    /// Lower bound of how far outputs are from the nearest unsafe set that is not excluded; infinite where all are.
    var bound: Double
    /// Whether no input of the box is unsafe.
    var isProved: Bool
    /// Where to cut: an input, or nothing where no interval can be cut.
    var cut: Int?
    /// The most suspicious point looked at, and its distance from what is unsafe.
    var suspect: (point: [Double], distance: Double)
}

extension BoxBounds {
    /// Judges a box: its lower ends, then its upper ends.
    func judge(_ box: [Double], _ question: SafetyQuestion) -> BoxJudgement {
        let inputs = network.inputs
        box.withUnsafeBufferPointer { box in
            guard let low = box.baseAddress else { return }
            bound(low: low, high: low + inputs)
        }
        var result = BoxJudgement(bound: .infinity, isProved: true, cut: nil, suspect: ([], .infinity))
        var pulls = [Double](repeating: 0, count: inputs)
        for set in question.unsafe {
            var bounds = [Double](repeating: 0, count: set.count)
            var gradient = [Double](repeating: 0, count: set.count * inputs)
            lowerBounds(
                of: set.map(\.coefficients), plus: set.map(\.offset), into: &bounds, gradient: &gradient)
            let isExcluded = zip(set, bounds).contains { $0.isExcluded(by: $1) }
            if isExcluded || isProvedByPatterns(set) { continue }
            let joint = set.count > 1 ? jointBound(rows: set.count) : JointBound(weights: [1])
            if joint.bound > 0 { continue }
            let nearest = bounds.indices.max { bounds[$0] < bounds[$1] } ?? 0
            // Rows that help nowhere matter little, and yet a little: the mixture changes from box to box.
            pull(&pulls, joint.weights.map { $0 + 0.1 }, gradient)
            if openUnits() <= Self.fewOpenUnits, isExcludedByBetterSlopes(set, nearest) { continue }
            result.isProved = false
            result.bound = min(result.bound, max(joint.bound, bounds.max() ?? -.infinity))
            consider(corner(of: box, gradient, row: nearest), question, &result)
        }
        guard !result.isProved else { return result }
        consider((0..<inputs).map { box[$0] + (box[inputs + $0] - box[$0]) / 2 }, question, &result)
        result.cut = Self.cut(box, pulls)
        return result
    }

    /// Whether one row of a set excludes the box once its slopes are better; the row is bounded alone for that.
    private func isExcludedByBetterSlopes(_ set: [OutputConstraint], _ nearest: Int) -> Bool {
        let row = set[nearest]
        if set.count > 1 {
            var bounds = [0.0]
            var gradient = [Double](repeating: 0, count: network.inputs)
            lowerBounds(of: [row.coefficients], plus: [row.offset], into: &bounds, gradient: &gradient)
        }
        return row.isExcluded(
            by: boundWithBetterSlopes(row.coefficients, plus: row.offset, steps: 7, target: 0))
    }

    /// Adds how much each input's width matters to the rows that were bounded last: one half by the slope of their affine bounds,
    /// one half by the gaps between lines that made them, which an input is blamed for as far as it widens their intervals.
    ///
    /// Slopes alone cut inputs again and again in which a network is linear, and whose cuts mend nothing.
    func pull(_ pulls: inout [Double], _ weights: [Double], _ gradient: [Double]) {
        let inputs = network.inputs
        let x = states[0]
        var slopes = [Double](repeating: 0, count: inputs)
        var blame = [Double](repeating: 0, count: inputs)
        for (r, weight) in weights.enumerated() {
            for k in 0..<inputs {
                slopes[k] += weight * abs(gradient[r * inputs + k]) * (x.high[k] - x.low[k])
            }
        }
        for index in states.indices where states[index].isReached {
            switch network.nodes[index].operation {
            case .activation, .gate, .normalise: addBlame(&blame, index, weights)
            default: continue
            }
        }
        let (steepness, gaps) = (slopes.reduce(0, +), blame.reduce(0, +))
        let widest = (0..<inputs).reduce(0) { max($0, x.high[$1] - x.low[$1]) }
        for k in 0..<inputs {
            // So that no input is left out for ever.
            if widest > 0 { pulls[k] += 0.01 * (x.high[k] - x.low[k]) / widest }
            if steepness > 0 { pulls[k] += slopes[k] / steepness }
            if gaps > 0 { pulls[k] += blame[k] / gaps }
        }
    }

    private func addBlame(_ blame: inout [Double], _ index: Int, _ weights: [Double]) {
        let (z, y, x) = (states[index], states[lineInput(index)], states[0])
        for p in 0..<z.liveCount {
            let i = z.live[p]
            let slope = z.lines.upperSlope[p] - z.lines.lowerSlope[p]
            let offset = z.lines.upperOffset[p] - z.lines.lowerOffset[p]
            let gap = max(slope * y.low[i], slope * y.high[i]) + offset
            guard gap > 1e-12 else { continue }
            var weight = 0.0
            for (r, share) in weights.enumerated() {
                weight += share * abs(z.coefficients[r * z.liveCount + p])
            }
            var total = 0.0
            for k in 0..<x.width { total += formWidth(y, i, k) }
            guard total > 0 else { continue }
            for k in 0..<x.width { blame[k] += weight * gap * formWidth(y, i, k) / total }
        }
    }

    /// By how much an input widens the forms of a number.
    private func formWidth(_ y: NodeState, _ i: Int, _ k: Int) -> Double {
        let at = k * y.width + i
        return (abs(y.lowerForm[at]) + abs(y.upperForm[at])) * (states[0].high[k] - states[0].low[k])
    }

    /// The corner where a row's affine bound is least.
    private func corner(of box: [Double], _ gradient: [Double], row: Int) -> [Double] {
        let inputs = network.inputs
        return (0..<inputs).map { gradient[row * inputs + $0] >= 0 ? box[$0] : box[inputs + $0] }
    }

    private func consider(_ point: [Double], _ question: SafetyQuestion, _ result: inout BoxJudgement) {
        let distance = question.distance(network.outputs(at: point))
        if distance < result.suspect.distance { result.suspect = (point, distance) }
    }

    /// The input with the strongest pull whose interval can be cut in two.
    static func cut(_ box: [Double], _ pulls: [Double]) -> Int? {
        let inputs = pulls.count
        var best: Int?
        for k in 0..<inputs {
            let middle = box[k] + (box[inputs + k] - box[k]) / 2
            guard box[k] < middle && middle < box[inputs + k] else { continue }
            let isStronger = best.map { pulls[k] > pulls[$0] } ?? true
            // A pull that is no number comes of bounds that are none: the widest interval is cut.
            if isStronger || (pulls[k].isNaN && best.map { width(box, k) > width(box, $0) } ?? true) {
                best = k
            }
        }
        return best
    }

    private static func width(_ box: [Double], _ k: Int) -> Double { box[box.count / 2 + k] - box[k] }

    /// Both halves of a box.
    static func halves(_ box: [Double], at k: Int) -> [[Double]] {
        let inputs = box.count / 2
        let middle = box[k] + (box[inputs + k] - box[k]) / 2
        var (lower, upper) = (box, box)
        lower[inputs + k] = middle
        upper[k] = middle
        return [lower, upper]
    }
}
