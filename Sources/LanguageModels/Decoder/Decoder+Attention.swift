import Networks
import Tensors

extension Decoder {
    /// States behind the last norm of tokens whose attention somebody else computes: a cache, or a tree of kept keys and values.
    ///
    /// - Parameters:
    ///   - tokens: inside the vocabulary; at least one.
    ///   - positions: the place of each in its sequence, from 0.
    ///   - w: the numbers.
    ///   - attend: of a layer, given its number and rotated queries `[T, heads · d]`, rotated keys and values
    ///     `[T, keyValueHeads · d]`; returns `[T, heads · d]`.
    /// - Returns: `[T, hidden]`.
    package func hidden(
        _ tokens: [Int32], at positions: [Int], _ w: Weights,
        attend: (Int, Variable, Variable, Variable) -> Variable
    ) -> Variable {
        precondition(
            !tokens.isEmpty && tokens.count == positions.count,
            "\(tokens.count) tokens at \(positions.count) places")
        let table = w[embedding]
        let x = states(
            behind: tokens.withUnsafeBufferPointer { table.rows(at: $0) }, w,
            angles: description.angles(positions, on: table.tape), adapters: nil, attend: attend)
        return rmsNorm(x, scale: w[lastNorm], epsilon: description.epsilon)
    }
}
