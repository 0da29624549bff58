import Dynamics
import Tensors
import Testing

@Suite struct TabularDynamicsTests {
    /// Rows of a known matrix P(s' | s, a) with an end: states 0, 1, 2, actions 0, 1, ended after state 2.
    private static let law: [[Double]] = [
        [0.5, 0.3, 0.2], [0.1, 0.9, 0], [0.25, 0.25, 0.5], [0, 0.6, 0.4], [1, 0, 0], [0.2, 0.2, 0.6],
    ]

    private func simulated(_ count: Int, seed: UInt64) throws -> ModelData {
        var stream = RandomStream(seed: seed, for: .testing)
        var (s, a, next) = ([Double](), [Double](), [Double]())
        for _ in 0..<count {
            let pair = stream.nextInteger(below: 6)
            let u = Double(stream.nextUniform())
            let law = Self.law[pair]
            s.append(Double(pair / 2))
            a.append(Double(pair % 2))
            next.append(u < law[0] ? 0 : u < law[0] + law[1] ? 1 : 2)
        }
        return try ModelData(
            observations: Matrix(count, 1, s), actions: Matrix(count, 1, a),
            nextObservations: Matrix(count, 1, next), rewards: [Double](repeating: 0, count: count),
            isTerminated: next.map { $0 == 2 }, episodes: Array(0..<count))
    }

    /// Each of 18 frequencies lies within 5.5 standard deviations: fails by chance with probability below 1e-6.
    @Test func maximumLikelihoodRecoversAKnownMatrix() throws {
        let model = try TabularDynamics(try simulated(60_000, seed: 2), unseen: .unknown)
        let table = try model.transitions()
        for pair in 0..<6 {
            let state = try #require(model.states.numbers(of: Matrix(1, 1, [Double(pair / 2)]))[0])
            let action = try #require(model.actions.numbers(of: Matrix(1, 1, [Double(pair % 2)]))[0])
            let n = Double(model.count(state: state, action: action))
            #expect(n > 9000)
            for (next, p) in Self.law[pair].enumerated() {
                let number = model.states.numbers(of: Matrix(1, 1, [Double(next)]))[0]
                let estimate = table.mean(state: state, action: action) {
                    table.nextStates[$0] == number ? 1 : 0
                }
                #expect(abs(estimate - p) <= 5.5 * (p * (1 - p) / n).squareRoot() + 1e-12)
                if next == 2 {
                    #expect(
                        abs(table.terminationProbability(state: state, action: action) - estimate) < 1e-12)
                }
            }
        }
    }

    /// s0 −a→ s1 twice, s0 −a→ s0 once, s1 −b→ end; everything else unseen.
    private func small() throws -> ModelData {
        try ModelData(
            observations: Matrix(4, 1, [0, 0, 0, 1]), actions: Matrix(4, 1, [0, 0, 0, 1]),
            nextObservations: Matrix(4, 1, [1, 1, 0, 5]), rewards: [0, 1, 2, 3],
            isTerminated: [false, false, false, true], episodes: [0, 1, 2, 3])
    }

    @Test func theTableIsTheCounts() throws {
        let model = try TabularDynamics(try small(), unseen: .unknown)
        #expect(model.states.rows == Matrix(3, 1, [0, 1, 5]) && model.actions.rows == Matrix(2, 1, [0, 1]))
        let table = try model.transitions()
        #expect(table.starts == [0, 2, 2, 2, 3, 3, 3])
        #expect(table.nextStates == [0, 1, 2] && table.rows == [2, 0, 3])
        #expect(table.probabilities == [1.0 / 3, 2.0 / 3, 1] && table.isTerminated == [false, false, true])
        #expect(table.terminationProbability(state: 1, action: 1) == 1)
        #expect(!table.isKnown(state: 2, action: 0) && table.isKnown(state: 0, action: 0))
        #expect(
            table.matrix
                == Matrix(
                    6, 3,
                    [1.0 / 3, 2.0 / 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    }

    @Test func unseenPairsAreUnknownWhereAsked() throws {
        let model = try TabularDynamics(try small(), unseen: .unknown)
        let states = Matrix(3, 1, [0, 1, 8]), actions = Matrix(3, 1, [0, 0, 0])
        #expect(try model.isKnown(states, actions) == [true, false, false])
        var streams = testStreams(3)
        let step = try model.sample(states, actions, using: &streams)
        #expect(step.isKnown == [true, false, false] && step.isTerminated == [false, false, false])
        #expect(step.nextStates[1, 0] == 1 && step.nextStates[2, 0] == 8)
        #expect(step.provenance?[1] == -1)
    }

    @Test func unseenPairsTakeTheLawOfTheNearest() throws {
        let model = try TabularDynamics(try small(), unseen: .nearest(.none))
        // (1, 0) is as far from (0, 0) as from (1, 1): the first row counts.
        #expect(try model.expectedNextStates(Matrix(1, 1, [1]), Matrix(1, 1, [0]))[0, 0] == 2.0 / 3)
        #expect(try model.expectedNextStates(Matrix(1, 1, [4]), Matrix(1, 1, [1]))[0, 0] == 5)
        let table = try model.transitions()
        #expect(table.starts.count == 7 && (0..<6).allSatisfy { table.starts[$0] < table.starts[$0 + 1] })
        #expect(table.probabilities[table.outcomes(state: 1, action: 0)] == [1.0 / 3, 2.0 / 3])
        #expect(model.count(state: 1, action: 0) == 0)
    }

    /// Draws are rows of the pair; row 2 of three is drawn about a third of the time (5 standard deviations, 6e-7).
    @Test func drawsAreRecordedRowsOfThePair() throws {
        let data = try small()
        let model = try TabularDynamics(data, unseen: .unknown)
        let n = 9000
        var streams = testStreams(n)
        let step = try model.sample(Matrix(n, 1), Matrix(n, 1), using: &streams)
        let rows = try #require(step.provenance)
        #expect(rows.allSatisfy { (0...2).contains($0) })
        #expect(zip(rows, step.nextStates.elements).allSatisfy { data.nextObservations[$0, 0] == $1 })
        #expect(abs(Double(rows.count { $0 == 2 }) - 3000) < 5 * (Double(n) * 2 / 9).squareRoot())
    }
}
