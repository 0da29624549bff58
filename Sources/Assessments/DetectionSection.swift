import Assurance
import Pictures
import Reliability
import SafeRL

/// How well states that are far from the training data are told from those that are not, with outliers that are made.
///
/// Every second recorded episode is the reference; states of the others are what is not far. Three kinds of outliers: observations with
/// noise of 0.4 of their spread, as the policy meets them; states of a policy that draws its actions evenly; and recorded states whose
/// columns were shuffled by themselves.
struct DetectionSection {
    /// Rows of each side at most.
    static let most = (reference: 4000, queries: 1500)

    let assessed: AssessedPolicy
    let plan: AssessmentPlan
    let seeds: AssessmentSeeds
    let features: TrainingFeatures
    let episodes: [RecordedEpisode]

    func result() throws -> SectionResult {
        let scale = try ColumnScale(features.reference)
        let reference = scale(features.reference)
        let mahalanobis = try MahalanobisDistance(reference)
        let inside = scale(features.heldOut)
        func scores(_ rows: Matrix) throws -> [(name: String, values: [Double])] {
            [
                ("mahalanobis", try mahalanobis(rows)),
                ("neighbour", try OutlierScores.neighbourDistance(rows, to: reference)),
            ]
        }
        let own = try scores(inside)
        var (list, best) = ([JSONValue](), [String: Double]())
        var shares: [(name: String, values: [Double])] = [("recorded states", own[0].values)]
        for (kind, rows) in try outliers() {
            for (place, score) in try scores(scale(rows)).enumerated() {
                if place == 0 { shares.append((kind, score.values)) }
                let figures = try DetectionFigures(
                    scores: own[place].values + score.values,
                    isOut: own[place].values.map { _ in false } + score.values.map { _ in true })
                best[kind] = max(best[kind] ?? 0, figures.auroc)
                list.append(
                    .object([
                        ("score", .text(score.name)), ("outliers", .text(kind)),
                        ("auroc", .figure(figures.auroc)), ("aupr_out", .figure(figures.auprOut)),
                        ("aupr_in", .figure(figures.auprIn)), ("fpr95", .figure(figures.fpr95)),
                        ("detection_error", .figure(figures.detectionError)),
                        ("rows", .list([.integer(own[place].values.count), .integer(score.values.count)])),
                    ]))
            }
        }
        var result = SectionResult()
        result.members = [("detection", .list(list))]
        let least = best.values.min() ?? 0
        result.lines = [
            (
                "Outliers",
                best.sorted { $0.key < $1.key }.map { "\($0.key) \(short($0.value))" }.joined(separator: ", ")
                    + " (AUROC, the better score)", least >= 0.95 ? .good : .look
            )
        ]
        if assessed.place == nil {
            result.unavailable.append("support: \(AssessedPolicy.actsNowhere.description)")
        } else {
            try addSupport(mahalanobis, scale, to: &result)
        }
        result.figure = Self.picture(shares, score: "Mahalanobis distance")
        return result
    }

    /// Share of each kind of rows that lies beyond a score, over scores.
    static func picture(_ kinds: [(name: String, values: [Double])], score: String) -> ChartFigure? {
        let all = kinds.flatMap(\.values).filter(\.isFinite).sorted()
        guard let low = all.first, let high = all.last, low < high else { return nil }
        // The far tail of single rows would press everything else to the left.
        let end = all[min(all.count - 1, all.count * 99 / 100)]
        let places = (0...60).map { low + (max(end, low + (high - low) * 1e-6) - low) * Double($0) / 60 }
        return ChartFigure(
            title: "What lies beyond a score", across: (score, .any),
            upwards: ("Share beyond it", .share),
            kinds.map { name, values in
                let share = places.map { place in
                    ChartFigure.Point(place, Double(values.count { $0 > place }) / Double(values.count))
                }
                return (name, .line(share, isDashed: name == kinds[0].name))
            }, notes: ["curves that lie far above the dashed one can be told apart"])
    }

    /// Share of the policy's episodes that leave the data, by a threshold that recorded episodes seldom exceed.
    private func addSupport(
        _ mahalanobis: MahalanobisDistance, _ scale: ColumnScale, to result: inout SectionResult
    ) throws {
        let recorded = try features.heldOutEpisodes.map { try mahalanobis(scale($0)).max() ?? 0 }
        let threshold = try SplitConformal.threshold(recorded, alpha: plan.alpha)
        guard threshold.isFinite else {
            result.unavailable.append(
                "support: \(recorded.count) recorded episodes are too few for this alpha")
            return
        }
        let outside = try episodes.count { episode in
            let states = Matrix(rowsOf: episode.observations)
            return try mahalanobis(scale(states)).contains { $0 > threshold }
        }
        let count = BinomialCount(events: outside, trials: episodes.count)
        let bound = count.upperBound(delta: plan.delta)
        result.members.append(
            (
                "support",
                .object([
                    ("guardian", .text("mahalanobis")), ("alpha", .figure(plan.alpha)),
                    ("threshold", .figure(threshold)), ("outside", .integer(outside)),
                    ("episodes", .integer(episodes.count)), ("outside_share_upper_bound", .figure(bound)),
                    ("delta", .figure(plan.delta)),
                ])
            ))
        result.lines.append(
            (
                "Support",
                "\(outside) of \(episodes.count) episodes leave the data, at most \(percent(bound))",
                count.lowerBound(confidence: 1 - plan.delta) <= plan.alpha ? .good : .look
            ))
    }

    private func outliers() throws -> [(String, Matrix)] {
        guard let place = assessed.place else { return [("permuted columns", permuted())] }
        let count = max(10, min(40, plan.episodes / 10))
        let noisy = try assessed.episodes(count, seed: seeds("outliers, noise")) {
            PerturbedEnvironment(
                $0, .sensor(.noise(level: 0.4)), spread: features.spread, seed: seeds("outliers, numbers"))
        }
        let even = EvenPolicy(
            observationSize: assessed.policy.observationSize, space: place.actionSpace)
        let random = try assessed.episodes(count, seed: seeds("outliers, even"), by: even)
        return [
            ("perturbed", Self.states(noisy)), ("uniform policy", Self.states(random)),
            ("permuted columns", permuted()),
        ]
    }

    private static func states(_ episodes: [RecordedEpisode]) -> Matrix {
        Matrix(rowsOf: spaced(episodes.flatMap(\.observations), most.queries))
    }

    private func permuted() -> Matrix {
        var rows = features.heldOut
        var stream = RandomStream(seed: seeds("outliers, columns"), for: .splitting)
        for column in 0..<rows.columns {
            for row in stride(from: rows.rows - 1, to: 0, by: -1) {
                let other = stream.nextInteger(below: row + 1)
                (rows[row, column], rows[other, column]) = (rows[other, column], rows[row, column])
            }
        }
        return rows
    }
}

/// What recorded observations look like.
struct TrainingFeatures {
    /// Observations of every second episode, `[n, d]`.
    let reference: Matrix
    /// Observations of the others, `[n, d]`.
    let heldOut: Matrix
    /// The same by episodes.
    let heldOutEpisodes: [Matrix]
    /// Standard deviation of every column over all recorded episodes that were read.
    let spread: [Double]

    /// Reads a data set.
    ///
    /// - Throws: `ReliabilityError`, `Unavailable` for a single episode.
    init(_ data: TransitionDataset) throws {
        guard data.episodes.count >= 2 else {
            throw Unavailable("the data have one episode, and two sides are needed")
        }
        let width = data.observationSize
        func states(_ first: Int) -> [[[Float]]] {
            stride(from: first, to: data.episodes.count, by: 2).map { place in
                data.episodes[place].rows.map { row in
                    Array(data.observations[row * width..<(row + 1) * width])
                }
            }
        }
        let (own, others) = (states(0), states(1))
        reference = Matrix(rowsOf: spaced(own.flatMap { $0 }, DetectionSection.most.reference))
        heldOut = Matrix(rowsOf: spaced(others.flatMap { $0 }, DetectionSection.most.queries))
        heldOutEpisodes = spaced(others, 400).map { Matrix(rowsOf: $0) }
        spread = try ColumnScale(Matrix(rowsOf: spaced((own + others).flatMap { $0 }, 20_000))).deviations
    }
}

extension Matrix {
    /// Rows of numbers, at least one.
    init(rowsOf rows: [[Float]]) {
        self.init(rows.count, rows.first?.count ?? 0, rows.flatMap { $0.map(Double.init) })
    }
}

/// At most so many of the elements, evenly spaced.
func spaced<Element>(_ elements: [Element], _ most: Int) -> [Element] {
    guard elements.count > most else { return elements }
    return (0..<most).map { elements[$0 * elements.count / most] }
}
