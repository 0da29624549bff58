import Pictures
import Reliability
import SafeRL

/// V_h as a probability of a violation ahead: fitted on the first half of episodes, judged on the second.
///
/// A row is a state, its outcome whether a violation follows in the same episode; intervals draw whole episodes.
struct CalibrationSection {
    /// One judged state.
    private struct Row {
        let value, probability: Double
        let isHit: Bool
        let episode, step: Int
        let observation: [Float]
    }

    let assessed: AssessedPolicy
    let plan: AssessmentPlan
    let episodes: [RecordedEpisode]
    let values: [[Double]]
    let isotonic: IsotonicCalibration
    let stepLimit: Int
    let stream: RandomStream

    func result() throws -> SectionResult {
        let rows = judgedRows()
        let (probability, hit) = (rows.map(\.probability), rows.map(\.isHit))
        let table = try CalibrationTable(confidence: probability, hit: hit)
        let mass = try CalibrationTable(confidence: probability, hit: hit, rule: .equalMass(10))
        let scores = try ProperScores(probability: probability, hit: hit)
        let rate = calibrationRate()
        let constant = try ProperScores(probability: rows.map { _ in rate }, hit: hit)
        let isUseful = scores.logLoss < constant.logLoss
        let ranking = try? DetectionFigures(scores: rows.map(\.value), isOut: hit).auroc
        let signed = signedInterval(rows)
        let classes = try ClassWiseCalibration(
            confidence: probability, hit: hit, labels: rows.map { $0.value <= 0 ? 0 : 1 }, classes: 2)
        var result = SectionResult()
        result.members = [
            ("score", .text("vh")), ("recalibration", .text("isotonic")),
            ("recommended", .text(isUseful ? "isotonic" : "none")),
            ("before", .object([("auroc", .figure(ranking)), ("fault", .text("V_h is no probability"))])),
            ("signed", .figure(table.signed)), ("signed_interval", .range(signed)),
            ("ece", .figure(table.ece)), ("ece_mass", .figure(mass.ece)), ("maximum", .figure(table.maximum)),
            ("squared_debiased", .figure(mass.squaredDebiased)),
            ("over", .figure(table.over)), ("under", .figure(table.under)),
            ("brier", .figure(scores.brier)), ("log_loss", .figure(scores.logLoss)),
            ("log_loss_of_rate", .figure(constant.logLoss)),
            (
                "murphy",
                .object([
                    ("reliability", .figure(scores.murphy.reliability)),
                    ("resolution", .figure(scores.murphy.resolution)),
                    ("uncertainty", .figure(scores.murphy.uncertainty)),
                ])
            ),
            ("rows", .integer(rows.count)), ("episodes", .integer(episodes.count - half)),
            ("by_region", .list(try regions(rows))),
            ("miscalibration_score", .figure(classes.miscalibrationScore)),
        ]
        let standing: Standing = mass.ece <= 0.05 ? .good : mass.ece <= 0.1 ? .look : .bad
        result.lines = [
            ("Calibration", "ECE \(short(table.ece)), by equal mass \(short(mass.ece))", standing),
            (
                "  signed", "\(short(table.signed))\(interval(signed)), above 0 over-confident of violations",
                nil
            ),
        ]
        if signed == nil {
            result.unavailable.append(
                "interval of the signed score: fewer than \(EpisodeBootstrap.leastEpisodes) judged episodes")
        }
        if !isUseful {
            result.warnings.append("V_h says no more of violations than their rate does.")
        }
        result.figure = picture(table)
        return result
    }

    private var half: Int { episodes.count / 2 }

    private func judgedRows() -> [Row] {
        (half..<episodes.count).flatMap { place in
            let (episode, later) = (episodes[place], episodes[place].violatesLater)
            return later.indices.map { step in
                Row(
                    value: values[place][step], probability: isotonic(values[place][step]),
                    isHit: later[step], episode: place - half, step: step,
                    observation: episode.observations[step])
            }
        }
    }

    /// Share of states of the calibration half before a violation.
    private func calibrationRate() -> Double {
        let outcomes = episodes[..<half].flatMap(\.violatesLater)
        return Double(outcomes.count { $0 }) / Double(outcomes.count)
    }

    /// Over the episodes that have any of the rows; others say nothing of them.
    private func signedInterval(_ rows: [Row]) -> ClosedRange<Double>? {
        var (sums, counts) = ([Int: Double](), [Int: Double]())
        for row in rows {
            sums[row.episode, default: 0] += row.probability - (row.isHit ? 1 : 0)
            counts[row.episode, default: 0] += 1
        }
        let places = counts.keys.sorted()
        return EpisodeBootstrap(stream: stream).ratio(
            places.map { sums[$0] ?? 0 }, places.map { counts[$0] ?? 0 })
    }

    private func regions(_ rows: [Row]) throws -> [JSONValue] {
        var regions: [(String, (Row) -> Bool)] = [
            ("feasible", { $0.value <= 0 }), ("infeasible", { $0.value > 0 }),
        ]
        for (third, name) in ["first", "second", "last"].enumerated() {
            regions.append(("\(name) third", { 3 * $0.step / stepLimit == third }))
        }
        if let (index, edges) = plan.column {
            let ends = [-Double.infinity] + edges + [Double.infinity]
            for (low, high) in zip(ends, ends.dropFirst()) {
                regions.append(
                    (
                        "observation \(index) in [\(short(low)), \(short(high)))",
                        { low <= Double($0.observation[index]) && Double($0.observation[index]) < high }
                    ))
            }
        }
        return try regions.map { name, contains in
            let own = rows.filter(contains)
            let table =
                own.isEmpty
                ? nil
                : try CalibrationTable(
                    confidence: own.map(\.probability), hit: own.map(\.isHit), rule: .equalMass(10))
            return .object([
                ("name", .text(name)), ("rows", .integer(own.count)),
                ("episodes", .integer(Set(own.map(\.episode)).count)), ("signed", .figure(table?.signed)),
                ("signed_interval", .range(own.isEmpty ? nil : signedInterval(own))),
                ("ece_mass", .figure(table?.ece)),
                ("fault", own.isEmpty ? .text("no state of the judged episodes lies in it") : .null),
            ])
        }
    }

    private func picture(_ table: CalibrationTable) -> ChartFigure {
        Self.picture(
            table, title: "Violations against their probability",
            across: "Probability of a violation ahead, by V_h", upwards: "Share violated",
            note: "\(table.rows) states of \(episodes.count - half) episodes")
    }

    /// Bars of what came true, and dots of what was said.
    static func picture(
        _ table: CalibrationTable, title: String, across: String, upwards: String, note: String
    ) -> ChartFigure {
        let width = 1 / Double(table.bins.count)
        let bars = table.bins.enumerated().compactMap { place, bin in
            bin.hitShare.map {
                ChartFigure.Bar(Double(place) * width...Double(place + 1) * width, height: $0)
            }
        }
        let dots = table.bins.compactMap { bin in
            bin.hitShare.flatMap { share in
                bin.confidence.map { ChartFigure.Point($0, share) }
            }
        }
        return ChartFigure(
            title: title, across: (across, .share), upwards: (upwards, .share),
            [
                (upwards.lowercased(), .bars(bars)), ("mean probability of a bin", .dots(dots)),
                ("", .line([.init(0, 0), .init(1, 1)], isDashed: true)),
            ],
            notes: ["ECE \(short(table.ece)), signed \(short(table.signed))", note])
    }
}
