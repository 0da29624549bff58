import Algorithms
import Foundation
import PolicyOptimisation
import SafeRL
import Testing

@Suite struct OnPolicyTests {
    private func configuration<M>(
        _ method: M.Type, _ change: (inout OnPolicy<M>.Configuration) -> Void = { _ in }
    ) -> OnPolicy<M>.Configuration {
        var c = OnPolicy<M>.Configuration()
        (c.costLimit, c.rollout.steps, c.rollout.slots) = (3, 400, 4)
        (c.policy.widths, c.values.widths) = ([8], [8])
        change(&c)
        return c
    }

    private func interaction() throws -> Interaction {
        try Interaction(NamedEnvironment(PushedPoint.self), slots: 4)
    }

    @Test func advantagesAreThoseOfTheDefinition() {
        let signal = [1.0, 2, 3, 4, 5], known = [0.5, 0.25, 1, -1, 2]
        let segments = [
            Rollout.Segment(rows: 0..<3, terminated: true), Rollout.Segment(rows: 3..<5, terminated: false),
        ]
        let found = Advantages(signal, segments, values: known, next: [100, 7], discount: 0.9, lambda: 0.8)
        // δ of each row, and Σ (γλ)ᵏ δ over the rest of its segment.
        let ahead: [Double] = [0.25, 1, 0, 2, 7]
        var delta: [Double] = []
        for row in 0..<5 { delta.append(signal[row] + 0.9 * ahead[row] - known[row]) }
        let second: Double = delta[1] + 0.72 * delta[2]
        let wanted: [Double] = [
            delta[0] + 0.72 * second, second, delta[2], delta[3] + 0.72 * delta[4], delta[4],
        ]
        for row in 0..<5 {
            #expect(abs(found.values[row] - wanted[row]) < 1e-12)
            #expect(abs(found.returns[row] - wanted[row] - known[row]) < 1e-12)
        }
    }

    @Test func observationsAreScaledByEverythingSeenBefore() {
        var scale = ObservationScale(size: 2)
        let first = Matrix(3, 2, [1, 5, 2, 5, 3, 5]), second = Matrix(1, 2, [6, 5])
        #expect(scale.scaled(first) == first)
        scale.include(first)
        scale.include(second)
        // Of 1, 2, 3, 6: mean 3, deviation √3.5; the second number never moved.
        let scaled = scale.scaled(Matrix(2, 2, [3, 5, 4, 6]))
        let wanted = [0, 0, 1 / 3.5.squareRoot(), 1]
        #expect(zip(scaled.elements, wanted).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(scale.scaled(Matrix(1, 2, [1e9, 5])).elements[0] == 10)
    }

    @Test func aRollOutCutsEpisodesWhereTheyEndAndAtItsOwnEnd() throws {
        let environment = EnvironmentVector(PushedPoint.self, slots: 2)
        var starts = RandomStream(seed: 1, for: .reset)
        let rollout = try Rollout(
            in: environment, steps: 13, scale: ObservationScale(size: 1), starts: &starts
        ) { inputs, _ in .vectors(Matrix(inputs.rows, 1, repeating: -1)) }
        // Pushed left by 0.3 from within ±0.5 it falls off after 5 to 9 steps.
        #expect(rollout.segments.first?.rows.lowerBound == 0 && rollout.segments.last?.rows.upperBound == 26)
        for (one, next) in zip(rollout.segments, rollout.segments.dropFirst()) {
            #expect(one.rows.upperBound == next.rows.lowerBound)
        }
        #expect(rollout.segments.contains { $0.terminated && (5...9).contains($0.rows.count) })
        #expect(rollout.segments.contains { $0.rows.upperBound == 13 })
        #expect(rollout.endedEpisodes.count == rollout.segments.count { $0.terminated })
        #expect(rollout.bootstraps.rows == rollout.segments.count)
        for (number, segment) in rollout.segments.enumerated() where segment.terminated {
            #expect(rollout.bootstraps.elements[number] < -2)
        }
    }

    @Test func everyMethodKeepsTheLimitAndGathersReward() throws {
        func judge<M: OnPolicyMethod>(_ method: M.Type) throws {
            let algorithm = try OnPolicy(configuration(M.self), on: interaction(), seed: 3)
            var last: [String: Float] = [:]
            for _ in 0..<60 {
                try algorithm.update().report { last[$0] = $1 }
            }
            // Alone, reward would bring 20 steps to the right and a cost of some 16.
            let (gained, cost) = (last["return_mean"] ?? 0, last["cost_mean"] ?? 99)
            #expect(gained > 1 && cost < 5, "\(M.name): \(last)")
        }
        try judge(PPOLagrangianMethod.self)
        try judge(PPOControllerMethod.self)
        try judge(TRPOLagrangianMethod.self)
        try judge(CPOMethod.self)
    }

    @Test func interruptionsLeaveNoTraceAndSeedsDecide() throws {
        func judge<M: OnPolicyMethod>(_ method: M.Type) throws {
            let run = try TrainedRun<OnPolicy<M>>(configuration(M.self), on: interaction(), steps: 6, log: 1)
            try run.expectEqualBitsOfEqualSeeds()
            try run.expectNoTraceOfInterruptions(after: [1, 2, 5])
        }
        try judge(PPOLagrangianMethod.self)
        try judge(PPOControllerMethod.self)
        try judge(TRPOLagrangianMethod.self)
        try judge(CPOMethod.self)
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let large = configuration(CPOMethod.self) { ($0.rollout.steps, $0.policy.widths) = (4000, [32, 32]) }
        try TrainedRun<OnPolicy<CPOMethod>>(large, on: interaction(), steps: 2, log: 1)
            .expectEqualBitsForAnyThreads()
    }

    @Test func stepsThatCannotBeSharedOutAreRefusedWithWhatToWrite() {
        let uneven = configuration(CPOMethod.self) { ($0.rollout.steps, $0.rollout.slots) = (10, 4) }
        #expect { try uneven.validate() } throws: {
            "\($0)".contains("cannot be shared out among 4 slots. Write 8.")
        }
    }
}
