import Reliability
import TestSupport
import Testing

/// The over-fitting watch against `watch.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct WatchGoldenTests {
    struct File: Decodable {
        let discount: Double
        let episodes: [Episode]
        let overestimation: Overestimation
        let worst_violation_ahead: Worst
        let td_gap: Gap
        let memorisation: Repeated
    }
    struct Episode: Decodable {
        let reward: [Double]
        let end: String
        let value_after_last: Double
        let value, return_to_go: [Double]
    }
    struct Overestimation: Decodable {
        let per_episode_at_start: [Double]
        let mean, sd: Double
        let interval: [Double]
        let normalised, all_states_mean, all_states_rmse, share_above: Double
        let spearman, calibration_slope, calibration_intercept: Double
    }
    struct Worst: Decodable {
        let discount: Double
        let episodes: [Ahead]
    }
    struct Ahead: Decodable { let h, worst_ahead: [Double] }
    struct Gap: Decodable {
        let train, validation: [Double]
        let train_mean, validation_mean, ratio, welch_t, welch_p_greater: Double
    }
    struct Repeated: Decodable {
        let train, held_out: [Double]
        let ratio_of_medians, ks, p: Double
    }

    let file: File

    init() throws { file = try Golden.decode(File.self, "assess", "watch.json") }

    @Test func returnsToGoAgree() {
        #expect(Swift.Set(file.episodes.map(\.end)) == ["terminated", "truncated"])
        for row in file.episodes {
            let ours = ReturnsToGo.discounted(
                row.reward, discount: file.discount,
                after: row.end == "truncated" ? row.value_after_last : 0)
            #expect(agree(ours, row.return_to_go, 1e-9))
        }
    }

    @Test func overestimationAgrees() throws {
        let golden = file.overestimation
        let ours = try ValueOverestimation(
            predicted: file.episodes.map(\.value), outcomes: file.episodes.map(\.return_to_go))
        #expect(agree(ours.atStarts, golden.per_episode_at_start, 1e-9))
        #expect(
            agree(
                [
                    ours.mean, ours.deviation, ours.interval?.lowerBound, ours.interval?.upperBound,
                    ours.relative,
                ], [golden.mean, golden.sd, golden.interval[0], golden.interval[1], golden.normalised], 1e-9))
        #expect(
            agree(
                [ours.meanOfAll, ours.rootMeanSquare, ours.shareAbove],
                [golden.all_states_mean, golden.all_states_rmse, golden.share_above], 1e-9))
        #expect(
            agree(
                [ours.spearman, ours.slope, ours.intercept],
                [golden.spearman, golden.calibration_slope, golden.calibration_intercept], 1e-9))
    }

    @Test func worstViolationsAheadAgree() {
        let golden = file.worst_violation_ahead
        #expect(!golden.episodes.isEmpty)
        for row in golden.episodes {
            #expect(
                agree(ReturnsToGo.worstAhead(row.h, discount: golden.discount), row.worst_ahead, 1e-9))
        }
    }

    @Test func errorGapsAgree() throws {
        let golden = file.td_gap
        let ours = try ErrorGap(training: golden.train, heldOut: golden.validation)
        #expect(
            agree(
                [ours.trainingMean, ours.heldOutMean, ours.ratio, ours.t],
                [golden.train_mean, golden.validation_mean, golden.ratio, golden.welch_t], 1e-9))
        #expect(try #require(ours.pValue).isWithin(1e-6, of: golden.welch_p_greater))
    }

    @Test func memorisationAgrees() throws {
        let golden = file.memorisation
        let ours = try Memorisation(training: golden.train, heldOut: golden.held_out)
        #expect(
            agree(
                [ours.ratioOfMedians, ours.kolmogorovSmirnov], [golden.ratio_of_medians, golden.ks], 1e-9))
        // The stored one is the large-sample form, ours is exact: at so small a p both say the same.
        #expect(abs(ours.pValue - golden.p) <= 1e-6)
    }
}
