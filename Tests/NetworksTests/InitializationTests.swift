import Networks
import Tensors
import Testing

@Suite struct InitializationTests {
    @Test(arguments: [(7, 4), (4, 7), (5, 5), (1, 3)])
    func orthogonalWeightsHaveRowsOrColumnsOfLengthOneAtRightAngles(_ rows: Int, _ columns: Int) {
        var stream = RandomStream(seed: 3, for: .weights)
        let learner = Learner("l", optimizer: Adam(rate: .constant(1)), using: &stream) {
            MLP("", rows, hidden: [], outputs: columns, weights: .orthogonal, in: &$0)
        }
        let weights = Array(learner.elements(learner.layout.entries[0], .weights)).map { Double($0) }
        let isWide = rows < columns
        let (count, length) = (min(rows, columns), max(rows, columns))
        func component(_ vector: Int, _ index: Int) -> Double {
            isWide ? weights[vector * columns + index] : weights[index * columns + vector]
        }
        for a in 0..<count {
            for b in 0..<count {
                let product = (0..<length).reduce(0) { $0 + component(a, $1) * component(b, $1) }
                #expect(abs(product - (a == b ? 1 : 0)) < 1e-6)
            }
        }
        #expect(learner.elements(learner.layout.entries[1], .weights).allSatisfy { $0 == 0 })
    }

    @Test func orthogonalWeightsAreDrawn() {
        func weights(_ seed: UInt64) -> [Float] {
            var stream = RandomStream(seed: seed, for: .weights)
            let learner = Learner("l", optimizer: Adam(rate: .constant(1)), using: &stream) {
                MLP("", 6, hidden: [], outputs: 4, weights: .orthogonal, in: &$0)
            }
            return Array(learner.elements(learner.layout.entries[0], .weights))
        }
        #expect(weights(1) == weights(1) && weights(1) != weights(2))
    }

    @Test func scaledOrthogonalWeightsAreOrthogonalOnesTimesTheFactor() {
        func weights(_ start: Initialization) -> [Float] {
            var stream = RandomStream(seed: 2, for: .weights)
            let learner = Learner("l", optimizer: Adam(rate: .constant(1)), using: &stream) {
                MLP("", 6, hidden: [], outputs: 4, weights: start, in: &$0)
            }
            return Array(learner.elements(learner.layout.entries[0], .weights))
        }
        #expect(weights(.scaledOrthogonal(1.5)) == weights(.orthogonal).map { 1.5 * $0 })
    }

    @Test func aRateRisesFromTheFirstUpdateOn() {
        let rate = LearningRate.rising(0.4, over: 4)
        #expect((0..<6).map { rate.value(after: $0) } == [0.1, 0.2, 0.3, 0.4, 0.4, 0.4])
        #expect(LearningRate.rising(0.4, over: 1).value(after: 0) == 0.4)
    }

    @Test func whatHiddenLayersGiveIsChangedOnItsWay() {
        var stream = RandomStream(seed: 3, for: .weights)
        let learner = Learner("l", optimizer: Adam(rate: .constant(1)), using: &stream) {
            MLP("", 3, hidden: [5, 4], outputs: 2, in: &$0)
        }
        let tape = Tape()
        let x = tape.normal(6, 3, using: &stream), w = learner.weights(on: tape)
        var seen: [Shape] = []
        let plain = learner.body(x, w) { _, result in
            seen.append(result.shape)
            return result
        }
        #expect(seen == [Shape(6, 5), Shape(6, 4)])
        #expect(Array(plain.values) == Array(learner(x).values))
        // ReLU lets factors through, so halving both layers leaves a quarter of what the biases, all 0, do not add to.
        let halved = learner.body(x, w) { _, result in result * 0.5 }
        for (a, b) in zip(halved.values, plain.values) { #expect(abs(a - b / 4) < 1e-6) }
    }
}
