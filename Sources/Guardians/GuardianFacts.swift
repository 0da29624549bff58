import Tensors

/// What every guardian knows about itself beside its method.
public struct GuardianFacts: Hashable, Sendable {
    /// The columns it was fitted on.
    public let features: GuardianFeatures
    /// A point is outside if and only if its score is greater.
    public let threshold: Double
    /// What held-out points showed.
    public let calibration: GuardianCalibration?
    /// How the fit went.
    public let report: GuardianReport
}

/// What a threshold is found from.
struct GuardianScores {
    /// Of the guardian.
    let kind: String
    /// Scores of any points.
    let score: (Matrix) throws -> [Double]
    /// Levels of the training points of the rows given, which rise with the score; quantiles are taken of them.
    let levels: ([Int]) throws -> [Double]
    /// The score of a level.
    var scoreOfLevel: (Double) -> Double = { $0 }
    /// A level beyond all that there are, where it is known.
    var farthestLevel: Double?
    /// Whether the training points of the rows given are outside, where that is known sooner than their levels.
    var exceed: ((_ threshold: Double, _ rows: [Int]) throws -> [Bool])?

    /// Finds the threshold, and what is known about it.
    ///
    /// - Parameters:
    ///   - rule: how.
    ///   - data: the training points, and those held out.
    ///   - report: of the fit, without the share outside.
    /// - Returns: threshold, calibration and completed report.
    /// - Throws: `outOfRange`, `notCalibrated`, `tooFewEpisodes`, `scoreNotFinite`, `rejectsEverything`, and what scoring
    ///   throws.
    func facts(
        _ rule: GuardianThreshold, for data: GuardianData, _ report: GuardianReport
    ) throws -> GuardianFacts {
        try rule.check()
        let remedy = "Lower alpha"
        switch rule {
        case .fixed(let threshold): return try facts(at: threshold, for: data, report)
        case .conformal(let alpha):
            guard let heldOut = data.heldOut else { throw GuardianError.notCalibrated(kind: kind) }
            let conformal = try ConformalThreshold(finite(try score(heldOut)), alpha: alpha)
            guard !conformal.neverFlags else {
                throw GuardianError.tooFewEpisodes(
                    episodes: conformal.points, needed: conformal.needed, alpha: alpha)
            }
            let calibration = GuardianCalibration(
                .conformal, alpha: alpha, points: conformal.points,
                rejections: conformal.points - conformal.rank)
            return try facts(at: conformal.value, for: data, report, calibration, remedy: remedy)
        case .quantile(let alpha):
            let levels = try finite(try self.levels(Array(0..<data.points.rows)))
            let threshold = scoreOfLevel(LevelThreshold.quantile(alpha, of: levels))
            return try facts(
                at: threshold, for: data, report, alpha: alpha, levels: levels, remedy: remedy)
        case .bisection(let alpha, let halvings):
            let levels = try finite(try self.levels(Array(0..<data.points.rows)))
            let level = LevelThreshold.bisection(
                alpha, of: levels, halvings: halvings,
                farthest: farthestLevel ?? levels.reduce(-.infinity, max).nextUp)
            guard let level else {
                throw GuardianError.rejectsEverything(
                    threshold: levels.reduce(.infinity, min), remedy: remedy)
            }
            return try facts(
                at: scoreOfLevel(level), for: data, report, alpha: alpha, levels: levels, remedy: remedy)
        }
    }

    /// What is known about a threshold.
    ///
    /// - Parameters:
    ///   - threshold: the score.
    ///   - data: the training points, and those held out.
    ///   - report: of the fit, without the share outside.
    ///   - calibration: where the threshold comes from held-out points.
    ///   - alpha: the rate aimed at.
    ///   - levels: of all training points, where they are known.
    ///   - remedy: what to do where all training points are outside.
    /// - Returns: threshold, calibration and completed report.
    /// - Throws: `scoreNotFinite`, `rejectsEverything`, and what scoring throws.
    func facts(
        at threshold: Double, for data: GuardianData, _ report: GuardianReport,
        _ calibration: GuardianCalibration? = nil, alpha: Double? = nil, levels: [Double]? = nil,
        remedy: String = "Raise the threshold"
    ) throws -> GuardianFacts {
        var (report, calibration) = (report, calibration)
        let outside = try outside(threshold, levels, of: data.points.rows)
        let count = outside.count { $0 }
        guard count < outside.count else {
            throw GuardianError.rejectsEverything(threshold: threshold, remedy: remedy)
        }
        report.trainingShareOutside = Double(count) / Double(outside.count)
        if calibration == nil, let heldOut = data.heldOut {
            let rejections = try score(heldOut).count { !($0 <= threshold) }
            calibration = GuardianCalibration(
                .heldOut, alpha: alpha, points: heldOut.rows, rejections: rejections)
        }
        return GuardianFacts(
            features: data.features, threshold: threshold, calibration: calibration, report: report)
    }

    /// Whether training points are outside: all of them where their levels are known, else at most 4 096.
    private func outside(_ threshold: Double, _ levels: [Double]?, of rows: Int) throws -> [Bool] {
        if levels == nil, let exceed { return try exceed(threshold, Self.evenly(rows)) }
        let levels = try levels ?? finite(try self.levels(Self.evenly(rows)))
        return levels.map { scoreOfLevel($0) > threshold }
    }

    private func finite(_ scores: [Double]) throws(GuardianError) -> [Double] {
        if let row = scores.firstIndex(where: { !$0.isFinite }) {
            throw .scoreNotFinite(kind: kind, row: row)
        }
        return scores
    }

    /// At most 4 096 rows, evenly spread.
    private static func evenly(_ rows: Int) -> [Int] {
        let count = min(rows, 4096)
        return (0..<count).map { $0 * rows / count }
    }
}
