import Tensors
import Testing

/// An operation that exists in both precisions, with the shapes of its inputs.
private enum Both: String, CaseIterable, CustomTestStringConvertible {
    case plus, minusRow, timesColumn, dividedByRow, minimum, maximum
    case relu, mish, silu, tanh, softplus, sigmoid, exp, log, squared, squareRoot, magnitude, reciprocal
    case sineOfTurns, cosineOfTurns
    case scaled, clipped, selecting, picking, logSoftmax, maskedLogSoftmax
    case sum, mean, rowSums, columnSums
    case linear, transposedLinear, longLinear, gaussian, squaredError, rowRange, reshaped

    var testDescription: String { rawValue }

    var shapes: [Shape] {
        switch self {
        case .minusRow, .dividedByRow: [Shape(5, 3), Shape(1, 3)]
        case .timesColumn: [Shape(5, 1), Shape(5, 3)]
        case .plus, .minimum, .maximum, .selecting: [Shape(5, 3), Shape(5, 3)]
        case .linear: [Shape(5, 3), Shape(3, 4), Shape(1, 4)]
        case .transposedLinear: [Shape(5, 3), Shape(4, 3), Shape(1, 4)]
        // In several parts of the rows.
        case .longLinear: [Shape(400, 40), Shape(40, 40), Shape(1, 40)]
        case .gaussian: [Shape(5, 3), Shape(5, 3), Shape(1, 3)]
        default: [Shape(5, 3)]
        }
    }

    /// Whether inputs must be above 0.
    var isForPositive: Bool { [.log, .squareRoot, .dividedByRow].contains(self) }

    func callAsFunction<Scalar: TapeScalar>(_ x: [VariableOf<Scalar>]) -> VariableOf<Scalar> {
        switch self {
        case .plus: x[0] + x[1]
        case .minusRow: x[0] - x[1]
        case .timesColumn: x[0] * x[1]
        case .dividedByRow: x[0] / x[1]
        case .minimum: Tensors.minimum(x[0], x[1])
        case .maximum: Tensors.maximum(x[0], x[1])
        case .relu: x[0].relu()
        case .mish: x[0].mish()
        case .silu: x[0].silu()
        case .tanh: x[0].tanh()
        case .softplus: x[0].softplus()
        case .sigmoid: x[0].sigmoid()
        case .exp: x[0].exp()
        case .log: x[0].log()
        case .squared: x[0].squared()
        case .squareRoot: x[0].squareRoot()
        case .magnitude: x[0].magnitude()
        case .reciprocal: x[0].reciprocal()
        case .sineOfTurns: x[0].sineOfTurns()
        case .cosineOfTurns: x[0].cosineOfTurns()
        case .scaled: 2 - x[0] * 3 / 7
        case .clipped: x[0].clipped(-0.5, 0.5)
        case .selecting:
            x[0].isAbove(0).selecting(x[0] * x[1], else: x[1]) + x[0].isAtLeast(0).selecting(1, else: 2)
        case .picking: [0, 2, 1, 1, 0].withUnsafeBufferPointer { x[0].picking($0) }
        case .logSoftmax: x[0].logSoftmax()
        case .maskedLogSoftmax: masked(x[0])
        case .sum: x[0].sum()
        case .mean: x[0].mean()
        case .rowSums: x[0].rowSums()
        case .columnSums: x[0].columnSums()
        case .linear: Tensors.linear(x[0], x[1], x[2], .tanh)
        case .transposedLinear, .longLinear: Tensors.linear(x[0], x[1], x[2], .mish, isTransposed: true)
        case .gaussian: gaussianLogDensity(x[0], mean: x[1], logDeviation: x[2])
        case .rowRange: x[0].rows(1..<4)
        case .reshaped: x[0].reshaped(3, 5) + x[0].squared().reshaped(3, 5)
        case .squaredError: meanSquaredError(x[0].tanh(), x[0].tape.constant(0.5, 5, 3))
        }
    }

    /// What is forbidden has no probability: its logarithm is replaced, so that numbers can be compared.
    private func masked<Scalar: TapeScalar>(_ x: VariableOf<Scalar>) -> VariableOf<Scalar> {
        let marks: [Scalar] = [1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0]
        let mask = marks.withUnsafeBufferPointer { x.tape.constant($0, 5, 3) }
        let logarithms = mask.selecting(x, else: x.tape.constant(-.infinity, 5, 3)).logSoftmax()
        return mask.selecting(logarithms, else: x.tape.constant(-1, 5, 3)) * logarithms.exp()
    }
}

/// Inputs of an operation as one flat vector with one gradient, as a network has them.
private final class Point<Scalar: TapeScalar> {
    let shapes: [Shape]
    let count: Int
    let values, gradients: UnsafeMutablePointer<Scalar>
    private let flags: UnsafeMutablePointer<Bool>
    let tape = TapeOf<Scalar>()

    init(_ shapes: [Shape], _ numbers: [Double]) {
        (self.shapes, count) = (shapes, numbers.count)
        values = .allocate(capacity: count)
        gradients = .allocate(capacity: count)
        flags = .allocate(capacity: shapes.count)
        for (index, number) in numbers.enumerated() { (values + index).initialize(to: Scalar(number)) }
        gradients.initialize(repeating: 0, count: count)
        flags.initialize(repeating: false, count: shapes.count)
    }

    deinit {
        values.deallocate()
        gradients.deallocate()
        flags.deallocate()
    }

    func variables() -> [VariableOf<Scalar>] {
        var place = 0
        return shapes.enumerated().map { number, shape in
            defer { place += shape.count }
            return tape.leaf(values + place, shape, gradient: gradients + place, flag: flags + number)
        }
    }

    func slopes(of y: VariableOf<Scalar>, along direction: [Scalar]) -> [Scalar] {
        var tangents = [Scalar](repeating: .nan, count: y.shape.count)
        direction.withUnsafeBufferPointer { direction in
            tangents.withUnsafeMutableBufferPointer {
                tape.walkForward(to: y, along: direction, laidOutAs: gradients, into: $0)
            }
        }
        return tangents
    }

    func gradient(of y: VariableOf<Scalar>, _ cotangents: [Scalar]) -> [Scalar] {
        flags.update(repeating: false, count: shapes.count)
        gradients.update(repeating: 0, count: count)
        cotangents.withUnsafeBufferPointer { tape.walkBack(from: y, cotangents: $0) }
        return Array(UnsafeBufferPointer(start: gradients, count: count))
    }
}

@Suite struct TangentTests {
    private static func numbers(_ it: Both) -> [Double] {
        var stream = RandomStream(seed: 3, for: .testing, index: 5)
        return it.shapes.flatMap { shape in
            (0..<shape.count).map { _ in
                let number = Double(stream.nextNormal()) * (shape.rows == 40 ? 0.1 : 1)
                return it.isForPositive ? abs(number) + 0.1 : number
            }
        }
    }

    private static func direction(_ count: Int, seed: UInt64) -> [Double] {
        var stream = RandomStream(seed: seed, for: .testing, index: 6)
        return (0..<count).map { _ in Double(stream.nextNormal()) }
    }

    private static func value(_ it: Both, _ numbers: [Double]) -> [Double] {
        let point = Point<Double>(it.shapes, numbers)
        return Array(it(point.variables()).values)
    }

    private static func inner(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }

    @Test(arguments: Both.allCases) fileprivate func bothPrecisionsSayTheSame(it: Both) {
        let numbers = Self.numbers(it)
        let (single, double) = (Point<Float>(it.shapes, numbers), Point<Double>(it.shapes, numbers))
        let (y, exact) = (it(single.variables()), it(double.variables()))
        let scale = exact.values.reduce(1) { max($0, abs($1)) }
        #expect(y.shape == exact.shape)
        for (a, b) in zip(y.values, exact.values) { #expect(abs(Double(a) - b) <= 1e-5 * scale) }
        let cotangents = Self.direction(exact.shape.count, seed: 8)
        let gradient = single.gradient(of: y, cotangents.map { Float($0) })
        let wanted = double.gradient(of: exact, cotangents)
        let steepest = wanted.reduce(1) { max($0, abs($1)) }
        for (a, b) in zip(gradient, wanted) { #expect(abs(Double(a) - b) <= 1e-4 * steepest) }
    }

    @Test(arguments: Both.allCases) fileprivate func tangentsAreCentralDifferences(it: Both) {
        let numbers = Self.numbers(it), v = Self.direction(numbers.count, seed: 7)
        let point = Point<Double>(it.shapes, numbers)
        let slopes = point.slopes(of: it(point.variables()), along: v)
        let h = 1e-6
        let up = Self.value(it, zip(numbers, v).map { $0 + h * $1 })
        let down = Self.value(it, zip(numbers, v).map { $0 - h * $1 })
        let exact = zip(up, down).map { ($0 - $1) / (2 * h) }
        let scale = exact.reduce(1) { max($0, abs($1)) }
        for (slope, exact) in zip(slopes, exact) { #expect(abs(slope - exact) <= 1e-7 * scale) }
        #expect(slopes.contains { $0 != 0 }, "the comparison says something")
    }

    /// ⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩, in the order in which conjugate gradients ask: forward, back, and again.
    @Test(arguments: Both.allCases) fileprivate func theGradientIsTheTransposeOfTheTangents(it: Both) {
        let numbers = Self.numbers(it)
        let point = Point<Double>(it.shapes, numbers)
        let y = it(point.variables())
        for round in 0..<3 {
            let v = Self.direction(numbers.count, seed: 10 + UInt64(round))
            let u = Self.direction(y.shape.count, seed: 20 + UInt64(round))
            let forward = Self.inner(u, point.slopes(of: y, along: v))
            let back = Self.inner(point.gradient(of: y, u), v)
            #expect(abs(forward - back) <= 1e-10 * max(abs(forward), 1))
        }
    }

    @Test func parametersOfOtherVectorsStandStill() {
        let (moving, still) = (
            Point<Double>([Shape(2, 2)], [1, 2, 3, 4]), Point<Double>([Shape(2, 2)], [5, 6, 7, 8])
        )
        let a = moving.variables()[0]
        let flag = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
        flag.initialize(to: false)
        defer { flag.deallocate() }
        let b = moving.tape.leaf(still.values, Shape(2, 2), gradient: still.gradients, flag: flag)
        #expect(moving.slopes(of: a * b, along: [1, 0, 0, 1]) == [5, 0, 0, 8])
        #expect(moving.slopes(of: a / b, along: [5, 0, 0, 0]) == [1, 0, 0, 0])
        #expect(moving.slopes(of: b - a, along: [1, 2, 3, 4]) == [-1, -2, -3, -4])
        #expect(moving.slopes(of: b.tanh(), along: [1, 2, 3, 4]) == [0, 0, 0, 0])
    }

    @Test func threadsChangeNoBit() {
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        func bits() -> [UInt64] {
            let numbers = Self.numbers(.longLinear)
            let point = Point<Double>(Both.longLinear.shapes, numbers)
            let y = Both.longLinear(point.variables())
            let slopes = point.slopes(of: y, along: Self.direction(numbers.count, seed: 1))
            return (slopes + point.gradient(of: y, slopes)).map(\.bitPattern)
        }
        BLAS.threads = 1
        let alone = bits()
        for count in [2, 3] {
            BLAS.threads = count
            #expect(bits() == alone, "\(count) threads")
        }
    }
}
