import CKernels

/// Each row shifted to mean 0 and scaled to variance 1, then `scale·x + shift`.
///
/// - Parameters:
///   - x: `[B, N]`.
///   - scale: `[1, N]`.
///   - shift: `[1, N]`.
///   - epsilon: added to the biased variance.
/// - Returns: `[B, N]`.
/// - SeeAlso: Ba et al. 2016, arXiv:1607.06450.
public func layerNorm(_ x: Variable, scale: Variable, shift: Variable, epsilon: Float = 1e-6) -> Variable {
    let (tape, rows, columns) = (x.tape, x.shape.rows, x.shape.columns)
    precondition(
        scale.shape == Shape(1, columns) && shift.shape == scale.shape,
        "layerNorm: x \(x.shape) does not meet scale \(scale.shape)")
    let y = tape.record(x.shape, x, scale, shift, Tape.layerNormBackward)
    let statistics = tape.allocate(2 * rows)
    tape.nodes[y.index].saved = statistics
    let context = (
        x: x.pointer, scale: scale.pointer, shift: shift.pointer, y: y.pointer, statistics, columns, epsilon
    )
    Shards.overRows(rows, elements: x.shape.count, on: context) { context, part in
        let (x, scale, shift, y, statistics, columns, epsilon) = context
        let start = part.lowerBound * columns
        ck_layer_norm(
            x + start, scale, shift, y + start, statistics + 2 * part.lowerBound, part.count, columns, epsilon
        )
    }
    return y
}

/// Each row divided by its root mean square, then multiplied by `scale`.
///
/// - Parameters:
///   - x: `[B, N]`.
///   - scale: `[1, N]`.
///   - epsilon: added to the mean square.
/// - Returns: `[B, N]`.
/// - SeeAlso: Zhang and Sennrich 2019, arXiv:1910.07467.
public func rmsNorm(_ x: Variable, scale: Variable, epsilon: Float = 1e-6) -> Variable {
    let (tape, rows, columns) = (x.tape, x.shape.rows, x.shape.columns)
    precondition(scale.shape == Shape(1, columns), "rmsNorm: x \(x.shape) does not meet scale \(scale.shape)")
    let y = tape.record(x.shape, x, scale, nil, Tape.rmsNormBackward)
    let statistics = tape.allocate(rows)
    tape.nodes[y.index].saved = statistics
    let context = (x: x.pointer, scale: scale.pointer, y: y.pointer, statistics, columns, epsilon)
    Shards.overRows(rows, elements: x.shape.count, on: context) { context, part in
        let (x, scale, y, statistics, columns, epsilon) = context
        let start = part.lowerBound * columns
        ck_rms_norm(x + start, scale, y + start, statistics + part.lowerBound, part.count, columns, epsilon)
    }
    return y
}

extension Tape {
    fileprivate static func layerNormBackward(_ tape: Tape, _ index: Int) {
        normBackward(tape, index, vectors: 2) {
            x, scale, statistics, dy, dx, sums, rows, columns, accumulate in
            ck_layer_norm_gradient(
                x, scale, statistics, dy, dx, sums, sums + columns, rows, columns, accumulate)
        }
    }

    fileprivate static func rmsNormBackward(_ tape: Tape, _ index: Int) {
        normBackward(tape, index, vectors: 1) {
            x, scale, statistics, dy, dx, sums, rows, columns, accumulate in
            ck_rms_norm_gradient(x, scale, statistics, dy, dx, sums, rows, columns, accumulate)
        }
    }

    private typealias Gradient = (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
        UnsafeMutablePointer<Float>?,
        UnsafeMutablePointer<Float>, Int, Int, Int32
    ) -> Void

    private struct NormContext {
        let gradient: Gradient
        let x, scale, statistics, dy, sums: UnsafeMutablePointer<Float>
        let dx: (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)?
        let rows, columns, vectors, parts: Int
    }

    // Each shard adds up `vectors` row vectors of its own (scale, then shift); they are added in order afterwards.
    private static func normBackward(_ tape: Tape, _ index: Int, vectors: Int, _ gradient: @escaping Gradient)
    {
        let node = tape.nodes[index]
        let (x, scale) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let (rows, columns, dy) = (node.shape.rows, node.shape.columns, tape.incoming(index))
        guard let statistics = node.saved else { return }
        let dx = tape.gradient(of: node.first)
        let parts = Shards.parts(rows: rows, elements: node.shape.count)
        let sums = tape.allocate(parts * vectors * columns)
        sums.update(repeating: 0, count: parts * vectors * columns)
        let context = NormContext(
            gradient: gradient, x: x.value, scale: scale.value, statistics: statistics, dy: dy, sums: sums,
            dx: dx, rows: rows,
            columns: columns, vectors: vectors, parts: parts)
        Shards.run(parts, on: context) { it, part in
            let range = Shards.range(part, of: it.parts, rows: it.rows)
            let start = range.lowerBound * it.columns
            // Layer norm keeps mean and 1/σ of a row, RMS norm one number: as many as it has vectors.
            it.gradient(
                it.x + start, it.scale, it.statistics + it.vectors * range.lowerBound, it.dy + start,
                it.dx.map { $0.pointer + start }, it.sums + part * it.vectors * it.columns, range.count,
                it.columns,
                it.dx?.accumulate == true ? 1 : 0)
        }
        for vector in 0..<vectors {
            guard let total = tape.addedGradient(of: vector == 0 ? node.second : node.third) else { continue }
            for part in 0..<parts {
                ck_scaled(sums + (part * vectors + vector) * columns, total, columns, 1, 1)
            }
        }
    }
}
