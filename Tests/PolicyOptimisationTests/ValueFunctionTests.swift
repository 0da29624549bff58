import PolicyOptimisation
import Tensors
import TestSupport
import Testing

@Suite struct ValueFunctionTests {
    private static func value(_ choosing: (inout ValueFitting) -> Void = { _ in }) -> ValueFunction {
        var fitting = ValueFitting()
        fitting.hidden = [16]
        choosing(&fitting)
        var stream = RandomStream(seed: 1, for: .weights)
        return ValueFunction("v", observation: 2, fitting: fitting, using: &stream)
    }

    /// Returns far from 0, which the network would need a hundred thousand steps for without their mean and spread.
    @Test func largeReturnsAreLearnedSoon() throws {
        var random = RandomNumbers(seed: 2)
        let observations = random.matrix(400, 2)
        let returns = (0..<400).map { -250 + 40 * observations[$0, 0] - 20 * observations[$0, 1] }
        let value = Self.value { ($0.rate, $0.rows, $0.passes) = (5e-3, 100, 20) }
        var sampling = RandomStream(seed: 1, for: .sampling)
        let first = try value.fit(observations, to: returns, using: &sampling)
        for _ in 0..<20 { _ = try value.fit(observations, to: returns, using: &sampling) }
        let error = zip(value(observations), returns).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 400
        #expect(first > 1000 && error < 10, "\(first) to \(error)")
    }

    @Test func movingTheScaleChangesNoPrediction() throws {
        var random = RandomNumbers(seed: 3)
        let observations = random.matrix(50, 2)
        let value = Self.value { $0.passes = 0 }
        var sampling = RandomStream(seed: 1, for: .sampling)
        _ = try value.fit(observations, to: random.vector(50, scale: 3), using: &sampling)
        let before = value(observations)
        let error = try value.fit(
            observations, to: random.vector(50, scale: 500).map { $0 + 900 }, using: &sampling)
        #expect(relativeError(value(observations), before) <= 1e-12)
        #expect(error > 500_000)
    }

    @Test func theReturnedErrorIsTheMeanSquareBeforeFitting() throws {
        let observations = Matrix(2, 2, [1, 0, 0, 1])
        let value = Self.value()
        var sampling = RandomStream(seed: 1, for: .sampling)
        _ = try value.fit(observations, to: [3, 5], using: &sampling)
        let before = value(observations)
        let error = try value.fit(observations, to: [2, 7], using: &sampling)
        let expected = ((before[0] - 2) * (before[0] - 2) + (before[1] - 7) * (before[1] - 7)) / 2
        #expect(abs(error - expected) <= 1e-12 * expected)
    }

    @Test func returnsThatAreAllEqualAreLearnedExactly() throws {
        let value = Self.value { $0.passes = 200 }
        var sampling = RandomStream(seed: 1, for: .sampling)
        let observations = Matrix(3, 2, [1, 0, 0, 1, 1, 1])
        _ = try value.fit(observations, to: [0, 0, 0], using: &sampling)
        #expect(value(observations).allSatisfy { abs($0) <= 1e-4 })
    }

    @Test func aReturnThatIsNotFiniteChangesNothing() throws {
        let value = Self.value()
        var sampling = RandomStream(seed: 1, for: .sampling)
        let observations = Matrix(2, 2, [1, 0, 0, 1])
        let before = value(observations)
        #expect(throws: NonFiniteError("returns of v")) {
            try value.fit(observations, to: [1, .nan], using: &sampling)
        }
        #expect(throws: NonFiniteError("square of the returns of v")) {
            try value.fit(observations, to: [1e300, -1e300], using: &sampling)
        }
        #expect(value(observations) == before)
    }
}
