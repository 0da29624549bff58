import Reliability
import SafeRL

/// How far a policy's probabilities, values and limits can be believed, and what disturbs it.
///
/// Its figures are looked at together and are not corrected for that: it is no certificate.
package struct Assessment {
    /// What was assessed, and with how much.
    package let report: AssessmentReport

    /// Assesses a policy.
    ///
    /// - Parameters:
    ///   - assessed: the policy, and what is known of it.
    ///   - plan: with how much.
    ///   - progress: sections that an assessment of the same has finished, and where those of this one are kept.
    ///   - say: told of each part that is done.
    /// - Throws: `EvaluationError`, and what the environment throws.
    package init(
        _ assessed: AssessedPolicy, _ plan: AssessmentPlan, resuming progress: AssessmentProgress? = nil,
        say: @escaping (String) -> Void
    ) throws {
        let isOffline = assessed.place == nil
        func mustAct() throws { if isOffline { throw AssessedPolicy.actsNowhere } }
        var report = AssessmentReport(
            .init(
                policy: assessed.identity, step: assessed.step, algorithm: assessed.algorithm,
                place: assessed.placeName, count: isOffline ? assessed.recorded.count : plan.episodes,
                unit: isOffline ? "recorded episodes" : "episodes"), plan, progress)
        if isOffline {
            report.begin(
                "Recorded",
                "episodes of whoever recorded them: nothing here is about the policy's own episodes")
        }
        let seeds = AssessmentSeeds(seed: plan.seed)
        let episodes =
            isOffline
            ? assessed.recorded : try assessed.episodes(plan.episodes, seed: seeds("episodes"))
        say("\(episodes.count) episodes")
        let half = episodes.count / 2
        var values: [[Double]]?
        var judging = Unavailable("the policy judges no states, so there is no violation score")
        do {
            let all = try episodes.compactMap { try assessed.feasibility(of: $0) }
            values = all.count == episodes.count && all.allSatisfy { !$0.isEmpty } ? all : nil
        } catch let error as ReliabilityError { judging = Unavailable(error.description) }
        let features = assessed.data.flatMap { data in
            Result { try TrainingFeatures(data) }.mapError { Unavailable("\($0)") }
        }
        func scored() throws -> ([[Double]], IsotonicCalibration) {
            guard let values else { throw judging }
            return (
                values,
                try IsotonicCalibration(
                    scores: values[..<half].flatMap { $0 }, hit: episodes[..<half].flatMap(\.violatesLater))
            )
        }
        try report.add(.calibration, of: plan, say) {
            let (values, isotonic) = try scored()
            return try CalibrationSection(
                assessed: assessed, plan: plan, episodes: episodes, values: values, isotonic: isotonic,
                stepLimit: assessed.stepLimit,
                stream: RandomStream(seed: seeds("bootstrap"), for: .splitting)
            ).result()
        }
        try report.add(.coverage, of: plan, say) {
            try mustAct()
            let (values, isotonic) = try scored()
            return try CoverageSection(
                probabilities: values[half...].map { isotonic($0[0]) },
                isViolated: episodes[half...].map(\.isViolated)
            ).result()
        }
        try report.add(.conformal, of: plan, say) {
            try mustAct()
            return try ConformalSection(plan: plan, episodes: episodes, starts: values?.map { $0[0] })
                .result()
        }
        try report.add(.feasibility, of: plan, say) {
            try mustAct()
            guard let values else { throw judging }
            var section = FeasibilitySection(
                plan: plan, starts: zip(values, episodes).map { ($0[0], $1.isViolated) })
            section.canStaySafe = episodes.map(\.canStaySafe)
            return section.result()
        }
        try report.add(.detection, of: plan, say) {
            try DetectionSection(
                assessed: assessed, plan: plan, seeds: seeds, features: try features.get(),
                episodes: episodes
            ).result()
        }
        try report.add(.overfitting, of: plan, say) {
            try WatchSection(
                assessed: assessed, seeds: seeds, episodes: Array(episodes[half...]),
                values: values.map { Array($0[half...]) }
            ).result()
        }
        try report.add(.perturbation, of: plan, say) {
            try mustAct()
            let visited = try ColumnScale(
                Matrix(rowsOf: spaced(episodes.flatMap(\.observations), 20_000))
            ).deviations
            return try PerturbationSection(
                assessed: assessed, plan: plan, seeds: seeds, spread: (try? features.get().spread) ?? visited,
                spreadSource: (try? features.get()) == nil ? "visited states" : "training data", say: say
            ).result()
        }
        self.report = report
    }
}
