import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Losses in double precision of numbers in single precision.
@Suite struct DoubleLossTests {
    private static func learner() -> Learner<Parameter> {
        var stream = RandomStream(seed: 1, for: .testing)
        return Learner("scores", optimizer: Adam(rate: .constant(0)), using: &stream) {
            $0.add("score", 2, 1, .normal(1))
        }
    }

    @Test func theGradientGoesOnToTheNetwork() throws {
        let learner = Self.learner(), tape = Tape()
        let score = learner.elements(learner.layout.entries[0], .weights).map { Double($0) }
        let value = try learner.descend(on: tape) {
            let squares = learner.weights(on: tape)[learner.body].squared()
            return 3 * squares.inDouble { $0.exp().sum() } + squares.sum()
        }
        let exact = score.reduce(0) { $0 + 3 * exp($1 * $1) + $1 * $1 }
        #expect(abs(Double(value) - exact) <= 1e-6 * exact)
        let slopes = score.map { Float(2 * $0 * (3 * exp($0 * $0) + 1)) }
        #expect(relativeError(learner.elements(learner.layout.entries[0], .gradient), slopes) <= 1e-6)
    }

    /// In single precision 1 + 1e-9·x is 1, and its logarithm 0.
    @Test func digitsBeyondSinglePrecisionAreKept() throws {
        let learner = Self.learner(), tape = Tape()
        let sum = learner.elements(learner.layout.entries[0], .weights).reduce(0, +)
        let value = try learner.descend(on: tape) {
            learner.weights(on: tape)[learner.body].inDouble { 1e9 * (1 + 1e-9 * $0).log().sum() }
        }
        #expect(abs(value - sum) <= 1e-6)
    }

    @Test func nothingFlowsIntoConstants() throws {
        let learner = Self.learner(), tape = Tape()
        let before = learner.weights(on: tape)[learner.body].inDouble { $0.sum() }
        let sum = learner.elements(learner.layout.entries[0], .weights).reduce(0, +)
        #expect(abs(before.scalar - sum) <= 1e-6)
    }
}
