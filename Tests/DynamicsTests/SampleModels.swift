import Dynamics
import Guardians
import Tensors

/// A line of one state and one action: s' = s + a, ended where s' ≥ `end`; its rows are known everywhere but at `hole`.
struct Line: DynamicsModel {
    var variables = ModelVariables(observations: 1, actions: 1)
    var end = Double.infinity
    var hole: Double?
    /// Adds a uniform draw of the row's own stream, so that streams show.
    var isNoisy = false

    func isKnown(_ states: Matrix, _ actions: Matrix) -> [Bool] { states.elements.map { $0 != hole } }

    func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) -> ModelStep {
        var next = states
        for row in 0..<states.rows {
            next[row, 0] += actions[row, 0] + (isNoisy ? Double(streams[row].nextUniform()) : 0)
        }
        return ModelStep(
            nextStates: next, isTerminated: next.elements.map { $0 >= end },
            isKnown: isKnown(states, actions), provenance: states.elements.map { Int($0) })
    }

    func expectedNextStates(_ states: Matrix, _ actions: Matrix) -> Matrix {
        var next = states
        for row in 0..<states.rows { next[row, 0] += actions[row, 0] }
        return next
    }
}

/// The score of a pair is the size of its last feature; outside above 1.
struct LastFeatureGuardian: SupportGuardian {
    static let kind = "last-feature"
    var features = GuardianFeatures(2)
    var threshold = 1.0
    let calibration: GuardianCalibration? = nil
    let report = GuardianReport(points: 1, trainingShareOutside: 0)

    func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return (0..<points.rows).map { abs(points[$0, points.columns - 1]) }
    }

    func encoded() throws -> GuardianRecord { GuardianRecord(kind: Self.kind, arrays: [], metadata: "{}") }
}

/// The same actions whatever the state, one for each step of every row.
final class Script {
    private let actions: [Double]
    private var step = 0

    init(_ actions: [Double]) { self.actions = actions }

    var policy: ModelPolicy {
        ModelPolicy(variables: ModelVariables(observations: 1, actions: 1)) { [self] states, _ in
            defer { step += 1 }
            return Matrix(states.rows, 1, repeating: actions[step])
        }
    }
}

/// Fresh streams, one a row.
func testStreams(_ count: Int, seed: UInt64 = 1) -> [RandomStream] {
    (0..<count).map { RandomStream(seed: seed, for: .testing, index: UInt32($0)) }
}

/// Uniform draws in ±size.
func uniformMatrix(_ rows: Int, _ columns: Int, size: Float = 1, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed, for: .testing)
    return Matrix(
        rows, columns, (0..<rows * columns).map { _ in Double(stream.nextUniform(in: -size..<size)) })
}

/// Transitions in episodes of equal length, each row an independent draw; the reward of row i is i.
func randomData(_ count: Int, states: Int, actions: Int, length: Int = 10, seed: UInt64) throws -> ModelData {
    try ModelData(
        observations: uniformMatrix(count, states, seed: seed),
        actions: uniformMatrix(count, actions, seed: seed + 1),
        nextObservations: uniformMatrix(count, states, seed: seed + 2), rewards: (0..<count).map(Double.init),
        isTerminated: (0..<count).map { $0 % length == length - 1 && $0 % 3 == 0 },
        episodes: (0..<count).map { $0 / length })
}
