import CKernels
import Foundation

/// Sums of Gaussian kernels, Σ e^(−rate·‖x − y‖²) over a fixed set of references y, for many points x.
///
/// x − y is subtracted first, so that near references lose no digits. The sum of a point depends neither on the points
/// beside it nor on the number of threads. All terms are positive, and sums only grow while references pass, rounding
/// included: a sum that has reached a bound has reached it for good.
package struct KernelSums: Sendable {
    /// References, at least 1.
    package let count: Int
    /// Numbers in a point.
    package let size: Int
    /// The factor of ‖x − y‖², positive.
    package let rate: Double
    /// Groups of eight references, `[groups, size, 8]`, the last filled up with points too far away to count.
    private let groups: [Double]
    /// The references by place; nil where they are few.
    let leaves: KernelLeaves?

    /// Arranges references.
    ///
    /// - Parameters:
    ///   - references: `[count, size]`, at least one, finite.
    ///   - rate: positive, at most half the largest number.
    package init(of references: Matrix, rate: Double) {
        precondition(
            references.rows > 0 && references.columns > 0 && rate > 0 && (2 * rate).isFinite,
            "\(references.rows) × \(references.columns) references at a rate of \(rate)")
        (count, size, self.rate) = (references.rows, references.columns, rate)
        let lanes = Int(CK_GROUP)
        var groups = [Double](repeating: 1e200, count: (count + lanes - 1) / lanes * lanes * size)
        for row in 0..<count {
            let start = row / lanes * lanes * size + row % lanes
            for k in 0..<size { groups[start + k * lanes] = references.elements[row * size + k] }
        }
        self.groups = groups
        leaves = count >= KernelLeaves.fewest ? KernelLeaves(references, rate: rate) : nil
    }

    /// The smallest sum whose digits can be trusted: terms below 2⁻¹⁰²² are not told apart.
    package static let smallest = 1e-280

    /// References that a sum takes before it is compared with a bound.
    static let tile = Block.tile * Block.lanes

    /// The sum of each point, or of the references up to where it has reached a bound.
    ///
    /// - Parameters:
    ///   - points: `[n, size]`, finite.
    ///   - bound: at least `smallest`; without it, every sum is whole.
    /// - Returns: a number below `bound` is the whole sum, any other is not; read one below `smallest` by `logarithms`.
    package func sums(_ points: Matrix, upTo bound: Double = .infinity) -> [Double] {
        blockwise(points) { block, _, results in
            for tile in block.tiles where block.count > 0 {
                block.add(tile)
                if bound < .infinity { block.remove(reaching: bound) { results[$0] = $1 } }
            }
            for row in 0..<block.count { results[block.rows[row]] = block.sum(row) }
        }
    }

    /// The logarithm of each sum, however small the sum: terms are taken relative to the largest one.
    ///
    /// - Parameter points: `[n, size]`, finite.
    /// - Returns: finite, unless the square of a distance is infinite: then `-inf`.
    package func logarithms(_ points: Matrix) -> [Double] {
        let nearest = blockwise(points) { block, _, results in
            for row in 0..<block.count { results[row] = .infinity }
            for tile in block.tiles { block.lower(results, to: tile) }
        }
        let sums = nearest.withUnsafeBufferPointer { nearest in
            blockwise(points) { block, first, results in
                for row in 0..<block.count {
                    block.offsets[row] = min(nearest[first + row], .greatestFiniteMagnitude)
                }
                for tile in block.tiles { block.add(tile) }
                for row in 0..<block.count { results[row] = block.sum(row) }
            }
        }
        return zip(nearest, sums).map { log($1) - rate * $0 }
    }
}

// MARK: - Blocks

/// Points whose sums are taken together, so that a tile of references is read from the second cache by all of them.
private struct Block {
    static let most = 32
    /// Groups of references in a tile.
    static let tile = 128
    static let lanes = Int(CK_GROUP)

    let kernels: KernelSums
    let groups: UnsafePointer<Double>
    let groupCount: Int
    let points, offsets, sums: UnsafeMutablePointer<Double>
    let rows: UnsafeMutablePointer<Int>
    private(set) var count: Int

    /// Copies points.
    init(
        _ kernels: KernelSums, _ groups: UnsafePointer<Double>, _ numbers: UnsafePointer<Double>,
        _ count: Int, in scratch: UnsafeMutablePointer<Double>, rows: UnsafeMutablePointer<Int>
    ) {
        (self.kernels, self.groups, self.count, self.rows) = (kernels, groups, count, rows)
        groupCount = (kernels.count + Self.lanes - 1) / Self.lanes
        points = scratch
        sums = points + Self.most * kernels.size
        offsets = sums + Self.most * Self.lanes
        points.update(from: numbers, count: count * kernels.size)
        sums.update(repeating: 0, count: count * Self.lanes)
        offsets.update(repeating: 0, count: count)
        for row in 0..<count { rows[row] = row }
    }

    static func scratch(_ size: Int) -> Int { most * (size + lanes + 1) }

    func add(_ tile: Int) {
        let part = part(tile)
        ck_add_kernels(points, offsets, count, part.start, part.groups, kernels.size, kernels.rate, sums)
    }

    func lower(_ least: UnsafeMutablePointer<Double>, to tile: Int) {
        let part = part(tile)
        ck_smallest_squares(points, count, part.start, part.groups, kernels.size, least)
    }

    private func part(_ tile: Int) -> (start: UnsafePointer<Double>, groups: Int) {
        let width = kernels.size * Self.lanes
        return (groups + tile * width, min(Self.tile, groupCount - tile))
    }

    /// Groups `tile ..< tile + Block.tile` make a tile; the last may be smaller.
    var tiles: StrideTo<Int> { stride(from: 0, to: groupCount, by: Self.tile) }

    func sum(_ row: Int) -> Double {
        let s = sums + row * Self.lanes
        return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
    }

    /// Takes out the rows whose sums are large enough; the last row takes a place that becomes free.
    mutating func remove(reaching bound: Double, _ note: (Int, Double) -> Void) {
        for row in (0..<count).reversed() where sum(row) >= bound {
            note(rows[row], sum(row))
            count -= 1
            guard row < count else { continue }
            rows[row] = rows[count]
            (points + row * kernels.size).update(from: points + count * kernels.size, count: kernels.size)
            (sums + row * Self.lanes).update(from: sums + count * Self.lanes, count: Self.lanes)
        }
    }
}

extension KernelSums {
    /// Runs `body` on blocks of the points, on several threads, and collects one number a point.
    private func blockwise(
        _ points: Matrix, _ body: @escaping (inout Block, _ first: Int, UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        precondition(points.columns == size, "points of \(points.columns) numbers, references of \(size)")
        var results = [Double](repeating: 0, count: points.rows)
        results.withUnsafeMutableBufferPointer { results in
            points.elements.withUnsafeBufferPointer { numbers in
                groups.withUnsafeBufferPointer { groups in
                    guard let results = results.baseAddress, let numbers = numbers.baseAddress,
                        let groups = groups.baseAddress
                    else { return }
                    Shards.overBlocks(points.rows, of: Block.most) { range in
                        let first = range.lowerBound
                        inScratch { scratch, rows in
                            var block = Block(
                                self, groups, numbers + first * size, range.count, in: scratch, rows: rows)
                            body(&block, first, results + first)
                        }
                    }
                }
            }
        }
        return results
    }

    private func inScratch(_ body: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Int>) -> Void) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: Block.scratch(size)) { scratch in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: Block.most) { rows in
                guard let scratch = scratch.baseAddress, let rows = rows.baseAddress else { return }
                body(scratch, rows)
            }
        }
    }
}
