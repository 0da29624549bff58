import Foundation
import SafeRL
import SaferlCommand
import Testing

// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct RunReportCommandTests {
    private func page(_ folder: CommandFolder, _ path: String) throws -> String {
        try String(contentsOfFile: folder.path(path), encoding: .utf8)
    }

    @Test func aPageSaysWhatThereIsAndWhatMakesTheRest() throws {
        let folder = try CommandFolder(TinyRun.files([:]))
        let result = try folder.run(["report", "run"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        #expect(result.output.hasPrefix("Page  run/report.html\nSize  "))
        let text = try page(folder, "run/report.html")
        for command in [
            "saferl certify run --limit COST --delta RISK", "saferl report run --assurance",
            "saferl evaluate run", "saferl assess run", "saferl audit availability run",
            "saferl train run/config.resolved.json --run run-again",
        ] { #expect(text.contains(command), "\(command)") }
        #expect(text.contains("<b>Not to be relied on</b>") && !text.contains("May be relied on"))
        #expect(text.contains("alt=\"learning curves\"") && text.contains("<h3>run: finished</h3>"))
        #expect(text.utf8.count < 3_000_000)
        // The commands that it names are carried out.
        let again = try folder.run([
            "train", "run/config.resolved.json", "--run", "run-again", "--quiet",
        ])
        #expect(again.status == 0, "\(again.errors)")
        let files = try folder.contents()
        #expect(files["run/metrics.jsonl"] == files["run-again/metrics.jsonl"])
    }

    @Test func severalRunsBeginWithWhatDiffers() throws {
        let other = TinyRun.files([:]).filter { $0.key.hasPrefix("run/") }
        var files = TinyRun.files([:])
        for (path, bytes) in other { files["other/" + path.dropFirst(4)] = bytes }
        let folder = try CommandFolder(files)
        let seed = ["train", "my.json", "--run", "seed", "--quiet", "--set", "seed=7"]
        #expect(try folder.run(seed).status == 0)
        let result = try folder.run(["report", "run", "other", "seed"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let text = try page(folder, "report.html")
        let differing = try #require(text.range(of: "Configuration: what differs"))
        let equal = try #require(text.range(of: "Configuration: what is equal"))
        let between = text[differing.upperBound..<equal.lowerBound]
        #expect(between.contains("<td>seed</td><td>0</td><td>0</td><td>7</td>"), "\(between)")
        #expect(between.components(separatedBy: "<tr>").count == 3)
        #expect(text.contains("<table class=\"sortable\">"))
    }

    /// A page asks nobody for anything, and runs no script but its own.
    @Test func namesOfOthersAreText() throws {
        let hostile = "<script>alert(1)</script>"
        let line = "{\"step\":15,\"stage\":\"\(hostile)\",\"\(hostile)\":1}\n"
        let report =
            "# \(hostile)\n\n| \(hostile) | **a** | `b` |\n|---|---|---|\n| x \\| y | | |\n\n![p](p.svg)\n"
        let metrics = TinyRun.files["run/metrics.jsonl"] ?? []
        let folder = try CommandFolder(
            TinyRun.files([
                "run/metrics.jsonl": metrics + Array(line.utf8),
                "run/assess/report.md": Array(report.utf8),
                "run/assess/reliability.svg": Array("<svg>\(hostile)</svg>".utf8),
            ]))
        #expect(try folder.run(["runs", "tag", "run", "a<b"]).status != 70)
        let result = try folder.run(["report", "run"])
        #expect(result.status == 0, "\(result.errors)")
        let text = try page(folder, "run/report.html")
        #expect(!text.contains(hostile) && text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(
            text.contains("<td>x | y</td>") && text.contains("<b>a</b>") && text.contains("<code>b</code>"))
        #expect(text.components(separatedBy: "<script>").count == 2)
        #expect(
            text.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-")
        )
        #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("p.svg"))
    }

    @Test func whatIsAboutAnotherPolicySaysSo() throws {
        let other = "{\"policy\": \"\(String(repeating: "0", count: 64))\"}"
        let folder = try CommandFolder(
            TinyRun.files([
                "run/assess/report.md": Array("# Assessment\n".utf8),
                "run/assess/report.json": Array(other.utf8),
            ]))
        #expect(try folder.run(["report", "run", "--out", "p.html"]).status == 0)
        #expect(
            try page(folder, "p.html").contains(
                "The report on assessment is about another policy than that of the newest checkpoint."))
    }

    @Test func aPictureThatIsTooLargeIsNamed() throws {
        let svg = "<svg>" + String(repeating: " ", count: 900_000) + "</svg>"
        let bytes = Array(svg.utf8)
        let folder = try CommandFolder(
            TinyRun.files([
                "run/assess/report.md": Array("# Assessment\n".utf8),
                "run/assess/reliability.svg": bytes, "run/assess/conformal.svg": bytes,
            ]))
        #expect(try folder.run(["report", "run", "--out", "p.html"]).status == 0)
        let text = try page(folder, "p.html")
        #expect(text.contains("alt=\"reliability\"") && !text.contains("alt=\"conformal\""))
        #expect(text.contains("The picture conformal would make this page too large"))
    }
}
