import Assurance
import Tensors

/// Points for tests.
enum SampledPoints {
    /// Correlated normal draws.
    static func cloud(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        var result = Matrix(rows, columns)
        for row in 0..<rows {
            var last = 0.0
            for column in 0..<columns {
                last = 0.5 * last + Double(stream.nextNormal())
                result[row, column] = last
            }
        }
        return result
    }

    /// Points of a ring in the plane.
    static func ring(_ rows: Int, radii: Range<Double>, seed: UInt64) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        var result = Matrix(rows, 2)
        for row in 0..<rows {
            let (x, y) = (Double(stream.nextNormal()), Double(stream.nextNormal()))
            let radius =
                radii.lowerBound + (radii.upperBound - radii.lowerBound) * Double(stream.nextUniform())
            let length = (x * x + y * y).squareRoot()
            (result[row, 0], result[row, 1]) = (radius * x / length, radius * y / length)
        }
        return result
    }

    /// The 2ⁿ corners of a cube.
    static func corners(_ columns: Int) -> Matrix {
        var result = Matrix(1 << columns, columns)
        for row in 0..<1 << columns {
            for column in 0..<columns { result[row, column] = row >> column & 1 == 1 ? 1 : -1 }
        }
        return result
    }
}
