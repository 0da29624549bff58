import CKernels
import Foundation

/// The references of `KernelSums` by place: boxes of neighbours, so that whether a sum reaches a bound is known from the nearest
/// few of them.
struct KernelLeaves: Sendable {
    /// References below which boxes are no help.
    static let fewest = 4096
    /// References in a box.
    private static let boxSize = 256
    /// Points of which the work is counted before boxes serve many.
    private static let sample = 16
    /// By how much a sum must be beyond a bound to be told apart: far more than rounding of 10⁸ terms makes.
    private static let margin = 1e-8

    private let size: Int
    private let rate: Double
    /// Groups of eight references, `[groups, size, 8]`; every box begins with a new group.
    private let groups: [Double]
    /// First group of every box; one more than there are boxes.
    private let starts: [Int]
    private let counts: [Int]
    /// Corners of the boxes, `[boxes, size]`.
    private let lower, upper: [Double]

    /// - Parameters:
    ///   - references: `[count, size]`, finite.
    ///   - rate: as of `KernelSums`.
    init(_ references: Matrix, rate: Double) {
        let (size, lanes) = (references.columns, Int(CK_GROUP))
        let order = BoxOrder(references, boxSize: Self.boxSize).rows
        let boxes = stride(from: 0, to: order.count, by: Self.boxSize).map {
            order[$0..<min($0 + Self.boxSize, order.count)]
        }
        var (groups, starts, lower, upper) = ([Double](), [0], [Double](), [Double]())
        for box in boxes {
            var low = [Double](repeating: .infinity, count: size)
            var high = low.map { -$0 }
            var own = [Double](repeating: 1e200, count: (box.count + lanes - 1) / lanes * lanes * size)
            for (at, row) in box.enumerated() {
                for k in 0..<size {
                    let value = references.elements[Int(row) * size + k]
                    own[at / lanes * lanes * size + k * lanes + at % lanes] = value
                    (low[k], high[k]) = (min(low[k], value), max(high[k], value))
                }
            }
            groups += own
            starts.append(groups.count / (lanes * size))
            lower += low
            upper += high
        }
        (self.size, self.rate, self.groups, self.starts) = (size, rate, groups, starts)
        (self.lower, self.upper, counts) = (lower, upper, boxes.map(\.count))
    }

    /// Whether the sum of a point is at least a bound, where that is certain.
    ///
    /// - Parameters:
    ///   - point: `size` numbers, finite.
    ///   - bound: positive.
    ///   - taken: grows by the references that were summed.
    /// - Returns: nil where the sum is so near the bound that rounding could decide.
    func reaches(_ point: UnsafePointer<Double>, _ bound: Double, _ taken: inout Int) -> Bool? {
        let boxes = counts.count
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: boxes) { keys -> Bool? in
            var (keys, rest) = (keys, 0.0)
            for box in 0..<boxes {
                let square = squaredDistance(point, box)
                rest += Double(counts[box]) * exp(-rate * square)
                // Squares are not negative, so their bits are in their order.
                keys[box] = UInt64(Float(square).bitPattern) << 32 | UInt64(box)
            }
            if rest < bound * (1 - Self.margin) { return false }
            keys.sort()
            return visit(keys, point, bound, rest, &taken)
        }
    }

    /// Whether boxes are faster than sums of many points at a time, which take the references as they come until a bound is
    /// reached.
    ///
    /// - Parameters:
    ///   - points: `[n, size]`, finite.
    ///   - bound: positive.
    ///   - sums: the whole sums of a sample of the points.
    /// - Returns: whether a sample of the points is decided by less than a third of the references; true for few points.
    func areFaster(for points: Matrix, _ bound: Double, sums: (Matrix) -> [Double]) -> Bool {
        guard points.rows > 4 * Self.sample else { return true }
        let sample = points.rows(
            at: Array(stride(from: 0, to: points.rows, by: points.rows / Self.sample)))
        var taken = 0
        sample.elements.withUnsafeBufferPointer { numbers in
            guard let numbers = numbers.baseAddress else { return }
            for row in 0..<sample.rows { _ = reaches(numbers + row * size, bound, &taken) }
        }
        let references = Double(counts.reduce(0, +))
        let inOrder = sums(sample).reduce(0.0) { taken, sum in
            let share = min(1, bound / max(sum, .leastNormalMagnitude))
            return taken + min(references, max(Double(KernelSums.tile), references * share))
        }
        return 3 * Double(taken) < inOrder
    }

    private func squaredDistance(_ point: UnsafePointer<Double>, _ box: Int) -> Double {
        var square = 0.0
        for k in 0..<size {
            let away = max(lower[box * size + k] - point[k], point[k] - upper[box * size + k], 0)
            square += away * away
        }
        return square
    }

    /// Takes in box after box, the nearest first, until what is summed or what is left decides.
    private func visit(
        _ keys: UnsafeMutableBufferPointer<UInt64>, _ point: UnsafePointer<Double>, _ bound: Double,
        _ all: Double, _ taken: inout Int
    ) -> Bool? {
        let lanes = Int(CK_GROUP)
        var (sum, rest) = (0.0, all)
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: lanes + 1) { scratch -> Bool? in
            guard let sums = scratch.baseAddress else { return nil }
            return groups.withUnsafeBufferPointer { groups -> Bool? in
                guard let groups = groups.baseAddress else { return nil }
                for key in keys {
                    let box = Int(key & 0xFFFF_FFFF)
                    scratch.update(repeating: 0)
                    ck_add_kernels(
                        point, sums + lanes, 1, groups + starts[box] * size * lanes,
                        starts[box + 1] - starts[box], size, rate, sums)
                    for lane in 0..<lanes { sum += sums[lane] }
                    taken += counts[box]
                    rest -= Double(counts[box]) * exp(-rate * squaredDistance(point, box))
                    if sum >= bound * (1 + Self.margin) { return true }
                    // What was taken off leaves rounding of the whole behind.
                    if sum + max(rest, 0) + Self.margin * all < bound * (1 - Self.margin) { return false }
                }
                return nil
            }
        }
    }
}

extension KernelSums {
    /// Whether each point's sum is at least a bound, where that is certain without the whole sum.
    ///
    /// - Parameters:
    ///   - points: `[n, size]`, finite.
    ///   - bound: at least `smallest`.
    /// - Returns: nil where whole sums must tell, for all points where references are few or lie without structure.
    package func reaches(_ points: Matrix, _ bound: Double) -> [Bool?] {
        precondition(points.columns == size, "points of \(points.columns) numbers, references of \(size)")
        guard let leaves, leaves.areFaster(for: points, bound, sums: { sums($0) }) else {
            return [Bool?](repeating: nil, count: points.rows)
        }
        // 0: not known, 1: no, 2: yes.
        var verdicts = [UInt8](repeating: 0, count: points.rows)
        verdicts.withUnsafeMutableBufferPointer { verdicts in
            points.elements.withUnsafeBufferPointer { numbers in
                guard let verdicts = verdicts.baseAddress, let numbers = numbers.baseAddress else { return }
                Shards.overBlocks(points.rows, of: 16) { range in
                    var taken = 0
                    for row in range {
                        let verdict = leaves.reaches(numbers + row * size, bound, &taken)
                        verdicts[row] = verdict.map { $0 ? 2 : 1 } ?? 0
                    }
                }
            }
        }
        return verdicts.map { $0 == 0 ? nil : $0 == 2 }
    }
}
