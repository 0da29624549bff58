import Foundation
import SafeRL
import Testing

/// Three seeds of one configuration and one of another, made once by the binary itself.
private enum SeedRuns {
    static let files = (try? make()) ?? [:]

    private static func make() throws -> [String: [UInt8]] {
        let configuration = """
            {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 400}},
             "schedule": {"steps": 20, "log": 5, "checkpoint": 20}, "fisor": \(TinyRun.options),
             "evaluation": {"episodes": 3, "interval": 10, "costLimit": 4}}
            """
        let folder = try CommandFolder(["my.json": Array(configuration.utf8)])
        for (name, change) in [("a-0", "seed=0"), ("a-1", "seed=1"), ("a-2", "seed=2"), ("b", "other")] {
            let result = try folder.run([
                "train", "my.json", "--run", name, "--quiet", "--set",
                change.hasPrefix("seed") ? change : "fisor.candidates=3",
            ])
            guard result.status == 0 else { throw TinyRun.Failure(output: result.errors) }
        }
        return try folder.contents()
    }
}

// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct PlotCommandTests {
    private func text(_ folder: CommandFolder, _ path: String) throws -> String {
        try String(contentsOfFile: folder.path(path), encoding: .utf8)
    }

    @Test func runsThatDifferInTheirSeedAreOneLine() throws {
        let folder = try CommandFolder(SeedRuns.files)
        let command = ["plot", "a-0", "b", "a-1", "a-2", "--metric", "cost_mean", "--metric", "vh_loss"]
        let result = try folder.run(command + ["--out", "c.svg"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        #expect(result.output == "Figure  c.svg\nLine    a, 3 runs\nLine    b, 1 run\n")
        let svg = try text(folder, "c.svg")
        #expect(svg.contains(">a (3 runs)</text>") && svg.contains(">b</text>"))
        // Names are those that people read; the limit is the configuration's.
        #expect(svg.contains(">Cost per episode</text>") && svg.contains(">limit 4</text>"))
        #expect(!svg.contains("cost_mean") && !svg.contains("vh_loss") && !svg.contains("Policy loss"))
    }

    @Test func equalRunsGiveEqualBytesInBothKindsOfFile() throws {
        let folder = try CommandFolder(SeedRuns.files)
        for kind in ["pdf", "svg"] {
            for name in ["1", "2"] {
                #expect(try folder.run(["plot", "a-0", "a-1", "--out", "\(name).\(kind)"]).status == 0)
            }
            let files = try folder.contents()
            #expect(files["1.\(kind)"] == files["2.\(kind)"] && files["1.\(kind)"]?.isEmpty == false)
        }
    }

    @Test func aRunWritesTheSameFigureAtItsEnd() throws {
        let folder = try CommandFolder(SeedRuns.files)
        // The run's own names no folder, so that equal runs have equal pictures.
        let call = ["plot", "b", "--out", "b.svg", "--title", "Learning curves: fisor"]
        #expect(try folder.run(call).status == 0)
        #expect(try text(folder, "b.svg") == text(folder, "b/pictures/learning-curves.svg"))
        #expect(try text(folder, "b.svg").contains("Whiskers are the intervals of the evaluation's report."))
        let files = try folder.contents()
        #expect(files["b/pictures/learning-curves.pdf"]?.starts(with: Array("%PDF-".utf8)) == true)
        #expect(files["b/pictures/feasible-region.pdf"]?.starts(with: Array("%PDF-".utf8)) == true)
    }

    @Test func aLineThatIsDamagedIsNamedAndMayBeRemoved() throws {
        let lines = String(decoding: SeedRuns.files["b/metrics.jsonl"] ?? [], as: UTF8.self)
            .split(separator: "\n")
        var damaged = lines.map(String.init)
        damaged[1] = "{\"step\":"
        let text = damaged.joined(separator: "\n") + "\n"
        let folder = try CommandFolder(SeedRuns.files.merging(["b/metrics.jsonl": Array(text.utf8)]) { $1 })
        let result = try folder.run(["plot", "b", "--out", "c.pdf"])
        #expect(result.status == 65)
        #expect(result.errors.hasPrefix("b/metrics.jsonl:2: not a line of metrics: "))
        #expect(result.errors.hasSuffix(". Restore the file from a copy, or remove this line.\n"))
        damaged.remove(at: 1)
        try damaged.joined(separator: "\n").write(
            toFile: folder.path("b/metrics.jsonl"), atomically: true, encoding: .utf8)
        #expect(try folder.run(["plot", "b", "--out", "c.pdf"]).status == 0)
    }
}
