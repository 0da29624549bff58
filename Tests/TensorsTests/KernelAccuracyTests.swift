import CKernels
import Foundation
import Testing

/// A function of one number beside its `Double` oracle.
struct KernelCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: ck_function
    /// Stated relative error.
    let bound: Double
    /// Stated absolute error, for results that may be flushed to 0 or near roots.
    var floor = 0.0
    /// Stated error of the derivative, relative to the larger of 1 and it.
    let slopeBound: Double
    /// Arguments of larger magnitude are out of the stated range.
    var largest = Double.infinity
    let value: @Sendable (Double) -> Double
    let slope: @Sendable (Double) -> Double

    static let all: [KernelCase] = [
        KernelCase(
            testDescription: "relu", function: CK_RELU, bound: 0, slopeBound: 0, value: { max($0, 0) },
            slope: { $0 > 0 ? 1 : 0 }),
        KernelCase(
            testDescription: "mish", function: CK_MISH, bound: 6e-7, floor: 2e-36, slopeBound: 6e-7,
            value: mish,
            slope: mishSlope),
        KernelCase(
            testDescription: "silu", function: CK_SILU, bound: 6e-7, floor: 2e-36, slopeBound: 1.2e-6,
            value: { $0 == -.infinity ? 0 : $0 / (1 + exp(-$0)) },
            slope: {
                let s = 1 / (1 + exp(-$0))
                return $0.isInfinite ? s : s * (1 + $0 * (1 - s))
            }),
        KernelCase(
            testDescription: "gelu", function: CK_GELU, bound: 1e-6, floor: 1e-7, slopeBound: 6e-7,
            value: { $0.isInfinite ? max($0, 0) : $0 * 0.5 * erfc(-$0 * 0.5.squareRoot()) },
            slope: {
                let share = 0.5 * erfc(-$0 * 0.5.squareRoot())
                return $0.isInfinite ? share : share + $0 * exp(-0.5 * $0 * $0) * 0.398942280401432678
            }),
        KernelCase(
            testDescription: "tanh", function: CK_TANH, bound: 4e-7, slopeBound: 4e-7, value: { tanh($0) },
            slope: { 1 - tanh($0) * tanh($0) }),
        KernelCase(
            testDescription: "softplus", function: CK_SOFTPLUS, bound: 6e-7, floor: 2e-38, slopeBound: 4e-7,
            value: { max($0, 0) + log1p(exp(-abs($0))) }, slope: { 1 / (1 + exp(-$0)) }),
        KernelCase(
            testDescription: "sigmoid", function: CK_SIGMOID, bound: 4e-7, floor: 2e-38, slopeBound: 4e-7,
            value: { 1 / (1 + exp(-$0)) },
            slope: { 1 / (1 + exp(-$0)) * (1 / (1 + exp($0))) }),
        KernelCase(
            testDescription: "exp", function: CK_EXP, bound: 3e-7, floor: 1.2e-38, slopeBound: 3e-7,
            value: { exp($0) },
            slope: { exp($0) }),
        KernelCase(
            testDescription: "log", function: CK_LOG, bound: 3e-7, slopeBound: 2e-7,
            value: { $0 >= 0 && $0 < Double(Float.leastNormalMagnitude) ? -.infinity : log($0) },
            slope: { 1 / $0 }),
        KernelCase(
            testDescription: "square", function: CK_SQUARE, bound: 6e-8, floor: 1e-45, slopeBound: 0,
            value: { $0 * $0 },
            slope: { 2 * $0 }),
        KernelCase(
            testDescription: "sqrt", function: CK_SQRT, bound: 6e-8, slopeBound: 2e-7,
            value: { $0.squareRoot() },
            slope: { 0.5 / $0.squareRoot() }),
        KernelCase(
            testDescription: "abs", function: CK_ABS, bound: 0, slopeBound: 0, value: { abs($0) },
            slope: { $0 > 0 ? 1 : ($0 < 0 ? -1 : 0) }),
        KernelCase(
            testDescription: "reciprocal", function: CK_RECIPROCAL, bound: 6e-8, floor: 1e-45,
            slopeBound: 2e-7,
            value: { 1 / $0 }, slope: { -1 / ($0 * $0) }),
        KernelCase(
            testDescription: "sin", function: CK_SIN, bound: 0, floor: 3e-7, slopeBound: 3e-7, largest: 64,
            value: { sin(2 * .pi * turn($0)) }, slope: { 2 * .pi * cos(2 * .pi * turn($0)) }),
        KernelCase(
            testDescription: "cos", function: CK_COS, bound: 0, floor: 3e-7, slopeBound: 3e-7, largest: 64,
            value: { cos(2 * .pi * turn($0)) }, slope: { -2 * .pi * sin(2 * .pi * turn($0)) }),
    ]

    private static func turn(_ x: Double) -> Double { x - x.rounded() }

    private static func mish(_ x: Double) -> Double {
        x == -.infinity ? 0 : x * tanh(log1p(exp(min(x, 700))))
    }

    private static func mishSlope(_ x: Double) -> Double {
        let t = tanh(log1p(exp(min(x, 700))))
        return x.isInfinite ? t : t + x * (1 - t * t) / (1 + exp(-x))
    }
}

@Suite struct KernelAccuracyTests {
    /// Every so-manieth float of all there are, an even grid where the functions bend, and the edges.
    static let grid: [Float] = {
        #if DEBUG
            let thin: Float = 5  // the oracle is slow in debug mode
        #else
            let thin: Float = 1
        #endif
        let skip = UInt32(20011 * thin)
        var grid = stride(from: UInt32(0), to: .max - skip, by: Int(skip)).map { Float(bitPattern: $0) }
        grid += stride(from: Float(-100), to: 100, by: 0.0037 * thin)
        grid += stride(from: Float(0.5), to: 2, by: 0.000037 * thin)
        let edges: [Float] = [
            0, .infinity, .nan, .leastNonzeroMagnitude, Float(bitPattern: 71_362), .leastNormalMagnitude,
            1e-30, 0.35, 1, 20, 87, 87.33655, 88,
            88.72283, 88.73, 1e10, 1e30, .greatestFiniteMagnitude,
        ]
        grid += edges + edges.map { -$0 } + edges.map(\.nextUp) + edges.map { (-$0).nextUp }
        return grid
    }()

    @Test(arguments: KernelCase.all) func valuesAreWithinTheStatedBound(_ it: KernelCase) {
        let x = Self.grid
        var y = [Float](repeating: 9, count: x.count)
        ck_unary(it.function, x, &y, x.count)
        var worst = Worst()
        for (x, y) in zip(x, y) where x.isNaN || abs(Double(x)) <= it.largest {
            let exact = it.value(Double(x))
            let rounded = Float(exact)
            guard exact.isFinite && rounded.isFinite else {
                #expect(
                    y.isNaN == exact.isNaN && (exact.isNaN || y == rounded), "at \(x): \(y), not \(exact)")
                continue
            }
            worst.note(abs(Double(y) - exact) - it.floor, relativeTo: abs(exact), at: x)
        }
        print("\(it.testDescription): largest relative error \(worst) beyond \(it.floor)")
        #expect(worst.error <= it.bound)
    }

    @Test(arguments: KernelCase.all) func slopesAreWithinTheStatedBound(_ it: KernelCase) {
        let x = Self.grid
        var y = [Float](repeating: 9, count: x.count)
        ck_unary(it.function, x, &y, x.count)
        let dy = [Float](repeating: 1, count: x.count)
        var dx = [Float](repeating: 9, count: x.count)
        ck_unary_gradient(it.function, x, y, dy, &dx, x.count, 0)
        var worst = Worst()
        for (x, d) in zip(x, dx) where x.isNaN || abs(Double(x)) <= it.largest {
            let exact = it.slope(Double(x))
            guard exact.isFinite && Float(exact).isFinite && it.value(Double(x)).isFinite else {
                if x.isNaN && !d.isNaN { Issue.record("a derivative of \(d) at NaN") }
                continue
            }
            worst.note(abs(Double(d) - exact), relativeTo: max(1, abs(exact)), at: x)
        }
        print("\(it.testDescription): largest error of the derivative \(worst)")
        #expect(worst.error <= it.slopeBound)
        var sum = dx
        ck_unary_gradient(it.function, x, y, dy, &sum, x.count, 1)
        let isTwice = zip(sum, dx).allSatisfy {
            !($1.isFinite && abs($1) < 1e30) || abs($0 - 2 * $1) <= 2e-7 * abs($0)
        }
        #expect(isTwice)
    }

    @Test(arguments: [CK_RELU, CK_TANH, CK_SILU, CK_MISH, CK_GELU])
    func theFusedActivationEqualsTheSeparateOne(
        _ function: ck_function
    ) {
        let z = Self.grid.prefix(200_000).filter { $0.isFinite }
        let columns = 100
        let rows = z.count / columns
        let bias = (0..<columns).map { Float($0) * 0.01 }
        let x = (0..<rows * columns).map { z[$0] + bias[$0 % columns] }
        var expected = [Float](repeating: 0, count: x.count)
        ck_unary(function, x, &expected, x.count)
        var slopes = [Float](repeating: 0, count: x.count)
        ck_unary_gradient(function, x, expected, [Float](repeating: 1, count: x.count), &slopes, x.count, 0)
        var kept = Array(z.prefix(x.count))
        var y = [Float](repeating: 0, count: x.count)
        ck_bias_activate(function, &kept, bias, &y, rows, columns, 1)
        for i in y.indices {
            #expect(y[i] == expected[i] || abs(y[i] - expected[i]) <= 3e-7 * abs(expected[i]))
        }
        guard [CK_SILU, CK_MISH, CK_GELU].contains(function) else { return }
        #expect(y.indices.allSatisfy { abs(kept[$0] - slopes[$0]) <= 5e-7 })
    }

    @Test(arguments: [CK_RELU, CK_TANH, CK_SILU, CK_MISH, CK_GELU]) func theFusedActivationPropagatesNaN(
        _ function: ck_function
    ) {
        var z: [Float] = [.nan, 1, 2]
        var y: [Float] = [0, 0, 0]
        ck_bias_activate(function, &z, [0, .nan, 0], &y, 1, 3, 1)
        #expect(y[0].isNaN && y[1].isNaN && y[2].isFinite)
    }

    @Test func tanhOfDoublesIsWithinThreeUnits() {
        var x: [Double] = [
            0, -0.0, .infinity, -.infinity, 22, -22.5, 1e300, .leastNonzeroMagnitude, 0.1733, 0.5 * log(2),
        ]
        for power in stride(from: -30.0, to: 4.5, by: 0.01) { x += [exp2(power), -exp2(power) * 1.37] }
        var y = [Double](repeating: 0, count: x.count)
        ck_tanh_of_doubles(x, &y, x.count)
        for (x, y) in zip(x, y) {
            let exact = tanh(x)
            // The reference is off by up to a unit itself.
            #expect(abs(y - exact) <= 4 * exact.magnitude.ulp, "\(x)")
            #expect(y.sign == x.sign)
        }
        var none = [Double.nan]
        ck_tanh_of_doubles(none, &none, 1)
        #expect(none[0].isNaN)
    }

    /// The largest relative error and where it was met.
    private struct Worst: CustomStringConvertible {
        var error = 0.0
        var place: Float = 0

        mutating func note(_ difference: Double, relativeTo scale: Double, at x: Float) {
            if difference <= 0 { return }
            let ratio = scale > 0 ? difference / scale : .infinity
            if !(ratio <= error) { (error, place) = (ratio, x) }
        }

        var description: String { "\(error) at \(place)" }
    }
}
