import Foundation
import Tensors
import Testing

@Suite struct GaussianTests {
    @Test(arguments: [Shape(1, 1), Shape(5, 3), Shape(0, 2), Shape(300, 130)], [true, false])
    func theLogDensityOfADiagonalGaussian(_ shape: Shape, isShared: Bool) throws {
        var stream = RandomStream(seed: 1, for: .testing)
        let rows = isShared ? 1 : shape.rows
        let inputs = [
            ReferenceMatrix.random(shape.rows, shape.columns, &stream),
            ReferenceMatrix.random(rows, shape.columns, &stream),
            ReferenceMatrix.random(rows, shape.columns, &stream).map { Double(Float(0.3 * $0)) },
        ]
        try GradientCheck(name: "gaussianLogDensity \(shape)", inputs: inputs) {
            gaussianLogDensity($0[0], mean: $0[1], logDeviation: $0[2])
        } reference: {
            let logs = $0[0].with($0[1], -).with($0[2]) { difference, logDeviation in
                let z = difference / exp(logDeviation)
                return -0.5 * z * z - logDeviation - 0.5 * log(2 * .pi)
            }
            return logs.eachRow { $0.reduce(0, +) }
        }.run()
    }
}
