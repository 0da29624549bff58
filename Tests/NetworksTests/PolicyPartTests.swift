import Foundation
import Networks
import Tensors
import Testing

/// Parts of policies that several algorithms share.
@Suite struct PolicyPartTests {
    private static func matrix(_ values: [Float], _ rows: Int, on tape: Tape) -> Variable {
        values.withUnsafeBufferPointer { tape.constant($0, rows, values.count / rows) }
    }

    @Test func theSquashedDensityIsThatOfTheAction() {
        // P(a ≤ tanh(u)) over two neighbouring actions, from the Gaussian's own distribution function.
        let tape = Tape()
        let (mu, sigma) = (0.3, 0.7)
        for u in [-2.5, -0.4, 0, 0.9, 3.0] {
            let gaussian = DiagonalGaussian(
                mean: tape.constant(Float(mu)), logDeviation: tape.constant(Float(log(sigma))))
            let step = 1e-5
            func below(_ a: Double) -> Double { 0.5 * erfc(-(atanh(a) - mu) / sigma / 2.0.squareRoot()) }
            let a = tanh(u)
            let density =
                (below(a + step * (1 - a * a)) - below(a - step * (1 - a * a))) / (2 * step * (1 - a * a))
            let found = Double(gaussian.squashedLogDensity(of: tape.constant(Float(u))).scalar)
            #expect(abs(found - log(density)) < 1e-4, "\(u): \(found), \(log(density))")
        }
        // Finite where tanh is 1 to the last digit.
        let far = DiagonalGaussian(mean: tape.constant(30), logDeviation: tape.constant(0))
        #expect(far.squashedLogDensity(of: tape.constant(30)).scalar.isFinite)
    }

    @Test func theDivergenceIsThatFromTheStandardNormal() {
        let tape = Tape()
        let code = DiagonalGaussian(
            mean: Self.matrix([0, 0, 1, -2], 2, on: tape),
            logDeviation: Self.matrix([0, 0, 0, log(3)], 2, on: tape))
        let values = code.meanDivergence.values
        #expect(values[0] == 0)
        let expected = (0.5 + (0.5 * (9 + 4 - 1) - log(3))) / 2
        #expect(abs(Double(values[1]) - expected) < 1e-6)
    }

    @Test func headsOfASquashedGaussianAreClipped() {
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("actor", optimizer: Adam(rate: .constant(1)), using: &stream) {
            SquashedGaussian(2, hidden: [4], actions: 3, in: &$0)
        }
        for entry in learner.layout.entries where entry.name == "log_std.bias" {
            _ = learner.elements(entry, .weights).update(fromContentsOf: [-100, 0, 100])
        }
        let tape = Tape()
        let gaussian = learner(tape.constant(0.1, 5, 2))
        for row in 0..<5 {
            let values = gaussian.logDeviation.values[row * 3..<row * 3 + 3]
            #expect(values.first == -20 && values.last == 2)
        }
        #expect(
            learner.layout.entries.map(\.name)
                == ["l0", "mu", "log_std"].flatMap { ["\($0).weight", "\($0).bias"] })
    }

    @Test func anAutoencoderLearnsToRestoreActions() throws {
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("vae", optimizer: Adam(rate: .constant(3e-3)), using: &stream) {
            ActionAutoencoder(1, actions: 1, width: 32, in: &$0)
        }
        let tape = Tape()
        let s = Tensor(256, 1), noise = Tensor(256, learner.body.codes)
        for _ in 0..<600 {
            stream.fillNormal(s.buffer)
            stream.fillNormal(noise.buffer)
            tape.reset()
            let seen = tape.constant(s)
            try learner.descend(on: tape) {
                learner.loss(seen, seen.tanh() * 0.8, noise: tape.constant(noise), divergenceWeight: 0.5)
            }
        }
        tape.reset()
        let seen = Self.matrix([-1, 0, 2], 3, on: tape)
        let restored = learner.raw(seen, tape.constant(9, 3, learner.body.codes).limitedCodes()).tanh()
        for (a, b) in zip(restored.values, (seen.tanh() * 0.8).values) { #expect(abs(a - b) < 0.05) }
    }

    @Test func blendsTakeTheSmallestMemberOfEachEnsemble() {
        var layout = Layout()
        let double = DoubleEnsemble(2, 1, hidden: [], in: &layout)
        let tape = Tape()
        let values = Self.matrix([1, 2, 5, 4, 9, 8, -1, 7], 2, on: tape)
        #expect(double.blend(values, 0.75).values.elementsEqual([1.75, 1.25]))
        #expect(
            layout.entries.map(\.name).filter { $0.hasSuffix("weight") }
                == ["q1.0.out.weight", "q1.1.out.weight", "q2.0.out.weight", "q2.1.out.weight"])
        // The sum over members of their means: ((1-1)² + 8²)/2 + ((2-1)² + 7²)/2 + …
        let target = Self.matrix([1, 1], 2, on: tape)
        #expect(memberErrors(values, target).scalar == 89.5)
    }

    @Test func theMultiplierFollowsItsErrors() {
        var multiplier = PIDMultiplier(proportional: 0.1, integral: 0.01, derivative: 1)
        #expect(abs(multiplier.update(2) - (0.2 + 0.02 + 2)) < 1e-6)
        #expect(abs(multiplier.update(3) - (0.3 + 0.05 + 1)) < 1e-6)
        // The gathered error never falls below 0.
        #expect(multiplier.update(-100) == 0)
        #expect(multiplier.state.gathered == 0 && multiplier.state.lastError == -100)
        #expect(abs(multiplier.update(1) - (0.1 + 0.01 + 101)) < 1e-4)
    }

    @Test func theDiscountedLimitIsThatOfEvenCosts() {
        let limit = discountedLimit(10, steps: 50, discount: 0.9)
        let value = (0..<50).reduce(0.0) { $0 + pow(0.9, Double($1)) * 10 / 50 }
        #expect(abs(Double(limit) - value) < 1e-5)
        #expect(discountedLimit(10, steps: 4, discount: 0) == 2.5)
    }

    @Test func weightsAndBiasesStartWithinTheRootOfTheInputs() {
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("q", optimizer: Adam(rate: .constant(1)), using: &stream) {
            Ensemble(2, 25, hidden: [400], weights: .fanInUniform, in: &$0)
        }
        for entry in learner.layout.entries {
            let limit: Float = entry.name.contains("l0") ? 0.2 : 0.05
            let largest: Float = learner.elements(entry, .weights).map { abs($0) }.max() ?? 0
            #expect(largest > 0 && largest <= limit, "\(entry.name)")
            if entry.shape.count > 100 { #expect(largest > 0.95 * limit, "\(entry.name)") }
        }
    }
}
