import Assurance
import Pictures
import Reliability
import SafeRL

/// A band above the predicted cost of an episode that a fresh one exceeds with probability α at most.
///
/// Of the calibration half, episodes of even number fit the prediction and those of odd number its threshold: the threshold's scores
/// must be exchangeable with those of fresh episodes, so the prediction may not have seen them.
struct ConformalSection {
    let plan: AssessmentPlan
    let episodes: [RecordedEpisode]
    /// V_h at each start; nothing of a policy that judges no states.
    let starts: [Double]?

    func result() throws -> SectionResult {
        let half = episodes.count / 2
        let (fitting, calibrating) = (
            (0..<half).filter { $0 % 2 == 0 }, (0..<half).filter { $0 % 2 == 1 }
        )
        let judged = Array(half..<episodes.count)
        let prediction = try predictor(fitting)
        func costs(_ places: [Int]) -> [Double] { places.map { episodes[$0].totalCost } }
        let band = try CostToGoBand(
            predicted: calibrating.map(prediction), observed: costs(calibrating), alpha: plan.alpha)
        let uppers = judged.map { band.upper(prediction($0)) }
        let covered = zip(costs(judged), uppers).count { $0 <= $1 }
        let count = BinomialCount(events: covered, trials: judged.count)
        let law = CoverageLaw(count: calibrating.count, alpha: plan.alpha)
        var result = SectionResult()
        let isFinite = band.threshold.isFinite
        result.members = [
            ("kind", .text("additive")), ("alpha", .figure(plan.alpha)),
            (
                "prediction",
                .text(
                    starts == nil
                        ? "mean cost" : "isotonic in V_h at the start, times the mean cost of violated ones")
            ),
            ("threshold", .figure(band.threshold)),
            (
                "fault",
                isFinite
                    ? .null : .text("too few calibration episodes for this alpha: the band has no upper end")
            ),
            ("calibrating", .integer(calibrating.count)), ("covered", .integer(covered)),
            ("rows", .integer(judged.count)),
            ("lower_bound", .figure(count.lowerBound(confidence: 1 - plan.delta))),
            ("upper_bound", .figure(count.upperBound(delta: plan.delta))),
            (
                "law",
                law.map { .object([("mean", .figure($0.mean)), ("q05", .figure($0.quantile(0.05)))]) }
                    ?? .null
            ),
        ]
        // The coverage of one sample may lie below its mean; its law says how far.
        let least = law?.quantile(plan.delta) ?? 1
        let standing: Standing =
            !isFinite ? .look : count.upperBound(delta: plan.delta) >= least ? .good : .bad
        result.lines = [
            (
                "Cost band",
                isFinite
                    ? "prediction + \(short(band.threshold)) holds \(covered) of \(judged.count), "
                        + "\(percent(1 - plan.alpha)) promised on average"
                    : "no upper end: \(calibrating.count) episodes are too few to calibrate \(percent(1 - plan.alpha))",
                standing
            )
        ]
        if isFinite { result.figure = picture(judged.map(prediction), costs(judged), band) }
        return result
    }

    /// The cost that is predicted for an episode by its number.
    private func predictor(_ fitting: [Int]) throws -> (Int) -> Double {
        guard let starts else {
            let mean = fitting.reduce(0) { $0 + episodes[$1].totalCost } / Double(fitting.count)
            return { _ in mean }
        }
        let isotonic = try IsotonicCalibration(
            scores: fitting.map { starts[$0] }, hit: fitting.map { episodes[$0].isViolated })
        let violated = fitting.filter { episodes[$0].isViolated }
        let mean =
            violated.isEmpty
            ? 0 : violated.reduce(0) { $0 + episodes[$1].totalCost } / Double(violated.count)
        return { isotonic(starts[$0]) * mean }
    }

    private func picture(_ predicted: [Double], _ costs: [Double], _ band: CostToGoBand) -> ChartFigure {
        let ends = [predicted.min() ?? 0, max(predicted.max() ?? 0, (predicted.min() ?? 0) + 1e-6)]
        return ChartFigure(
            title: "Cost of an episode and its band", across: ("Predicted cost", .nonNegative),
            upwards: ("Cost", .nonNegative),
            [
                ("judged episodes", .dots(zip(predicted, costs).map { .init($0, $1) })),
                ("upper end of the band", .line(ends.map { .init($0, max(0, band.upper($0))) })),
                ("", .line(ends.map { .init($0, $0) }, isDashed: true)),
            ],
            notes: ["\(percent(1 - plan.alpha)) of fresh episodes below, on average"])
    }
}
