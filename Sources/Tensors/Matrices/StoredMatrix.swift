import CKernels

/// A constant matrix of 16-bit numbers that stays where it is, such as in a mapped file.
///
/// Plain data: whoever makes it keeps the memory alive as long as variables made of it are used.
package struct StoredMatrix {
    /// What the 16 bits mean.
    package enum Kind: Sendable {
        /// The upper half of single precision.
        case brain
        /// IEEE 754 binary16.
        case half
    }

    let base: UnsafePointer<UInt16>
    let storage: ck_storage

    /// A matrix in the machine's byte order.
    package init(_ base: UnsafePointer<UInt16>, _ kind: Kind) {
        (self.base, storage) = (base, kind == .brain ? CK_BRAIN : CK_HALF)
    }

    /// Writes `count` numbers from a place on, exactly.
    func widen(from place: Int, _ count: Int, into values: UnsafeMutablePointer<Float>) {
        ck_widen(base + place, storage, values, count)
    }
}

/// The second factor of a projection, read row by row: `[outputs, inputs]` of either width.
struct ProjectionRows {
    /// Floats that are widened at a time: they stay in the second cache.
    private static let near = 1 << 18

    let values: UnsafePointer<Float>?
    let stored: StoredMatrix?
    let inputs: Int

    /// Rows to be widened at a time; does not depend on the number of threads.
    var block: Int { max(32, min(256, Self.near / max(inputs, 1) / 32 * 32)) }

    /// Floats of scratch memory that `rows(_:_:)` needs.
    var scratch: Int { stored == nil ? 0 : block * inputs }

    /// Some rows in single precision, in place or widened into `scratch`.
    func rows(_ range: Range<Int>, _ scratch: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        if let values { return values + range.lowerBound * inputs }
        stored?.widen(from: range.lowerBound * inputs, range.count * inputs, into: scratch)
        return UnsafePointer(scratch)
    }

    /// y = x·Wᵀ for some rows of W, which are some columns of y.
    func multiply(
        _ x: UnsafePointer<Float>, _ rows: Int, _ own: Range<Int>, into y: UnsafeMutablePointer<Float>,
        row: Int, _ scratch: UnsafeMutablePointer<Float>
    ) {
        guard rows > SecondFactor.few else {
            let place = own.lowerBound * inputs
            if let values {
                ck_project_rows(x, rows, values + place, CK_SINGLE, y, row, inputs, own.count)
            } else if let stored {
                ck_project_rows(x, rows, stored.base + place, stored.storage, y, row, inputs, own.count)
            }
            return
        }
        BLAS.product(
            rows, own.count, inputs, x, lda: inputs, transposeA: false, self.rows(own, scratch), ldb: inputs,
            transposeB: true, y, ldc: row, accumulate: false)
    }
}

extension TapeOf {
    /// Adds a constant leaf of 16-bit numbers, which `projection`, `rows(at:)` and `logProbabilities(of:on:)` accept.
    package func leaf(_ matrix: StoredMatrix, _ shape: Shape) -> VariableOf<Scalar> {
        // Never read as numbers of the tape: `pointer` and `values` refuse such a leaf.
        let place = UnsafeMutableRawPointer(mutating: matrix.base).assumingMemoryBound(to: Scalar.self)
        let leaf = leaf(place, shape)
        nodes[leaf.index].stored = matrix
        return leaf
    }
}

extension Tape {
    /// y = x·Wᵀ: the rows of W are shared out, in blocks that do not depend on the number of threads.
    func project(
        _ x: UnsafeMutablePointer<Float>, _ weight: ProjectionRows, rows: Int, outputs: Int,
        into y: UnsafeMutablePointer<Float>
    ) {
        let isSmall = rows * weight.inputs * outputs / 16 < Shards.smallest
        let parts = isSmall ? 1 : min(Shards.most, outputs)
        let scratch = reuse(parts * weight.scratch)
        Shards.run(parts, on: (x, weight, rows, outputs, y, parts, scratch)) { context, part in
            let (x, weight, rows, outputs, y, parts, scratch) = context
            Shards.inBlocks(of: weight.block, Shards.range(part, of: parts, rows: outputs)) { own in
                weight.multiply(
                    x, rows, own, into: y + own.lowerBound, row: outputs, scratch + part * weight.scratch)
            }
        }
        release(scratch, count: parts * weight.scratch)
    }

    /// dx (+)= dy·W for stored W `[outputs, inputs]`: the columns of dx are shared out.
    func projectBack(
        _ dy: UnsafeMutablePointer<Float>, _ weight: ProjectionRows, rows: Int, outputs: Int,
        into dx: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)
    ) {
        let parts = rows * weight.inputs * outputs / 16 < Shards.smallest ? 1 : Shards.most
        let scratch = reuse(parts * weight.scratch)
        Shards.run(parts, on: (dy, weight, rows, outputs, dx, parts, scratch)) { context, part in
            let (dy, weight, rows, outputs, dx, parts, scratch) = context
            guard let stored = weight.stored else { return }
            let own = Shards.range(part, of: parts, rows: weight.inputs)
            let wide = scratch + part * weight.scratch
            var accumulate = dx.accumulate
            Shards.inBlocks(of: weight.block, 0..<outputs) { block in
                for row in block {
                    stored.widen(
                        from: row * weight.inputs + own.lowerBound, own.count,
                        into: wide + (row - block.lowerBound) * own.count)
                }
                BLAS.product(
                    rows, own.count, block.count, dy + block.lowerBound, lda: outputs, transposeA: false,
                    wide, ldb: own.count, transposeB: false, dx.pointer + own.lowerBound, ldc: weight.inputs,
                    accumulate: accumulate)
                accumulate = true
            }
        }
        release(scratch, count: parts * weight.scratch)
    }
}

extension Tape.Node {
    /// The node's matrix as rows of a projection.
    var projectionRows: ProjectionRows {
        ProjectionRows(
            values: stored == nil ? UnsafePointer(value) : nil, stored: stored, inputs: shape.columns)
    }
}

extension Variable {
    var projectionRows: ProjectionRows { tape.nodes[checkedIndex(on: tape)].projectionRows }
}
