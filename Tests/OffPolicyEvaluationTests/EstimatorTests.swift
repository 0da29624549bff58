import Foundation
import OffPolicyEvaluation
import Replay
import Tensors
import TestSupport
import Testing

@Suite struct EstimatorTests {
    static let signals: [Signal] = [.reward, .cost("harm")]

    @Test func theListOfEpisodesIsComplete() {
        for isDeterministic in [false, true] {
            let all = Ward(isDeterministic: isDeterministic).everyEpisode()
            #expect(all.reduce(0) { $0 + $1.probability } == 1)
            #expect(Set(all.map(\.episode.length)).count == (isDeterministic ? 2 : 3))
        }
    }

    /// The expectation over every possible episode, with values that are wrong everywhere.
    @Test(arguments: [Estimator.importanceSampling, .perDecision, .doublyRobust], signals)
    func itsExpectationIsTheValue(_ estimator: Estimator, _ signal: Signal) throws {
        for discount in [0.5, 1] {
            let ward = Ward(discount: discount)
            let expectation = try ward.everyEpisode().reduce(0) { sum, entry in
                let inputs = try OffPolicyInputs(try TrajectorySet([entry.episode]), signal, ward)
                return sum + entry.probability * (try inputs.estimate(estimator))
            }
            #expect(expectation.isWithin(1e-12, of: ward.exactValue(signal)))
        }
    }

    @Test func theExpectationOfFittedValuesIsNotTheValueWhereTheyAreWrong() throws {
        let ward = Ward()
        let inputs = try OffPolicyInputs(try ward.perfectData(), .reward, ward)
        #expect(abs(try inputs.estimate(.fittedValues) - ward.exactValue(.reward)) > 0.5)
    }

    /// The data have exactly the frequencies of infinitely many episodes.
    @Test(arguments: Estimator.allCases.filter { $0 != .fittedValues }, signals)
    func itIsExactOnPerfectData(_ estimator: Estimator, _ signal: Signal) throws {
        for discount in [0.5, 1] {
            let ward = Ward(discount: discount)
            let inputs = try OffPolicyInputs(try ward.perfectData(), signal, ward)
            #expect(try inputs.estimate(estimator).isWithin(1e-11, of: ward.exactValue(signal)))
        }
    }

    /// Missed by chance in one of about 15,000 comparisons; the seed is fixed.
    @Test(arguments: Estimator.allCases.filter { $0 != .fittedValues })
    func itComesCloseOnManySampledEpisodes(_ estimator: Estimator) throws {
        let ward = Ward()
        let data = try ward.sample(20_000, seed: 3)
        let inputs = try OffPolicyInputs(data, .reward, ward)
        let resampling = Resampling(resamples: 100, confidence: 0.6827, seed: 1)
        let interval = try #require(try inputs.interval(estimator, resampling))
        let error = (interval.upperBound - interval.lowerBound) / 2
        #expect(abs(try inputs.estimate(estimator) - ward.exactValue(.reward)) < 4 * error)
        #expect(error < 0.1)
    }

    @Test func twoEpisodesByHand() throws {
        let ratios = ImportanceRatios(steps: [[2, 3], [0.5]])
        let values = RecordedValues(actions: [[1, 2], [4]], states: [[10, 20, 0], [40, 8]])
        let inputs = OffPolicyInputs(signal: [[1, 5], [7]], ratios: ratios, values: values, discount: 0.5)
        // Weights 6 and 0.5, returns 3.5 and 7; step weights (2, 0.5) and (6, 0.5).
        let expected: [Estimator: Double] = [
            .importanceSampling: (6 * 3.5 + 0.5 * 7) / 2,
            .perDecision: (2 * 1 + 0.5 * 6 * 5 + 0.5 * 7) / 2,
            .weighted: (6 * 3.5 + 0.5 * 7) / 6.5,
            .weightedPerDecision: (2 * 1 + 0.5 * 7) / 2.5 + 0.5 * (6 * 5) / 6.5,
            .fittedValues: 25,
            .doublyRobust: 25 + (2 * (1 + 10 - 1) + 0.5 * 6 * (5 - 2) + 0.5 * (7 + 4 - 4)) / 2,
            .weightedDoublyRobust: 25 + (2 * (1 + 10 - 1) + 0.5 * (7 + 4 - 4)) / 2.5 + 0.5 * 6 * (5 - 2)
                / 6.5,
        ]
        #expect(expected.count == Estimator.allCases.count)
        for (estimator, value) in expected {
            #expect(try inputs.estimate(estimator).isWithin(1e-14, of: value), "\(estimator)")
        }
    }

    @Test(arguments: signals)
    func perfectValuesLeaveNoVarianceWhereNothingIsRandom(_ signal: Signal) throws {
        let ward = Ward(isDeterministic: true)
        for entry in ward.everyEpisode() {
            let data = try TrajectorySet([entry.episode])
            let inputs = try OffPolicyInputs(data, signal, ward, FormulaValues.exact(ward, signal))
            #expect(try inputs.estimate(.doublyRobust).isWithin(1e-12, of: ward.exactValue(signal)))
        }
    }

    @Test func withoutWeightTheDoublyRobustEstimateIsThatOfFittedValues() throws {
        let ward = Ward()
        let data = try ward.sample(50, seed: 1)
        let none = ImportanceRatios(steps: data.episodes.map { $0.rewards.map { _ in 0 } })
        let values = try RecordedValues(data, of: Ward.policy, by: FormulaValues.wrong)
        let inputs = OffPolicyInputs(
            signal: data.values(of: .reward), ratios: none, values: values, discount: 0.5)
        #expect(try inputs.estimate(.doublyRobust) == inputs.estimate(.fittedValues))
        #expect(try inputs.estimate(.importanceSampling) == 0)
        for estimator in [Estimator.weighted, .weightedPerDecision, .weightedDoublyRobust] {
            #expect(throws: OffPolicyError.self) { try inputs.estimate(estimator) }
        }
    }

    @Test func aCutEpisodeGoesOnWithFittedValuesOnly() throws {
        let ward = Ward(isDeterministic: true)
        let cut = try TrajectorySet(
            ward.everyEpisode().filter { $0.episode.length == 3 }.map { entry in
                var episode = entry.episode
                episode.observations.removeLast(2)
                episode.actions.removeLast(2)
                episode.rewards.removeLast(2)
                episode.costs["harm"]?.removeLast(2)
                episode.behaviour?.removeLast(2)
                episode.end = .truncated
                return episode
            })
        let exact = FormulaValues.exact(ward, .reward)
        let inputs = try OffPolicyInputs(cut, .reward, ward, exact)
        #expect(try inputs.estimate(.doublyRobust).isWithin(1e-12, of: ward.exactValue(.reward)))
        #expect(abs(try inputs.estimate(.weighted) - ward.exactValue(.reward)) > 0.2)
        // The same episodes, ended by themselves: nothing follows.
        let ended = try TrajectorySet(
            cut.episodes.map { episode in
                var episode = episode
                episode.end = .terminated
                return episode
            })
        let over = try OffPolicyInputs(ended, .reward, ward, exact)
        #expect(abs(try over.estimate(.doublyRobust) - ward.exactValue(.reward)) > 0.2)
    }

    @Test func weightsBeyondAllNumbersStillCompareWhereTheySumToOne() throws {
        let huge = ImportanceRatios(steps: [[1e200, 1e200], [1e200, 2e200]])
        let inputs = OffPolicyInputs(signal: [[0, 3], [0, 6]], ratios: huge, discount: 1)
        #expect(try inputs.estimate(.weighted).isWithin(1e-12, of: 5))
        #expect(try inputs.estimate(.weightedPerDecision).isWithin(1e-12, of: 5))
        #expect(throws: OffPolicyError.noSolution("is: a weight is beyond all numbers")) {
            try inputs.estimate(.importanceSampling)
        }
    }

    @Test func theEffectiveSizeCountsEvenWeightsOnly() {
        func size(_ weights: [Double]) -> WeightDiagnostics {
            ImportanceRatios(steps: weights.map { [$0] }).diagnostics
        }
        #expect(size([1e-300, 1e-300, 1e-300]).effectiveSize == 3)
        #expect(size([5, 0, 0]).effectiveSize == 1 && size([5, 0, 0]).weightless == 2)
        #expect(size([3, 1]).effectiveSize.isWithin(1e-14, of: 16 / 10))
        #expect(size([3, 1]).largestShare.isWithin(1e-14, of: 0.75) && size([3, 1]).meanWeight == 2)
        #expect(size([0, 0]).effectiveSize == 0)
    }

    @Test func theSameSeedGivesTheSameInterval() throws {
        let ward = Ward()
        let inputs = try OffPolicyInputs(try ward.sample(60, seed: 5), .reward, ward)
        func interval(_ seed: UInt64) throws -> ClosedRange<Double>? {
            try inputs.interval(.weighted, Resampling(resamples: 200, seed: seed))
        }
        #expect(try interval(1) == interval(1))
        #expect(try interval(1) != interval(2))
        let range = try #require(try interval(1))
        #expect(range.contains(try inputs.estimate(.weighted)))
    }

    @Test func oneEpisodeHasNoInterval() throws {
        let ward = Ward()
        let inputs = try OffPolicyInputs(try ward.sample(1, seed: 5), .reward, ward)
        for estimator in Estimator.allCases {
            #expect(try inputs.interval(estimator, Resampling(resamples: 100, seed: 1)) == nil)
        }
    }

    @Test func theIntervalHoldsAboutAsOftenAsItSays() throws {
        // 300 data sets of 60 episodes; the share that holds has a standard error of 1.7 %, and a resampled interval of
        // 60 episodes is a little narrow.
        let ward = Ward()
        var holds = 0
        for seed in 0..<300 {
            let inputs = try OffPolicyInputs(try ward.sample(60, seed: UInt64(seed)), .cost("harm"), ward)
            let interval = try inputs.interval(
                .perDecision, Resampling(resamples: 200, confidence: 0.9, seed: 0))
            if try #require(interval).contains(ward.exactValue(.cost("harm"))) { holds += 1 }
        }
        #expect((0.80...0.96).contains(Double(holds) / 300))
    }
}
