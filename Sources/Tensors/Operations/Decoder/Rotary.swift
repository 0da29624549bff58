import CKernels

/// Every head's pairs (j, j + d/2) turned by an angle of the row: x'ⱼ = xⱼ·cos − xⱼ₊·sin, x'ⱼ₊ = xⱼ₊·cos + xⱼ·sin.
///
/// - Parameters:
///   - x: `[T, heads · d]`.
///   - angles: `[T, d]`: the d/2 cosines of a row, then its d/2 sines; a constant.
/// - Returns: `[T, heads · d]`.
/// - SeeAlso: Su et al. 2021, arXiv:2104.09864.
public func rotary(_ x: Variable, angles: Variable) -> Variable {
    let (tape, width) = (x.tape, angles.shape.columns)
    precondition(
        angles.shape.rows == x.shape.rows && width > 0 && width % 2 == 0 && x.shape.columns % width == 0,
        "rotary: x \(x.shape) does not meet angles \(angles.shape)")
    let y = tape.record(x.shape, x, angles.constant, nil, Tape.rotaryBackward)
    let context = (x: x.pointer, angles: angles.pointer, y: y.pointer, columns: x.shape.columns, width)
    Shards.overRows(x.shape.rows, elements: x.shape.count, on: context) { context, part in
        let (x, angles, y, columns, width) = context
        let start = part.lowerBound * columns
        ck_rotate(
            x + start, angles + part.lowerBound * width, y + start, part.count, columns / width, width, 1, 0)
    }
    return y
}

extension Tape {
    // Turned back by the same angle.
    fileprivate static func rotaryBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        guard let dx = tape.gradient(of: node.first) else { return }
        let angles = tape.nodes[Int(node.second)]
        let context = (node, angles, dy: tape.incoming(index), dx)
        Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
            let (node, angles, dy, dx) = context
            let (columns, width) = (node.shape.columns, angles.shape.columns)
            let start = part.lowerBound * columns
            ck_rotate(
                dy + start, angles.value + part.lowerBound * width, dx.pointer + start, part.count,
                columns / width, width, -1, dx.accumulate ? 1 : 0)
        }
    }
}
