import PolicyOptimisation
import Tensors

/// Draws of a fixed seed.
struct RandomNumbers {
    private var stream: RandomStream

    init(seed: UInt64) { stream = RandomStream(seed: seed, for: .testing) }

    mutating func vector(_ count: Int, scale: Double = 1) -> [Double] {
        (0..<count).map { _ in scale * Double(stream.nextNormal()) }
    }

    mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows, columns, vector(rows * columns))
    }

    mutating func choices(_ count: Int, below bound: Int) -> [Int] {
        (0..<count).map { _ in stream.nextInteger(below: bound) }
    }

    mutating func uniform(in range: Range<Float>) -> Double { Double(stream.nextUniform(in: range)) }

    /// Symmetric with eigenvalues of at least 0.1.
    mutating func positiveDefinite(_ order: Int) -> Matrix {
        let a = matrix(order, order)
        var h = a * a.transposed()
        for index in 0..<order { h[index, index] += 0.1 }
        return h
    }
}

/// The derivative of a function of a vector along a direction, by central differences of fourth order.
func slope(_ x: [Double], along v: [Double], _ f: ([Double]) -> Double) -> Double {
    slope(x, along: v) { [f($0)] }[0]
}

/// The same for a function with several values.
func slope(_ x: [Double], along v: [Double], _ f: ([Double]) -> [Double]) -> [Double] {
    let h = 1e-3
    func at(_ share: Double) -> [Double] { f(zip(x, v).map { $0 + share * h * $1 }) }
    let (a, b, c, d) = (at(-2), at(-1), at(1), at(2))
    return a.indices.map { (a[$0] - 8 * b[$0] + 8 * c[$0] - d[$0]) / (12 * h) }
}

/// aᵀb.
func inner(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// vᵀHv.
func square(_ h: Matrix, _ v: [Double]) -> Double { inner(v, (h * Matrix(v.count, 1, v)).elements) }
