import Foundation
import Tensors

/// A matrix of `Double` and plain loops: the oracle of the operations.
///
/// Nothing here is shared with what it tests.
struct ReferenceMatrix: Sendable {
    let rows, columns: Int
    var elements: [Double]

    init(_ rows: Int, _ columns: Int, _ element: (Int, Int) -> Double) {
        (self.rows, self.columns) = (rows, columns)
        elements = []
        for i in 0..<rows { for j in 0..<columns { elements.append(element(i, j)) } }
    }

    /// Draws that are exact in `Float`.
    static func random(_ rows: Int, _ columns: Int, _ stream: inout RandomStream) -> ReferenceMatrix {
        ReferenceMatrix(rows, columns) { _, _ in Double(stream.nextNormal()) }
    }

    subscript(i: Int, j: Int) -> Double { elements[i * columns + j] }

    func map(_ f: (Double) -> Double) -> ReferenceMatrix {
        ReferenceMatrix(rows, columns) { f(self[$0, $1]) }
    }

    /// Element by element, repeating rows and columns of length 1.
    func with(_ other: ReferenceMatrix, _ f: (Double, Double) -> Double) -> ReferenceMatrix {
        ReferenceMatrix(rows == 1 ? other.rows : rows, columns == 1 ? other.columns : columns) { i, j in
            f(
                self[rows == 1 ? 0 : i, columns == 1 ? 0 : j],
                other[other.rows == 1 ? 0 : i, other.columns == 1 ? 0 : j])
        }
    }

    func times(_ other: ReferenceMatrix) -> ReferenceMatrix {
        ReferenceMatrix(rows, other.columns) { i, j in
            (0..<columns).reduce(0) { $0 + self[i, $1] * other[$1, j] }
        }
    }

    /// One number from each row.
    func eachRow(_ f: ([Double]) -> Double) -> ReferenceMatrix {
        ReferenceMatrix(rows, 1) { i, _ in f(row(i)) }
    }

    /// A row from each row.
    func mapRows(_ f: ([Double]) -> [Double]) -> ReferenceMatrix {
        let mapped = (0..<rows).map { f(row($0)) }
        return ReferenceMatrix(rows, mapped.first?.count ?? columns) { mapped[$0][$1] }
    }

    func row(_ i: Int) -> [Double] { Array(elements[i * columns..<(i + 1) * columns]) }

    var sum: Double { elements.reduce(0, +) }
}

/// Functions in `Double` that operations are held against.
enum Reference {
    static func mish(_ x: Double) -> Double { x * tanh(log1p(exp(x))) }
    static func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

    static func activation(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .identity: x
        case .relu: max(x, 0)
        case .tanh: tanh(x)
        case .mish: mish(x)
        case .silu: silu(x)
        case .gelu: x * 0.5 * erfc(-x * 0.5.squareRoot())
        }
    }

    static func normalised(_ row: [Double], centred: Bool, epsilon: Double = 1e-6) -> [Double] {
        let n = Double(row.count)
        let mean = centred ? row.reduce(0, +) / n : 0
        let square = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        return row.map { ($0 - mean) / (square + epsilon).squareRoot() }
    }

    static func logSumExp(_ row: [Double]) -> Double {
        let top = row.max() ?? -.infinity
        return top + log(row.reduce(0) { $0 + exp($1 - top) })
    }

    static func logSoftmax(_ row: [Double]) -> [Double] {
        let total = logSumExp(row)
        return row.map { $0 - total }
    }

    static func softmax(_ row: [Double]) -> [Double] { logSoftmax(row).map { exp($0) } }
}
