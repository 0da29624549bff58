import Foundation
import Replay
import Tensors
import TestSupport
import Testing

@Suite struct TransitionBatchTests {
    @Test func aBatchHoldsTheRowsAskedFor() throws {
        let columns = sampleColumns(constraint: true)
        let dataset = try TransitionDataset(columns)
        let batch = TransitionBatch(rows: 4, observationSize: 3, actionSize: 2)
        let rows = [3, 11, 6, 3]
        dataset.fill(batch, rows: rows)
        for (index, row) in rows.enumerated() {
            #expect(
                (0..<3).map { batch.observations[index, $0] }
                    == Array(columns.observations[row * 3..<row * 3 + 3]))
            #expect(
                (0..<3).map { batch.nextObservations[index, $0] }
                    == Array(columns.nextObservations[row * 3..<row * 3 + 3]))
            #expect((0..<2).map { batch.actions[index, $0] } == Array(columns.actions[row * 2..<row * 2 + 2]))
            #expect(batch.rewards[index, 0] == columns.rewards[row])
            #expect(batch.costs[index, 0] == columns.costs[row])
            #expect(batch.constraintValues[index, 0] == columns.constraintValues[row])
        }
        // Row 3 is cut by the limit, row 6 ends by itself: the two never mix.
        #expect(Array(batch.terminated.buffer) == [0, 0, 1, 0])
        #expect(Array(batch.truncated.buffer) == [1, 1, 0, 1])
    }

    @Test func aBatchHoldsTheRowsThatItsIndicesSay() throws {
        let dataset = try TransitionDataset(sampleColumns())
        let (batch, named) = (
            TransitionBatch(rows: 4, observationSize: 3, actionSize: 2),
            TransitionBatch(rows: 4, observationSize: 3, actionSize: 2)
        )
        for (index, row) in [3, 11, 6, 3].enumerated() { named.indices[index] = Int32(row) }
        dataset.fill(batch, rows: [3, 11, 6, 3])
        dataset.fill(named)
        #expect(Array(named.observations.buffer) == Array(batch.observations.buffer))
        #expect(Array(named.actions.buffer) == Array(batch.actions.buffer))
        #expect(Array(named.truncated.buffer) == [1, 1, 0, 1])
    }

    @Test func drawsAreUniformWithReplacementAndRepeatable() throws {
        let dataset = try TransitionDataset(sampleColumns())
        let batch = TransitionBatch(rows: 60_000, observationSize: 3, actionSize: 2)
        var random = RandomStream(seed: 9, for: .sampling)
        var again = random
        dataset.fill(batch, using: &random)
        let drawn = Array(batch.indices)
        for row in 0..<12 as Range<Int32> {
            let times = drawn.count { $0 == row }
            #expect(abs(times - 5000) < 340)  // five standard deviations
        }
        dataset.fill(batch, using: &again)
        #expect(drawn == Array(batch.indices) && random == again)
        #expect(batch.constraintValues.buffer.allSatisfy { $0 == 0 })
    }

    @Test func transformsApplyToTheBatchAndNotToTheColumns() throws {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1)
        for step in 0..<10 {
            columns.append(
                observation: [Float(step), 7], action: [step < 5 ? -1 : 1],
                nextObservation: [Float(step + 1), 7],
                reward: Float(step), cost: 1, terminated: false, truncated: step == 9)
        }
        let dataset = try TransitionDataset(columns)
        dataset.transforms = Transforms(rewardScale: 2, rewardShift: -1).standardising(dataset)
        let batch = TransitionBatch(rows: 10, observationSize: 2, actionSize: 1)
        dataset.fill(batch, rows: Array(0..<10))
        let deviation = 8.25.squareRoot() + 1e-3  // of 0 … 9
        let expected = (0..<10).flatMap { step -> [Float] in [Float((Double(step) - 4.5) / deviation), 0] }
        #expect(relativeError(batch.observations.buffer, expected) < 1e-6)
        let next = (1...10).flatMap { step -> [Float] in [Float((Double(step) - 4.5) / deviation), 0] }
        #expect(relativeError(batch.nextObservations.buffer, next) < 1e-6)
        #expect(batch.actions.buffer.allSatisfy { abs($0) == 1 - 1e-5 })
        #expect(Array(batch.rewards.buffer) == (0..<10).map { 2 * Float($0) - 1 })
        #expect(dataset.rewards.elementsEqual(columns.rewards))
        #expect(dataset.actions.elementsEqual(columns.actions))
        #expect(dataset.observations.elementsEqual(columns.observations))

        var live: [Float] = [9, 7]
        live.withUnsafeMutableBufferPointer { dataset.transforms.normalise(observations: $0) }
        #expect(live == [batch.observations[9, 0], batch.observations[9, 1]])
    }

    @Test func transformsSurviveJSONAndRefuseNonsense() throws {
        let dataset = try TransitionDataset(sampleColumns())
        let transforms = Transforms(rewardScale: 2.5, rewardShift: 1).standardising(dataset)
        let encoded = try JSONEncoder().encode(transforms)
        #expect(try JSONDecoder().decode(Transforms.self, from: encoded) == transforms)
        #expect(
            try JSONDecoder().decode(Transforms.self, from: JSONEncoder().encode(Transforms.identity))
                == .identity)
        for nonsense in [
            #"{"reward_scale": 1, "reward_shift": 0, "observation_mean": [1, 2]}"#,
            #"{"reward_scale": 1, "reward_shift": 0, "observation_mean": [1], "observation_deviation": [0]}"#,
            #"{"action_limit": 2, "reward_scale": 1, "reward_shift": 0}"#, #"{"reward_shift": 0}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Transforms.self, from: Data(nonsense.utf8))
            }
        }
    }
}
