/// The mean of `(prediction − target)²` over all elements, `[1, 1]`; nothing flows back into the target.
///
/// - Parameters:
///   - prediction: of any shape with at least one element.
///   - target: of the same shape.
/// - Returns: `[1, 1]`, never negative.
public func meanSquaredError<Scalar: TapeScalar>(
    _ prediction: VariableOf<Scalar>, _ target: VariableOf<Scalar>
) -> VariableOf<Scalar> {
    let (shape, tape) = (prediction.shape, prediction.tape)
    precondition(
        shape == target.shape && shape.count > 0, "meanSquaredError: \(shape) does not meet \(target.shape)")
    let y = tape.record(
        Shape(1, 1), prediction, target.constant, nil, TapeOf.errorBackward, TapeOf.errorTangent)
    let (p, t) = (prediction.pointer, target.pointer)
    var sum = 0.0
    for index in 0..<shape.count {
        let residual = Double(p[index] - t[index])
        sum += residual * residual
    }
    y.pointer.pointee = Scalar(sum / Double(shape.count))
    return y
}

extension TapeOf {
    // dp += 2·(p − t)/n·dy
    fileprivate static func errorBackward(_ tape: TapeOf, _ index: Int) {
        let node = tape.nodes[index]
        let (p, t) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)].value)
        guard let dp = tape.addedGradient(of: node.first) else { return }
        let (dy, count) = (tape.incoming(index).pointee, Scalar(p.shape.count))
        for i in 0..<p.shape.count { dp[i] += 2 * (p.value[i] - t[i]) / count * dy }
    }

    fileprivate static func errorTangent(
        _ tape: TapeOf, _ index: Int, _ result: UnsafeMutablePointer<Scalar>
    ) {
        let node = tape.nodes[index]
        let (p, t) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)].value)
        guard let dp = tape.slope(of: node.first) else { return }
        result.pointee = 0
        for i in 0..<p.shape.count {
            result.pointee += 2 * (p.value[i] - t[i]) / Scalar(p.shape.count) * dp[i]
        }
    }
}
