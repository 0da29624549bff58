import Foundation
import Networks
import Tensors
import Testing

/// One row of weights, multiplied with the input.
struct Scale: Layer {
    let weight: Parameter
    init(_ width: Int, name: String = "weight", in layout: inout Layout) {
        weight = layout.add(name, 1, width, .ones)
    }
    func callAsFunction(_ x: Variable, _ w: Weights) -> Variable { x * w[weight] }
}

@Suite struct LearnerTests {
    private static func learner(
        _ optimizer: Adam, width: Int = 3, hasTarget: Bool = false
    ) -> Learner<Scale> {
        var stream = RandomStream(seed: 1, for: .weights)
        return Learner("scale", optimizer: optimizer, hasTarget: hasTarget, using: &stream) { Scale(width, in: &$0) }
    }

    private static func values(_ learner: Learner<Scale>, _ role: LearnerRole = .weights) -> [Float] {
        Array(learner.elements(learner.layout.entries[0], role))
    }

    /// Descends along a fixed gradient: the loss is its inner product with the weights.
    private static func push(_ learner: Learner<Scale>, _ gradient: [Float], movingTargetBy rate: Float? = nil) throws {
        let tape = Tape()
        let g = tape.constant(Tensor(1, gradient.count, gradient))
        try learner.descend(on: tape, movingTargetBy: rate) { learner(g).sum() }
    }

    /// Adam in `Double` with the same single-precision constants, written from the paper.
    private struct Oracle {
        let optimizer: Adam
        var w: Double = 1, m = 0.0, v = 0.0
        var n = 0

        mutating func step(_ g: Double, rate: Float) {
            let (b1, b2) = (Double(optimizer.beta1), Double(optimizer.beta2))
            n += 1
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            let (mHat, vHat) = (m / (1 - pow(b1, Double(n))), v / (1 - pow(b2, Double(n))))
            let rate = Double(rate)
            w -= rate * (mHat / (vHat.squareRoot() + Double(optimizer.epsilon)) + Double(optimizer.decay) * w)
        }
    }

    @Test(arguments: [0, 0.01] as [Float], [false, true])
    func threeStepsOfAdamFollowTheFormula(decay: Float, isCosine: Bool) throws {
        var adam = Adam(rate: isCosine ? .cosine(0.1, updates: 5) : .constant(0.1))
        adam.decay = decay
        let learner = Self.learner(adam)
        var oracles = [Oracle](repeating: Oracle(optimizer: adam), count: 3)
        for (number, gradient) in ([[0.5, -2, 1e-3], [0.25, 3, -1e-3], [-1, 0, 2e-3]] as [[Float]]).enumerated() {
            try Self.push(learner, gradient)
            for index in 0..<3 {
                oracles[index].step(Double(gradient[index]), rate: adam.rate.value(after: number))
                let exact = Float(oracles[index].w)
                #expect(abs(Self.values(learner)[index] - exact) <= 4 * exact.ulp, "step \(number), weight \(index)")
            }
        }
        #expect(learner.updates == 3)
    }

    @Test func aCosineFallsFromTheRateToZero() {
        let rate = LearningRate.cosine(0.2, updates: 100)
        #expect(rate.value(after: 0) == 0.2)
        #expect(abs(rate.value(after: 50) - 0.1) <= 1e-8)
        #expect(abs(rate.value(after: 25) - Float(0.1 * (1 + 0.5.squareRoot()))) <= 2e-8)
        #expect(rate.value(after: 100) == 0 && rate.value(after: 1000) == 0)
        #expect(LearningRate.constant(0.3).value(after: 1_000_000) == 0.3)
    }

    @Test func aLongGradientIsShortenedToTheLargestNorm() throws {
        var adam = Adam(rate: .constant(0.1))
        adam.largestNorm = 1
        let learner = Self.learner(adam, width: 2)
        try Self.push(learner, [30, 40])  // norm 50
        let moments = Self.values(learner, .firstMoment)
        #expect(abs(moments[0] - 0.06) <= 1e-7 && abs(moments[1] - 0.08) <= 1e-7)
        let free = Self.learner(adam, width: 2)
        try Self.push(free, [0.3, 0.4])
        #expect(abs(Self.values(free, .firstMoment)[0] - 0.03) <= 1e-8)
    }

    @Test func aTargetFollowsAndIsCopied() throws {
        let learner = Self.learner(Adam(rate: .constant(0.1)), hasTarget: true)
        #expect(Self.values(learner, .target) == [1, 1, 1])
        try Self.push(learner, [1, -1, 2], movingTargetBy: 0.25)
        let weights = Self.values(learner)
        let expected = weights.map { 0.25 * $0 + 0.75 }
        for (target, expected) in zip(Self.values(learner, .target), expected) {
            #expect(abs(target - expected) <= expected.ulp)
        }
        learner.moveTarget(by: 0.5)
        for index in 0..<3 {
            let exact = 0.5 * weights[index] + 0.5 * expected[index]
            #expect(abs(Self.values(learner, .target)[index] - exact) <= 2 * exact.ulp)
        }
        learner.copyToTarget()
        #expect(Self.values(learner, .target) == weights)
    }

    @Test func aTargetIsConstantAlsoInsideDescend() throws {
        let learner = Self.learner(Adam(rate: .constant(0.1)), hasTarget: true)
        let tape = Tape()
        let one = tape.constant(1, 1, 3)
        try learner.descend(on: tape) { learner.target(one).sum() }
        #expect(Self.values(learner, .gradient) == [0, 0, 0])
        #expect(Self.values(learner) == [1, 1, 1])
    }

    @Test func onlyTheOneThatDescendsLearns() throws {
        let (a, b) = (Self.learner(Adam(rate: .constant(0.1))), Self.learner(Adam(rate: .constant(0.1))))
        let tape = Tape()
        let x = tape.constant(2, 1, 3)
        try a.descend(on: tape) { (a(x) * b(x)).sum() }
        #expect(Self.values(a, .gradient) == [4, 4, 4])
        #expect(Self.values(b, .gradient) == [0, 0, 0] && Self.values(b) == [1, 1, 1])
        let outside = a(x)
        try b.descend(on: tape) { (b(x) * outside).sum() }
        #expect(Self.values(a, .gradient) == [4, 4, 4])
    }

    @Test func aParameterUsedTwiceAddsUpAndAnUnusedOneGetsZero() throws {
        var stream = RandomStream(seed: 1, for: .weights)
        let learner = Learner("mlp", optimizer: Adam(rate: .constant(0.1)), using: &stream) { layout in
            [Scale(2, in: &layout), Scale(3, name: "unused", in: &layout)]
        }
        let tape = Tape()
        let x = tape.constant(3, 1, 2)
        for _ in 0..<2 {  // the second time finds an old gradient to overwrite
            try learner.descend(on: tape) {
                let w = learner.weights(on: tape)
                return (learner.body[0](x, w) + learner.body[0](x, w)).sum()
            }
        }
        #expect(Array(learner.elements(learner.layout.entries[0], .gradient)) == [6, 6])
        #expect(Array(learner.elements(learner.layout.entries[1], .gradient)) == [0, 0, 0])
    }

    @Test(arguments: [Float.nan, .infinity]) func whatIsNotFiniteIsNamed(_ value: Float) throws {
        let learner = Self.learner(Adam(rate: .constant(0.1)))
        #expect(throws: NonFiniteError("loss of scale")) { try Self.push(learner, [1, value, 1]) }
        #expect(Self.values(learner) == [1, 1, 1] && learner.updates == 0)
        let tape = Tape()
        let x = tape.constant(1, 1, 3)
        #expect(throws: NonFiniteError("gradient of scale.weight")) {
            // √ has an infinite slope at 0, and 0 · ∞ is not a number.
            try learner.descend(on: tape) { ((learner(x) * 0).squareRoot() * (value.isNaN ? 0 : 1)).sum() }
        }
    }

    @Test func anErrorInTheLossLeavesTheLearnerUsable() throws {
        struct Stop: Error {}
        let learner = Self.learner(Adam(rate: .constant(0.1)))
        #expect(throws: Stop.self) { try learner.descend(on: Tape()) { throw Stop() } }
        try Self.push(learner, [1, 1, 1])
        #expect(learner.updates == 1)
    }

    @Test(arguments: [
        (Initialization.xavierUniform, 2.0 / 600), (.lecunNormal, 1.0 / 200), (.normal(0.3), 0.09),
    ])
    func weightsStartWithTheStatedVariance(_ initialization: Initialization, variance: Double) {
        var stream = RandomStream(seed: 3, for: .weights)
        let (rows, columns) = (200, 400)
        let learner = Learner("w", optimizer: Adam(rate: .constant(1)), using: &stream) {
            $0.add("w", rows, columns, initialization)
        }
        let values = learner.elements(learner.layout.entries[0], .weights).map(Double.init)
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let spread = values.reduce(0) { $0 + $1 * $1 } / n
        #expect(abs(mean) <= 5 * (variance / n).squareRoot())
        #expect(abs(spread / variance - 1) <= 0.025)  // five standard errors of a normal variance
        let largest = values.reduce(0) { max($0, abs($1)) } / variance.squareRoot()
        switch initialization {
        case .xavierUniform: #expect(largest <= 3.0.squareRoot() + 1e-6 && largest > 1.73)
        case .lecunNormal: #expect(largest <= 2 / 0.879 && largest > 2.2)
        default: #expect(largest > 3.5)
        }
    }
}
