import Foundation
import SafeRL

/// The kind of a figure's file.
enum PlotFormat: String {
    case pdf, svg

    /// The kind that the ending of a path says.
    init?(ofPath path: String) { self.init(rawValue: (path as NSString).pathExtension.lowercased()) }

    /// The figure as the bytes of a file.
    func bytes(of figure: some Figure) -> [UInt8] {
        switch self {
        case .pdf: figure.pdf()
        case .svg: Array(figure.svg().utf8)
        }
    }
}

/// What `saferl plot` does.
struct PlotWork {
    let directories: [String]
    let out: String
    let format: PlotFormat
    let metrics: [String]
    let title: String?
    let registry: Registry

    func run() throws {
        let runs = try directories.map { try PlottedRun(try RunDirectory.inspect($0), in: registry) }
        let chosen = try self.chosen(runs)
        let groups = PlottedRun.groups(chosen)
        let figure = LearningCurves(title: title ?? standardTitle(groups, runs), groups)
        try SystemFiles().replaceFile(out, with: format.bytes(of: figure))
        let lines = groups.map { "\($0.name), \($0.runs) \($0.runs == 1 ? "run" : "runs")" }
        try Output.write(aligned([("Figure", out)] + lines.map { ("Line", $0) }))
    }

    private func standardTitle(_ groups: [CurveGroup], _ runs: [PlottedRun]) -> String {
        groups.count == 1
            ? "Learning curves: \(groups[0].name) (\(runs[0].algorithm))" : "Learning curves"
    }

    /// The runs with the metrics that were asked for, in the order of the command line.
    ///
    /// - Throws: `UnknownName` for a metric that no run has.
    private func chosen(_ runs: [PlottedRun]) throws -> [PlottedRun] {
        if metrics.isEmpty { return runs }
        let known = runs.flatMap(\.curves).map(\.key.name)
        for name in metrics where !known.contains(name) {
            let distinct = known.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            throw UnknownName(name, isNone: "metric", of: distinct)
        }
        return runs.map { run in
            var run = run
            run.curves = metrics.flatMap { name in run.curves.filter { $0.key.name == name } }
            return run
        }
    }
}

/// A run with its curves.
struct PlottedRun {
    /// The stage of evaluations during training, whose lines stand among those of the algorithm's stages.
    static let evaluationStage = "evaluation"

    let name: String
    let algorithm: String
    /// Equal for runs that differ in their seed alone.
    let kind: String
    var curves: [Curve]

    /// Reads a run.
    ///
    /// - Throws: `ConfigurationError` where its algorithm is not known; as `RunDirectory.curves`.
    init(_ run: RunDirectory, in registry: Registry) throws {
        try self.init(run, try registry.algorithm(of: try run.document()), registry)
    }

    private init<A: Algorithm>(_ run: RunDirectory, _ type: A.Type, _ registry: Registry) throws {
        let resolved = try run.document().resolve(
            A.Configuration.self, of: A.name, among: registry.algorithmNames)
        let full = URL(fileURLWithPath: run.path).standardizedFileURL.lastPathComponent
        (name, algorithm) = (oneLine(full), A.name)
        kind = try ConfigurationFingerprint(
            resolved: resolved.resolvedJSON().pretty,
            changeable: ConfigurationFingerprint.changeable.union(["seed"])
        ).hash
        curves = try run.curves(of: type, resolved)
    }

    /// Runs of one kind together, in the order of their first ones.
    static func groups(_ runs: [PlottedRun]) -> [CurveGroup] {
        let kinds = runs.map(\.kind).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return kinds.map { kind in
            let members = runs.filter { $0.kind == kind }
            return CurveGroup(commonName(members.map(\.name)), members.map(\.curves))
        }
    }

    /// What the names of several runs begin with, without the number of the seed; of one run its whole name.
    static func commonName(_ names: [String]) -> String {
        guard let first = names.first, names.count > 1 else { return names.first ?? "" }
        let common = names.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        var name = common[...]
        for word in ["seed", "s", "run"] {
            while let last = name.last, "-_. 0123456789".contains(last) { name.removeLast() }
            if name.hasSuffix("-" + word) || name.hasSuffix("_" + word) { name.removeLast(word.count + 1) }
        }
        return name.isEmpty ? first : String(name)
    }
}
