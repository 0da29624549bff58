import Foundation
import Testing

/// Seeds are numbers of 64 bits in options, overrides, manifests and reports.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct SeedCommandTests {
    @Test func allSeedsOf64BitsAreTaken() throws {
        let (largest, half) = ("18446744073709551615", "9223372036854775808")
        let text = """
            {"algorithm": "bc", "schedule": {"steps": 2e0, "log": 1, "checkpoint": 1}, "bc": {"widths": [4], "rows": 8},
             "environment": "point-robot", "seed": \(largest), "evaluation": {"episodes": 2, "seed": \(half)}}
            """
        let folder = try CommandFolder(["bc.json": Array(text.utf8)])
        for command in [
            ["collect", "point-robot", "--episodes", "2", "--seed", largest, "--out", "a.hdf5"],
            [
                "train", "bc.json", "--set", "data.file=a.hdf5", "--set", "data.collect.seed=1e19", "--run",
                "run", "--quiet",
            ],
            ["resume", "run", "--quiet"],
            ["evaluate", "run", "--episodes", "2", "--seed", largest, "--json"],
        ] {
            let result = try folder.run(command)
            #expect(result.status == 0, "\(command.joined(separator: " ")): \(result.errors)")
        }
        let manifest = try String(contentsOfFile: folder.path("run/manifest.json"), encoding: .utf8)
        #expect(manifest.contains(largest))
        let resolved = try String(contentsOfFile: folder.path("run/config.resolved.json"), encoding: .utf8)
        #expect(resolved.contains("\"seed\": \(half)") && resolved.contains("\"seed\": 10000000000000000000"))
    }
}
