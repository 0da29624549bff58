import Tensors

/// A loss and what the tape says of its slopes, for comparison with the authors' numbers.
struct LossOfNumbers {
    let value: Double
    let gradient: [Double]

    init(_ numbers: [Double], _ loss: (VariableOf<Double>) -> VariableOf<Double>) {
        let (tape, count) = (TapeOf<Double>(), numbers.count)
        var (numbers, slopes, flag) = (numbers, [Double](repeating: 0, count: count), false)
        value = numbers.withUnsafeMutableBufferPointer { numbers in
            slopes.withUnsafeMutableBufferPointer { slopes in
                withUnsafeMutablePointer(to: &flag) { flag in
                    guard let base = numbers.baseAddress else { return .nan }
                    let result = loss(
                        tape.leaf(base, Shape(count, 1), gradient: slopes.baseAddress, flag: flag))
                    tape.walkBack(from: result)
                    return result.scalar
                }
            }
        }
        gradient = slopes
    }
}
