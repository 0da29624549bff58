import Dynamics
import Foundation
import Tensors
import Testing

@Suite(.serialized) struct NearestNeighbourDynamicsTests {
    /// Recorded pairs on a coarse grid, so that many lie equally far and many are equal.
    private func gridData(_ count: Int, seed: UInt64) throws -> ModelData {
        var data = try randomData(count, states: 2, actions: 1, seed: seed)
        func rounded(_ matrix: Matrix) -> Matrix {
            Matrix(matrix.rows, matrix.columns, matrix.elements.map { ($0 * 3).rounded() })
        }
        data = try ModelData(
            observations: rounded(data.observations), actions: rounded(data.actions),
            nextObservations: data.nextObservations, rewards: data.rewards, isTerminated: data.isTerminated,
            episodes: data.episodes)
        return data
    }

    /// Rows by distance, subtracted and summed in order, then by number.
    private func bruteForce(_ data: ModelData, _ k: Int, state: [Double], action: [Double]) -> [Int] {
        let point = state + action
        let distances = (0..<data.count).map { row in
            let key =
                (0..<data.observations.columns).map { data.observations[row, $0] }
                + (0..<data.actions.columns).map { data.actions[row, $0] }
            return zip(point, key).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        return Array((0..<data.count).sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(k))
    }

    @Test(arguments: [1, 2, 5, 40])
    func drawsComeFromTheNearestRowsAsByBruteForce(_ k: Int) throws {
        let data = try gridData(700, seed: 10)
        let model = try NearestNeighbourDynamics(data, neighbours: k, scaling: .none)
        let states = uniformMatrix(200, 2, size: 4, seed: 20), actions = uniformMatrix(200, 1, seed: 21)
        let seen = (0..<200).map { row in
            Set(bruteForce(data, k, state: [states[row, 0], states[row, 1]], action: [actions[row, 0]]))
        }
        let mean = try model.expectedNextStates(states, actions)
        for (row, near) in seen.enumerated() {
            for column in 0..<2 {
                let expected = near.reduce(0) { $0 + data.nextObservations[$1, column] / Double(k) }
                #expect(abs(mean[row, column] - expected) < 1e-12)
            }
        }
        for seed in 1...UInt64(5) {
            var streams = testStreams(200, seed: seed)
            let step = try model.sample(states, actions, using: &streams)
            let rows = try #require(step.provenance)
            #expect(zip(rows, seen).allSatisfy { $1.contains($0) })
            #expect(step.isTerminated == rows.map { data.isTerminated[$0] })
            for (row, from) in rows.enumerated() {
                #expect(step.nextStates[row, 0] == data.nextObservations[from, 0])
                #expect(step.nextStates[row, 1] == data.nextObservations[from, 1])
            }
        }
    }

    @Test func theFirstOfEqualRowsIsNearest() throws {
        let data = try ModelData(
            observations: Matrix(4, 1, [5, 1, 1, -1]), actions: Matrix(4, 1),
            nextObservations: Matrix(4, 1, [0, 1, 2, 3]),
            rewards: [0, 0, 0, 0], isTerminated: [false, false, false, false], episodes: [0, 0, 0, 0])
        let model = try NearestNeighbourDynamics(data, scaling: .none)
        var streams = testStreams(2)
        let step = try model.sample(Matrix(2, 1, [0, 1]), Matrix(2, 1), using: &streams)
        #expect(step.provenance == [1, 1])
        #expect(streams == testStreams(2), "one neighbour needs no draw")
    }

    /// Distances that the matrix product cannot tell apart: a large offset eats their digits.
    @Test func cancellationDoesNotChangeTheNeighbour() throws {
        let offset = 1e7
        let near = (0..<300).map { offset + Double(($0 * 7919) % 300) * 1e-7 }
        let data = try ModelData(
            observations: Matrix(300, 1, near), actions: Matrix(300, 1), nextObservations: Matrix(300, 1),
            rewards: (0..<300).map(Double.init), isTerminated: [Bool](repeating: false, count: 300),
            episodes: [Int](repeating: 0, count: 300))
        let model = try NearestNeighbourDynamics(data, scaling: .none)
        let asked = (0..<100).map { offset + Double($0) * 2.9e-7 }
        var streams = testStreams(100)
        let step = try model.sample(Matrix(100, 1, asked), Matrix(100, 1), using: &streams)
        #expect(step.provenance == asked.map { bruteForce(data, 1, state: [$0], action: [0])[0] })
    }

    @Test func keysAreRowsWithASuccessorOrAnEnd() throws {
        let data = try ModelData(
            observations: Matrix(4, 1, [0, 1, 2, 3]), actions: Matrix(4, 1),
            nextObservations: Matrix(4, 1, [1, 1, 3, 3]),
            rewards: [0, 0, 0, 0], isTerminated: [false, false, false, true], episodes: [0, 0, 1, 1],
            hasSuccessor: [true, false, true, false])
        let model = try NearestNeighbourDynamics(data, scaling: .none)
        var streams = testStreams(4)
        let step = try model.sample(data.observations, data.actions, using: &streams)
        #expect(step.provenance == [0, 0, 2, 3])
        #expect(step.isTerminated == [false, false, false, true])
        let early = try NearestNeighbourDynamics(data, rows: [0, 1], scaling: .none)
        #expect(
            try early.sample(data.observations, data.actions, using: &streams).provenance == [0, 0, 0, 0])
    }

    /// A neighbour of weight w is drawn with probability w: each count of 20,000 lies within 5 standard deviations, which fails by
    /// chance with probability below 2e-6 in all.
    @Test func drawsFollowTheKernel() throws {
        let data = try ModelData(
            observations: Matrix(3, 1, [0, 1, 2]), actions: Matrix(3, 1),
            nextObservations: Matrix(3, 1, [10, 20, 30]),
            rewards: [0, 0, 0], isTerminated: [false, false, false], episodes: [0, 0, 0])
        let model = try NearestNeighbourDynamics(
            data, neighbours: 3, kernel: .gaussian(bandwidth: 0.8), scaling: .none)
        let n = 20_000
        var streams = testStreams(n)
        let step = try model.sample(Matrix(n, 1), Matrix(n, 1), using: &streams)
        let weights = [0.0, 1, 2].map { exp(-$0 * $0 / (2 * 0.8 * 0.8)) }
        let total = weights.reduce(0, +)
        for row in 0..<3 {
            let p = weights[row] / total
            let count = Double((step.provenance ?? []).count { $0 == row })
            #expect(abs(count - Double(n) * p) < 5 * (Double(n) * p * (1 - p)).squareRoot())
        }
        let mean = try model.expectedNextStates(Matrix(1, 1), Matrix(1, 1))[0, 0]
        let expected = (10 * weights[0] + 20 * weights[1] + 30 * weights[2]) / total
        #expect(abs(mean - expected) < 1e-12)
    }

    @Test func neitherThreadsNorBatchesShow() throws {
        let data = try randomData(3000, states: 4, actions: 2, seed: 30)
        let model = try NearestNeighbourDynamics(data, neighbours: 4, kernel: .gaussian(bandwidth: 0.5))
        let states = uniformMatrix(300, 4, seed: 40), actions = uniformMatrix(300, 2, seed: 41)
        var streams = testStreams(300)
        let whole = try model.sample(states, actions, using: &streams)
        defer { BLAS.threads = 0 }
        for threads in [1, 2, 4] {
            BLAS.threads = threads
            var again = testStreams(300)
            #expect(try model.sample(states, actions, using: &again) == whole)
        }
        for row in stride(from: 0, to: 300, by: 37) {
            var one = [testStreams(300)[row]]
            let step = try model.sample(
                Matrix(1, 4, Array(states.elements[4 * row..<4 * row + 4])),
                Matrix(1, 2, Array(actions.elements[2 * row..<2 * row + 2])), using: &one)
            #expect(step.provenance?[0] == whole.provenance?[row])
            #expect(one[0] == streams[row])
        }
    }

    @Test func whatCannotWorkIsRefused() throws {
        let data = try randomData(20, states: 1, actions: 1, seed: 1)
        #expect(
            throws: DynamicsError.outOfRange(option: "number of neighbours", value: 21, range: "1 to 20")
        ) { try NearestNeighbourDynamics(data, neighbours: 21) }
        let model = try NearestNeighbourDynamics(data)
        var streams = testStreams(1)
        #expect(throws: DynamicsError.divergedInput(variable: "a0", row: 0)) {
            try model.sample(Matrix(1, 1), Matrix(1, 1, [.infinity]), using: &streams)
        }
        let error = #expect(throws: DynamicsError.self) {
            _ = try model.sample(Matrix(1, 1, [1e200]), Matrix(1, 1), using: &streams)
        }
        #expect(
            error?.description
                == "model: row 0 is so far from the data that its distance overflows. Guard the model, or scale the data."
        )
    }
}
