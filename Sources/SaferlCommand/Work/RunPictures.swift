import Environments
import Foundation
import SafeRL

/// The pictures of a run, in `RUN/pictures`.
struct RunPictures {
    /// Episodes drawn on the feasible region.
    static let traces = 20

    private let run: RunDirectory
    private let environment: NamedEnvironment?
    private var rows: [(String, String)] = []

    init(_ run: RunDirectory, _ environment: NamedEnvironment?) {
        (self.run, self.environment) = (run, environment)
    }

    /// What was drawn, in lines for a person.
    var summary: String { Output.table(rows) }

    /// The learned feasible region over the true one, where the policy estimates one and the truth is known.
    ///
    /// Writes the shares of agreement to `feasibility.json`, beside the evaluation.
    ///
    /// - Throws: `StorageError`.
    mutating func drawRegion(_ policy: any Policy, _ evaluation: Evaluation) throws {
        guard let estimate = policy as? any FeasibilityEstimating, isPointRobot else { return }
        let panels = PointRobot.regionPanels { estimate.feasibilityValues(of: $0.span) }
        let agreement = panels.map(\.agreement).reduce(0, +) / Double(panels.count)
        rows.append(
            ("Feasible set", "\(Self.percent(agreement)) of grid points agree with the analytic rule"))
        rows += panels.map { ("  " + $0.title, Self.percent($0.agreement)) }
        let shares = panels.map { panel in
            JSONValue.object([("slice", .text(panel.title)), ("agreement", .number(panel.agreement))])
        }
        let record = JSONValue.object([("agreement", .number(agreement)), ("slices", .list(shares))])
        try SystemFiles().replaceFile(
            run.evaluationPath + "/feasibility.json", with: Array((record.pretty + "\n").utf8))
        try write(PointRobot.regionPicture(panels, episodes: evaluation).svg(), "feasible-region.svg")
    }

    /// All metrics over updates.
    ///
    /// - Throws: `StorageError`.
    mutating func drawCurves(algorithm: String) throws {
        let title = "Learning curves: \((run.path as NSString).lastPathComponent) (\(algorithm))"
        try write(LearningCurves(title: title, try run.learningCurves()).svg(), "learning-curves.svg")
    }

    private var isPointRobot: Bool {
        environment?.type == PointRobot.self || environment?.type == PointRobotFromFeasibleStarts.self
    }

    private mutating func write(_ svg: String, _ name: String) throws {
        let path = run.picturesPath + "/" + name
        try SystemFiles().makeDirectories(run.picturesPath)
        try SystemFiles().replaceFile(path, with: Array(svg.utf8))
        rows.append((rows.contains { $0.0 == "Pictures" } ? "" : "Pictures", path))
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}

extension RunDirectory {
    /// Where pictures are drawn.
    var picturesPath: String { path + "/pictures" }

    /// The metrics of `metrics.jsonl`, one curve for each metric of each stage, in the order of their first line.
    ///
    /// - Throws: `StorageError` or, for a file that saferl did not write, `RunError.damagedLine`.
    func learningCurves() throws -> [LearningCurves.Curve] {
        var curves: [(key: String, points: [(step: Int, value: Double)])] = []
        var places: [String: Int] = [:]
        var stages: [String] = []
        let evaluation = "evaluation"
        let lines = try fileContents(metricsPath).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let record: JSONValue
            do throws(JSONError) { record = try JSONValue(parsing: Array(line)) } catch {
                throw RunError.damagedLine(path: metricsPath, line: index + 1, reason: error.message)
            }
            guard let step = record["step"]?.number?.int, let stage = record["stage"]?.string else {
                continue
            }
            if !stages.contains(stage) { stages.append(stage) }
            for member in record.members ?? [] where !["step", "stage"].contains(member.key) {
                let key = "\(stage): \(member.key)"
                let place = places[key] ?? curves.count
                if place == curves.count { curves.append((key, [])) }
                places[key] = place
                curves[place].points.append((step, member.value.number?.double ?? .nan))
            }
        }
        // The trainer's own stage comes beside those of the algorithm, and has few points.
        let trained = stages.filter { $0 != evaluation }
        return curves.map { key, points in
            let isEvaluation = key.hasPrefix(evaluation + ": ")
            let isPlain = trained.count == 1 && !isEvaluation
            return LearningCurves.Curve(
                isPlain ? String(key.dropFirst(trained[0].count + 2)) : key, points, isMarked: isEvaluation)
        }
    }
}
