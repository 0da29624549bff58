import Dynamics
import Foundation
import Guardians
import Tensors
import TestSupport
import Testing

/// Roll-outs in a small cohort as the specification asks for them, and advantages; every size is read from the set's own files.
@Suite struct ModelGoldenTests {
    private struct Cohort: Decodable {
        struct Episode: Decodable {
            let init_state: [Double]
            let actions_supplied: [[Double]]
            let specified_semantics: [Step]
        }
        struct Step: Decodable {
            let s, a, s2: [Double]
            let row: Int?
            let density: Double?
            let g: Int
            let r, c_spo2, c_urine: Double
            let done, absorbed: Bool
        }
        let columns: [String]
        let raw_table, normalized, knn_keys_specified, knn_next: [[Double]]
        let knn_source_rows: [Int]
        let sigma, threshold: Double
        let episodes: [Episode]

        func column(_ name: String) throws -> [Double] {
            let at = try #require(columns.firstIndex(of: name))
            return raw_table.map { $0[at] }
        }
    }

    private struct Advantages: Decodable {
        let gamma, lam: Double
        let rewards, values, next_values, dones: [Double]
        let episode_last_indices: [Int]
        let gae_with_episode_boundaries: [Double]
    }

    /// The Gaussian density of the cohort's own rows, as the set defines it; low is outside.
    private struct CohortGuardian: SupportGuardian {
        static let kind = "cohort-density"
        let references: Matrix
        let sigma: Double
        let features: GuardianFeatures
        let threshold: Double
        let calibration: GuardianCalibration? = nil
        let report = GuardianReport(points: 1, trainingShareOutside: 0)

        func densities(_ points: Matrix) -> [Double] {
            (0..<points.rows).map { point in
                let sum = (0..<references.rows).reduce(0.0) { sum, row in
                    let square = (0..<points.columns).reduce(0.0) {
                        let difference = points[point, $1] - references[row, $1]
                        return $0 + difference * difference
                    }
                    return sum + exp(-square / (2 * sigma * sigma))
                }
                return sum / Double(references.rows) / (sigma * (2 * Double.pi).squareRoot())
            }
        }

        func score(_ points: Matrix) throws -> [Double] { densities(points).map { -$0 } }

        func encoded() throws -> GuardianRecord {
            GuardianRecord(kind: Self.kind, arrays: [], metadata: "{}")
        }
    }

    private func decode<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let file = Golden.directory("OGSRL").appendingPathComponent(name)
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }

    private func matrix(_ rows: [[Double]], _ columns: Range<Int>) -> Matrix {
        Matrix(rows.count, columns.count, rows.flatMap { $0[columns] })
    }

    /// The transitions of the cohort: those of its rows that have a successor.
    private func data(_ cohort: Cohort) throws -> ModelData {
        let names = cohort.columns.filter { $0.hasPrefix("o:") || $0.hasPrefix("a:") }
        let s = names.count { $0.hasPrefix("o:") }
        let (rows, width) = (cohort.knn_source_rows, names.count)
        let ending = try cohort.column("r:reward"), severity = try cohort.column("r:SOFA")
        let saturation = try cohort.column("o:SpO2")
        let output = try cohort.column("o:output_total"), weight = try cohort.column("co:Weight_kg")
        let episodes = try cohort.column("traj")
        return try ModelData(
            variables: ModelVariables(observations: Array(names[..<s]), actions: Array(names[s...])),
            observations: matrix(cohort.knn_keys_specified, 0..<s),
            actions: matrix(cohort.knn_keys_specified, s..<width),
            nextObservations: matrix(cohort.knn_next, 0..<s),
            rewards: rows.map { min(max(severity[$0], -12.5), -2.5) },
            // The successor's row says whether the episode ended.
            isTerminated: rows.map { abs(ending[$0 + 1]) == 1 }, episodes: rows.map { Int(episodes[$0]) },
            costs: [
                CostColumn("SpO2", rows.map { saturation[$0] < 92 ? 1 : 0 }),
                CostColumn("urine", rows.map { output[$0] / weight[$0] < 2 ? 1 : 0 }),
            ])
    }

    @Test func guardedRollOutsMatchTheSpecifiedOnes() throws {
        let cohort = try decode("guarded_rollout.json", as: Cohort.self)
        let data = try data(cohort)
        let names = data.variables
        let guardian = CohortGuardian(
            references: matrix(cohort.normalized, 0..<names.all.count), sigma: cohort.sigma,
            features: GuardianFeatures(named: names.all), threshold: -cohort.threshold)
        let dynamics = try NearestNeighbourDynamics(data, scaling: .none)
        let model = try GuardedModel(
            dynamics: dynamics, reward: .recorded(data.rewards),
            costs: [
                try CostModel(recorded: "SpO2", in: data), try CostModel(recorded: "urine", in: data),
            ], guardian: guardian, mode: .absorbingPenalty(reward: -25))
        #expect(!cohort.episodes.isEmpty)
        for episode in cohort.episodes {
            // The reference hands its actions on in single precision.
            var supplied = episode.actions_supplied.map { $0.map { Double(Float($0)) } }[...]
            let policy = ModelPolicy(variables: names) { _, _ in
                let action = supplied.removeFirst()
                return Matrix(1, action.count, action)
            }
            let buffer = try model.rollOut(
                policy, from: Matrix(1, episode.init_state.count, episode.init_state),
                horizon: episode.actions_supplied.count, seed: 1)
            let steps = episode.specified_semantics
            #expect(buffer.count == steps.count)
            for (at, step) in steps.enumerated() where at < buffer.count {
                #expect(buffer.states.elements.chunks(of: step.s.count)[at] == step.s)
                #expect(buffer.actions.elements.chunks(of: step.a.count)[at] == step.a)
                #expect(buffer.nextStates.elements.chunks(of: step.s.count)[at] == step.s2)
                #expect(buffer.rewards[at] == step.r)
                #expect(
                    buffer.costs.elements.chunks(of: 3)[at] == [step.c_spo2, step.c_urine, Double(step.g)])
                #expect(buffer.isOutside[at] == (step.g == 1) && buffer.isAbsorbed[at] == step.absorbed)
                #expect(buffer.isTerminated[at] == step.done)
                try expectLookUp(step, buffer, at, dynamics, guardian, cohort)
            }
        }
    }

    /// Density and row of a step; a step outside makes no transition, so the model is asked apart.
    private func expectLookUp(
        _ step: Cohort.Step, _ buffer: RolloutBuffer, _ at: Int, _ dynamics: NearestNeighbourDynamics,
        _ guardian: CohortGuardian, _ cohort: Cohort
    ) throws {
        guard let row = step.row, let density = step.density else { return }
        let (s, a) = (Matrix(1, step.s.count, step.s), Matrix(1, step.a.count, step.a))
        var streams = testStreams(1)
        let found = try #require(try dynamics.sample(s, a, using: &streams).provenance)
        #expect(cohort.knn_source_rows[found[0]] == row)
        if step.g == 0 { #expect(buffer.provenance[at] == found[0]) }
        let point = Matrix(1, step.s.count + step.a.count, step.s + step.a)
        #expect(abs(guardian.densities(point)[0] - density) < 1e-9)
    }

    @Test func advantagesMatchTheReference() throws {
        let set = try decode("gae.json", as: Advantages.self)
        var first = 0
        let episodes = set.episode_last_indices.map { last in
            defer { first = last + 1 }
            return (rows: first..<last + 1, isTerminated: set.dones[last] == 1)
        }
        #expect(episodes.last?.rows.upperBound == set.rewards.count)
        #expect(Set(episodes.map(\.isTerminated)).count == 2, "both endings")
        let result = AdvantageEstimation(discount: set.gamma, trace: set.lam).advantages(
            set.rewards, values: set.values, nextValues: set.next_values, episodes: episodes)
        for (own, expected) in zip(result, set.gae_with_episode_boundaries) {
            #expect(abs(own - expected) <= 1e-10 * max(1, abs(expected)))
        }
    }
}

extension Array {
    /// Parts of equal length.
    fileprivate func chunks(of length: Int) -> [[Element]] {
        stride(from: 0, to: count, by: length).map { Array(self[$0..<$0 + length]) }
    }
}
