import Guardians
import OffPolicyEvaluation
import Tensors
import TestSupport
import Testing

/// Clinical metrics of `metrics_and_bounds.json`.
@Suite struct TreatmentGoldenTests {
    struct File: Decodable { let metrics: Metrics }
    struct Metrics: Decodable {
        struct Patient: Decodable {
            let clinician, policy: [[Double]]
            let SpO2, UOR: [Double]
        }
        let patients: [Patient]
        let epsilon, MCR, AIR, ACP, ME, OOD_step_rate, OOD_episode_rate: Double
        let AIR_need, AIR_intensified: Int
        let ACP_per_dimension: [Double]
        let died: [Int]
        let ood_flags: [[Int]]
    }

    @Test func theMetricsHaveTheReferenceValues() throws {
        let golden = try Golden.decode(File.self, "OGSRL", "metrics_and_bounds.json").metrics
        #expect(!golden.patients.isEmpty)
        let courses = zip(golden.patients, golden.ood_flags).map { patient, flags in
            TreatmentCourse(
                given: patient.clinician, recommended: patient.policy,
                needs: TreatmentCourse.needs(saturation: patient.SpO2, urine: patient.UOR),
                outside: flags.map { $0 == 1 })
        }
        let metrics = TreatmentMetrics(courses, closeness: golden.epsilon)
        #expect(try #require(metrics.concordance.share).isWithin(1e-10, of: golden.MCR))
        #expect(metrics.intensification.of == golden.AIR_need)
        #expect(metrics.intensification.steps == golden.AIR_intensified)
        #expect(try #require(metrics.intensification.share).isWithin(1e-10, of: golden.AIR))
        #expect(try #require(metrics.change).isWithin(1e-10, of: golden.ACP))
        let perDrug = try #require(metrics.changePerDrug)
        #expect(perDrug.count == golden.ACP_per_dimension.count)
        for (mine, theirs) in zip(perDrug, golden.ACP_per_dimension) {
            #expect(mine.isWithin(1e-10, of: theirs))
        }
        #expect(try #require(metrics.outsideSteps?.share).isWithin(1e-10, of: golden.OOD_step_rate))
        #expect(try #require(metrics.outsideCourses?.share).isWithin(1e-10, of: golden.OOD_episode_rate))
        let mortality = TreatmentMetrics.mortality(golden.died.map { $0 == 1 })
        #expect(mortality.share.isWithin(1e-10, of: golden.ME))
    }
}

@Suite struct TreatmentMetricsTests {
    @Test func coursesOfOneStepHaveNoChangeAndNoIntensification() {
        let course = TreatmentCourse(given: [[1, 0]], recommended: [[2, 0]], needs: [true])
        let metrics = TreatmentMetrics([course], closeness: 1)
        #expect(metrics.change == nil && metrics.changePerDrug == nil)
        #expect(metrics.intensification.of == 1 && metrics.intensification.share == 0)
        // At a distance of exactly ε doses are not close.
        #expect(metrics.concordance.share == 0)
        #expect(metrics.outsideSteps == nil && metrics.outsideCourses == nil)
    }

    @Test func withoutNeedThereIsNothingToIntensify() {
        let course = TreatmentCourse(given: [[1], [1]], recommended: [[1], [2]], needs: [false, false])
        #expect(TreatmentMetrics([course], closeness: 1).intensification.share == nil)
    }

    @Test func theRuleIsBelowTheLimitsNotAtThem() {
        let needs = TreatmentCourse.needs(saturation: [92, 91.9, 95, 95], urine: [0.5, 1, 0.49, 0.5])
        #expect(needs == [false, true, true, false])
    }

    /// Everything right of 3 is outside.
    private struct Fence: SupportGuardian {
        static let kind = "fence"
        let features = GuardianFeatures(3)
        let threshold = 3.0
        let calibration: GuardianCalibration? = nil
        let report = GuardianReport(points: 0, trainingShareOutside: 0)
        func score(_ points: Matrix) throws -> [Double] { (0..<points.rows).map { points[$0, 2] } }
        func encoded() throws -> GuardianRecord { throw GuardianError.noPoints }
    }

    @Test func aPolicyIsPutBesideARecordedEpisode() throws {
        let episode = Trajectory(
            observations: [[0, 1], [2, 0], [5, 5]], actions: [[1], [2]], rewards: [0, 0], end: .terminated)
        let policy = FinitePolicy { observation in
            [
                WeightedAction([0], weight: 0.25), WeightedAction([2 + observation[0]], weight: 0.5),
                WeightedAction([9], weight: 0.25),
            ]
        }
        let course = try TreatmentCourse(
            episode, recommendedBy: policy, needs: [false, true], judgedBy: Fence())
        #expect(
            course
                == TreatmentCourse(
                    given: [[1], [2]], recommended: [[2], [4]], needs: [false, true], outside: [false, true]))
        #expect(
            try TreatmentCourse(episode, recommendedBy: policy, needs: [false, true]).outside == nil)
        let metrics = TreatmentMetrics([course], closeness: 1.5)
        #expect(metrics.concordance.share == 0.5 && metrics.outsideSteps?.share == 0.5)
    }
}
