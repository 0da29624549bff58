import CKernels

/// A constant matrix of numbers in 16 bits, or in blocks of a GGUF file, that stays where it is, such as in a mapped file.
///
/// Plain data: whoever makes it keeps the memory alive as long as variables made of it are used.
package struct StoredMatrix {
    /// How numbers are stored, by the number that the GGUF format gives it.
    package struct Kind: RawRepresentable, Sendable, Equatable {
        package let rawValue: UInt32

        /// A type of the format that `widen` knows.
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The upper half of single precision.
        package static let brain = Kind(rawValue: CK_BRAIN.rawValue)
        /// IEEE 754 binary16.
        package static let half = Kind(rawValue: CK_HALF.rawValue)

        fileprivate var storage: ck_storage { ck_storage(rawValue: rawValue) }

        /// Numbers of a block, which lie in one row; 1 where each is by itself.
        package var values: Int { ck_block_values(storage) }
        /// Bytes of a block.
        package var bytes: Int { ck_block_bytes(storage) }

        /// Writes the numbers of whole blocks, exactly.
        package func widen(
            _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
        ) {
            precondition(
                values.count % self.values == 0 && blocks.count == values.count / self.values * bytes,
                "\(blocks.count) bytes for \(values.count) values in blocks of \(bytes)")
            guard let place = blocks.baseAddress, let result = values.baseAddress else { return }
            ck_widen(place, storage, result, values.count)
        }

        /// Whether no number of whole blocks is NaN or infinite.
        package func isFinite(_ blocks: UnsafeRawBufferPointer) -> Bool {
            guard let place = blocks.baseAddress else { return true }
            return ck_stored_are_finite(place, storage, blocks.count / bytes * values) != 0
        }
    }

    let base: UnsafeRawPointer
    let storage: ck_storage
    /// Numbers and bytes of a block.
    let values, bytes: Int

    /// A matrix in the machine's byte order; its rows are whole blocks.
    package init(_ base: UnsafeRawPointer, _ kind: Kind) {
        (self.base, storage, values, bytes) = (base, kind.storage, kind.values, kind.bytes)
    }

    /// Where the block of a number begins.
    func address(of place: Int) -> UnsafeRawPointer { base + place / values * bytes }

    /// Writes `count` numbers from a place on, exactly; whole blocks.
    func widen(from place: Int, _ count: Int, into result: UnsafeMutablePointer<Float>) {
        ck_widen(address(of: place), storage, result, count)
    }
}

/// The second factor of a projection, read row by row: `[outputs, inputs]`, however it is stored.
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
                ck_project_rows(
                    x, rows, stored.address(of: place), stored.storage, y, row, inputs, own.count)
            }
            return
        }
        BLAS.product(
            rows, own.count, inputs, x, lda: inputs, transposeA: false, self.rows(own, scratch), ldb: inputs,
            transposeB: true, y, ldc: row, accumulate: false)
    }
}

extension TapeOf {
    /// Adds a constant leaf of stored numbers, which `projection`, `rows(at:)` and `logProbabilities(of:on:)` accept.
    package func leaf(_ matrix: StoredMatrix, _ shape: Shape) -> VariableOf<Scalar> {
        precondition(shape.columns % matrix.values == 0, "rows of \(shape) are not whole blocks")
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
        // A part's columns are whole blocks.
        let blocks = weight.inputs / (weight.stored?.values ?? 1)
        let parts =
            rows * weight.inputs * outputs / 16 < Shards.smallest ? 1 : min(Shards.most, blocks)
        let scratch = reuse(parts * weight.scratch)
        Shards.run(parts, on: (dy, weight, rows, outputs, dx, parts, scratch)) { context, part in
            let (dy, weight, rows, outputs, dx, parts, scratch) = context
            guard let stored = weight.stored else { return }
            let blocks = Shards.range(part, of: parts, rows: weight.inputs / stored.values)
            let own = blocks.lowerBound * stored.values..<blocks.upperBound * stored.values
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
