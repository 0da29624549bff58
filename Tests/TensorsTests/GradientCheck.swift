import Tensors
import Testing

/// A parameter on a tape with its gradient, as a learner would hand it over.
final class TestParameter {
    let value, gradient: Tensor
    let flag: UnsafeMutablePointer<Bool>

    init(_ start: ReferenceMatrix) {
        value = Tensor(start.rows, start.columns, start.elements.map { Float($0) })
        gradient = Tensor(start.rows, start.columns)
        flag = .allocate(capacity: 1)
        flag.initialize(to: false)
    }

    deinit { flag.deallocate() }

    func variable(on tape: Tape) throws -> Variable {
        let (start, slope) = (value.buffer.baseAddress, gradient.buffer.baseAddress)
        return tape.leaf(try #require(start), value.shape, gradient: slope, flag: flag)
    }
}

/// Compares an operation on a tape, forward and backward, with a function of `Double` matrices.
struct GradientCheck {
    let name: String
    let inputs: [ReferenceMatrix]
    /// Which inputs are differentiable.
    var learns: [Bool]?
    var products = ProductMethod.best
    let operation: ([Variable]) -> Variable
    let reference: ([ReferenceMatrix]) -> ReferenceMatrix

    /// The central difference is taken for every element of small inputs, and in two random directions of large ones.
    func run(seed: UInt64 = 1) throws {
        var stream = RandomStream(seed: seed, for: .testing, index: 77)
        let expected = reference(inputs)
        let weights = ReferenceMatrix.random(expected.rows, expected.columns, &stream)
        let parameters = inputs.map(TestParameter.init)
        try walk(parameters, weights, expected)
        for (number, parameter) in parameters.enumerated() {
            guard learns?[number] ?? true else {
                #expect(!parameter.flag.pointee, "\(name): a gradient of the constant \(number)")
                continue
            }
            let gradient = parameter.gradient.buffer.map(Double.init)
            #expect(parameter.flag.pointee, "\(name): no gradient of input \(number)")
            if gradient.count * inputs.reduce(0, { $0 + $1.elements.count }) <= 60_000 {
                compareElements(gradient, number, weights)
            } else {
                compareDirections(gradient, number, weights, &stream)
            }
        }
    }

    private func walk(_ parameters: [TestParameter], _ weights: ReferenceMatrix, _ expected: ReferenceMatrix)
        throws
    {
        let tape = Tape()
        tape.products = products
        let variables = try zip(parameters, inputs.indices).map { parameter, number in
            let variable = try parameter.variable(on: tape)
            return learns?[number] ?? true ? variable : variable.constant
        }
        let y = operation(variables)
        #expect(y.shape == Shape(expected.rows, expected.columns), "\(name)")
        guard y.shape == Shape(expected.rows, expected.columns) else { return }
        let scale = expected.elements.reduce(1e-2) { max($0, abs($1)) }
        var worst = 0.0
        for (actual, exact) in zip(y.values, expected.elements) {
            let error = abs(Double(actual) - exact)
            worst = error <= worst ? worst : error
        }
        #expect(worst <= 1e-5 * scale, "\(name): the values are off by \(worst)")
        let tensor = Tensor(weights.rows, weights.columns, weights.elements.map { Float($0) })
        tape.walkBack(from: (y * tape.constant(tensor)).sum())
    }

    private func loss(_ number: Int, _ weights: ReferenceMatrix, _ change: (inout ReferenceMatrix) -> Void)
        -> Double
    {
        var changed = inputs
        change(&changed[number])
        return reference(changed).with(weights, *).sum
    }

    private func compareElements(_ gradient: [Double], _ number: Int, _ weights: ReferenceMatrix) {
        func difference(_ at: Int, _ h: Double) -> Double {
            (loss(number, weights) { $0.elements[at] += h } - loss(number, weights) { $0.elements[at] -= h })
                / (2 * h)
        }
        let exact = gradient.indices.map { difference($0, 1e-6) }
        let scale = exact.reduce(1e-2) { max($0, abs($1)) }
        var kinks = 0
        for at in gradient.indices where !(abs(gradient[at] - exact[at]) <= 1e-4 * scale) {
            // The difference means nothing where it changes with its step: there is a corner in between.
            let isKink = abs(difference(at, 5e-7) - exact[at]) > 1e-6 * scale
            kinks += isKink ? 1 : 0
            let place = "\(name): d(input \(number))[\(at)]"
            #expect(isKink, "\(place) is \(gradient[at]), not \(exact[at])")
        }
        #expect(kinks <= 1 + gradient.count / 100, "\(name): \(kinks) corners")
    }

    private func compareDirections(
        _ gradient: [Double], _ number: Int, _ weights: ReferenceMatrix, _ stream: inout RandomStream
    ) {
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for _ in 0..<2 {
            let direction = gradient.map { _ in Double(stream.nextNormal()) }
            let h = 1e-6
            let up = loss(number, weights) {
                for i in direction.indices { $0.elements[i] += h * direction[i] }
            }
            let down = loss(number, weights) {
                for i in direction.indices { $0.elements[i] -= h * direction[i] }
            }
            let exact = (up - down) / (2 * h)
            let actual = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(
                abs(actual - exact) <= 1e-4 * max(norm, 1e-2),
                "\(name): along input \(number) \(actual), not \(exact)")
        }
    }
}
