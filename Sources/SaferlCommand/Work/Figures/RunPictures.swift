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
    var summary: String { aligned(rows) }

    /// The learned feasible region over the true one, where the policy estimates one and the truth is known.
    ///
    /// Writes the shares of agreement to `feasibility.json`, beside the evaluation.
    ///
    /// - Throws: `StorageError`.
    mutating func drawRegion(_ policy: any Policy, _ evaluation: Evaluation) throws {
        guard isPointRobot else { return }
        let judged = PointRobot.slices.compactMap { policy.feasibilityValues(of: $0.observations.span) }
        guard judged.count == PointRobot.slices.count else { return }
        var values = judged.makeIterator()
        let panels = PointRobot.regionPanels { _ in values.next() ?? [] }
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
        let picture = PointRobot.regionPicture(panels, episodes: evaluation)
        try write(picture.svg(), picture.pdf(), "feasible-region")
    }

    /// All metrics over updates, as a figure in two kinds of file.
    ///
    /// - Throws: as `RunDirectory.curves`.
    mutating func drawCurves<A: Algorithm>(
        of type: A.Type, _ resolved: ResolvedRun<A.Configuration>
    ) throws {
        // Without the run's name: equal runs have equal pictures, whatever their folders are called.
        let figure = LearningCurves(
            title: "Learning curves: \(A.name)",
            [CurveGroup(A.name, [try run.curves(of: type, resolved)])])
        try write(figure.svg(), figure.pdf(), "learning-curves")
    }

    private var isPointRobot: Bool {
        [PointRobot.name, FeasibleStarts.name, StoppableStarts.name].contains(environment?.name)
    }

    private mutating func write(_ svg: String, _ pdf: [UInt8], _ name: String) throws {
        let path = "\(run.picturesPath)/\(name)"
        try SystemFiles().makeDirectories(run.picturesPath)
        try SystemFiles().replaceFile(path + ".svg", with: Array(svg.utf8))
        try SystemFiles().replaceFile(path + ".pdf", with: pdf)
        rows.append((rows.contains { $0.0 == "Pictures" } ? "" : "Pictures", path + ".svg, .pdf"))
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}

extension RunDirectory {
    /// Where pictures are drawn.
    var picturesPath: String { path + "/pictures" }
}
