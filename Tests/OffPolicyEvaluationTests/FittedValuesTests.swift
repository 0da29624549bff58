import Foundation
import OffPolicyEvaluation
import Replay
import Tensors
import TestSupport
import Testing

@Suite struct FittedValuesTests {
    static let signals: [Signal] = [.reward, .cost("harm")]

    /// A 1 for each of the twelve pairs.
    static let tabular = ValueFeatures(count: 12) { observation, action in
        var features = [Double](repeating: 0, count: 12)
        features[Int(observation[0]) * 4 + Int(observation[1]) * 2 + Int(action[0])] = 1
        return features
    }

    private func expectExact(
        _ fit: some ActionValues, _ ward: Ward, _ signal: Signal, within tolerance: Double
    )
        throws
    {
        for step in 0..<3 {
            for state in 0..<2 {
                for action in 0..<2 {
                    let value = try fit.value(of: [Double(action)], at: [Double(step), Double(state)])
                    let exact = ward.exactQ(signal, Ward.policyShares, step, state, action)
                    #expect(value.isWithin(tolerance, of: exact, floor: tolerance))
                }
            }
        }
    }

    @Test(arguments: [0.5, 1], signals)
    func theTableIsExactOnPerfectData(_ discount: Double, _ signal: Signal) throws {
        let ward = Ward(discount: discount)
        let fit = try TabularValues(try ward.perfectData(), signal, of: Ward.policy, discount: discount)
        try expectExact(fit, ward, signal, within: 1e-12)
        #expect(fit.unseenShare == 0)
    }

    @Test(arguments: [LinearValues.Method.solved, .iterated(tolerance: 1e-14, most: 100)], signals)
    func theRegressionIsExactOnPerfectData(_ method: LinearValues.Method, _ signal: Signal) throws {
        let ward = Ward()
        let fit = try LinearValues(
            try ward.perfectData(), signal, of: Ward.policy, discount: 0.5, features: Self.tabular, ridge: 0,
            method: method)
        try expectExact(fit, ward, signal, within: 1e-10)
    }

    @Test func bothWaysOfTheRegressionMeet() throws {
        let ward = Ward()
        let data = try ward.sample(300, seed: 4)
        let features = ValueFeatures.perAction(data)
        func fit(_ method: LinearValues.Method) throws -> LinearValues {
            try LinearValues(
                data, .reward, of: Ward.policy, discount: 0.5, features: features, ridge: 0.1, method: method)
        }
        let solved = try fit(.solved)
        let iterated = try fit(.iterated(tolerance: 1e-14, most: 500))
        #expect(iterated.iterations > 3)
        for (a, b) in zip(solved.weights, iterated.weights) { #expect(a.isWithin(1e-9, of: b, floor: 1e-9)) }
    }

    /// Tsitsiklis and Van Roy's example: values 1·θ and 2·θ, and only the step from the first state recorded.
    @Test func aRegressionThatDivergesSaysSo() throws {
        let data = try TrajectorySet(
            (0..<3).map { _ in
                Trajectory(
                    observations: [[1], [2]], actions: [[0]], rewards: [1], end: .truncated)
            })
        let features = ValueFeatures(count: 1) { observation, _ in observation }
        let stay = FinitePolicy(taking: { _ in [0] })
        let error = #expect(throws: OffPolicyError.self) {
            try LinearValues(
                data, .reward, of: stay, discount: 0.9, features: features, ridge: 0,
                method: .iterated(tolerance: 1e-9, most: 1000))
        }
        #expect(error?.description.contains("diverges") == true)
        // The fixed point θ = 1 + 0.9·2·θ exists all the same, and is meaningless.
        let solved = try LinearValues(
            data, .reward, of: stay, discount: 0.9, features: features, ridge: 0, method: .solved)
        #expect(solved.weights[0].isWithin(1e-12, of: -1.25))
    }

    /// Just beside a discount for which the equation θ = 1 + γ·2·θ has no solution at all.
    @Test func aFixedPointBeyondEverythingPossibleIsRefused() throws {
        let data = try TrajectorySet([
            Trajectory(observations: [[1], [2]], actions: [[0]], rewards: [1], end: .truncated)
        ])
        let features = ValueFeatures(count: 1) { observation, _ in observation }
        let error = #expect(throws: OffPolicyError.self) {
            try LinearValues(
                data, .reward, of: FinitePolicy(taking: { _ in [0] }), discount: 0.499, features: features,
                ridge: 0, method: .solved)
        }
        #expect(error?.description == "fitted values: values ten times beyond the largest possible.")
    }

    @Test func tooFewRegressionsAreAnError() throws {
        let data = try Ward().perfectData()
        #expect(throws: OffPolicyError.noSolution("the iteration still moves after 2 regressions")) {
            try LinearValues(
                data, .reward, of: Ward.policy, discount: 0.5, features: Self.tabular, ridge: 0,
                method: .iterated(tolerance: 1e-9, most: 2))
        }
    }

    @Test func theNetworkComesCloseAndRepeatsItself() throws {
        let ward = Ward()
        let data = try ward.sample(400, seed: 8)
        var options = NetworkValues.Options()
        (options.widths, options.rate, options.tolerance) = ([32, 32], 3e-3, 0.01)
        func fit() throws -> NetworkValues {
            try NetworkValues(data, .reward, of: Ward.policy, discount: 0.5, options: options)
        }
        let (network, again) = (try fit(), try fit())
        let table = try TabularValues(data, .reward, of: Ward.policy, discount: 0.5)
        for observation in [[0.0, 0], [0, 1], [1, 0], [2, 1]] {
            let value = try network.value(of: Ward.policy, at: observation)
            #expect(value.isWithin(0, of: try table.value(of: Ward.policy, at: observation), floor: 0.25))
            #expect(value == (try again.value(of: Ward.policy, at: observation)))
        }
    }

    @Test func aNetworkThatStillMovesIsAnError() throws {
        var options = NetworkValues.Options()
        (options.widths, options.regressions, options.steps, options.tolerance) = ([8], 3, 2, 0)
        #expect(throws: OffPolicyError.noSolution("the network's values still move after 3 regressions")) {
            try NetworkValues(
                try Ward().sample(20, seed: 1), .reward, of: Ward.policy, discount: 0.5, options: options)
        }
    }

    @Test func unseenPairsAreRefusedOrHaveTheStatedValue() throws {
        // Only action 0 is recorded in state 0, which ends at once with reward 4; the policy takes action 1 half the time.
        let data = try TrajectorySet([
            Trajectory(observations: [[0], [0]], actions: [[0]], rewards: [4], end: .terminated)
        ])
        let policy = FinitePolicy { _ in [WeightedAction([0], weight: 0.5), WeightedAction([1], weight: 0.5)]
        }
        let error = #expect(throws: OffPolicyError.self) {
            try TabularValues(data, .reward, of: policy, discount: 0.9)
        }
        #expect(error == .unseenPair(observation: [0], action: [1]))
        let fit = try TabularValues(data, .reward, of: policy, discount: 0.9, unseen: .value(-10))
        #expect(fit.unseenShare == 0.5)
        #expect(try fit.value(of: policy, at: [0]) == -3)
        #expect(try fit.value(of: [1], at: [7]) == -10)
    }

    @Test func withoutDiscountingEverythingMustEnd() throws {
        let forever = try TrajectorySet([
            Trajectory(observations: [[0], [0]], actions: [[0]], rewards: [1], end: .truncated)
        ])
        let stay = FinitePolicy(taking: { _ in [0] })
        #expect(throws: OffPolicyError.endless(observation: [0])) {
            try TabularValues(forever, .reward, of: stay, discount: 1)
        }
        let fit = try TabularValues(forever, .reward, of: stay, discount: 0.75)
        #expect(try fit.value(of: [0], at: [0]) == 4)
        // A second episode that ends gives a way out: half of the steps end, so the value is 2.
        let ends = try TrajectorySet(
            forever.episodes + [
                Trajectory(observations: [[0], [0]], actions: [[0]], rewards: [1], end: .terminated)
            ])
        #expect(try TabularValues(ends, .reward, of: stay, discount: 1).value(of: [0], at: [0]) == 2)
    }

    @Test func tooManyStatesAreRefusedBeforeTheyFillTheMemory() throws {
        let data = try TrajectorySet(
            (0...TabularValues.mostStates).map {
                Trajectory(observations: [[Double($0)], [0]], actions: [[0]], rewards: [0], end: .terminated)
            })
        let most = TabularValues.mostStates
        #expect(throws: OffPolicyError.tooManyStates(most + 1, most: most)) {
            try TabularValues(data, .reward, of: FinitePolicy(taking: { _ in [0] }), discount: 0.5)
        }
    }

    @Test func everyEpisodeIsValuedByAFitToOthers() throws {
        let ward = Ward()
        let data = try ward.sample(11, seed: 2)
        var parts: [Set<Trajectory>] = []
        var sizes = 0
        let values = try RecordedValues(data, of: Ward.policy, folds: 3, seed: 5) {
            part throws(OffPolicyError) in
            parts.append(Set(part.episodes))
            sizes += part.episodes.count
            return FormulaValues.wrong
        }
        #expect(parts.count == 3 && sizes == 2 * 11)
        #expect(values == (try RecordedValues(data, of: Ward.policy, by: FormulaValues.wrong)))
        #expect(throws: OffPolicyError.self) {
            try RecordedValues(data, of: Ward.policy, folds: 12, seed: 0) { _ in FormulaValues.wrong }
        }
    }
}
