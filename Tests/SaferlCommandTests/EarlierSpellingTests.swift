import Foundation
import SafeRL
import Storage
import Testing

/// Runs whose configuration is stored in the keys of a version between: settings of some choices stood within them already,
/// those of others beside them still.
@Suite(.enabled(if: CommandProcess.binary != nil))
struct EarlierSpellingTests {
    /// The section of the algorithm as that version wrote it for the run under `EarlierRuns`.
    private static let sections = [
        "ogsrl": """
        {"guardian": {"kind": "count", "visits": 1, "calibrationShare": 0}, "history": 0, "model": "tabular",
         "clipsActions": false, "mode": "reject", "budgets": {"o2-low": 2, "sbp-low": 2}, "discountsCosts": false,
         "budgetsPer": "rollout", "starts": "first", "optimiser": "cpo", "actions": "finite", "inputs": "table",
         "proposals": "any", "warmStart": "none", "widths": [4], "advantages": "sampled", "rollouts": 20,
         "horizon": 20, "discount": 1, "trace": 0.97, "divergence": 0.02, "damping": 0.1, "valueRate": 0.001,
         "shrinkage": 100, "leastRecords": 10, "reportRollouts": 2000, "confidence": 0.95, "testShare": 0,
         "samples": true}
        """,
        "hcrlhf": """
        {"files": {"helpfulness": "", "harmlessness": "", "demonstrations": ""},
         "synthetic": {"pairs": 3000, "demonstrations": 0, "corrupted": 0},
         "split": {"heldOut": 0.5, "candidate": 0.4, "validation": 0.1, "matching": "exact"},
         "model": {"directory": "", "hidden": 8, "intermediate": 16, "layers": 1, "heads": 2, "keyValueHeads": 1,
                   "vocabulary": 640, "tokens": 160, "rank": 0, "alpha": 16},
         "sampling": {"temperature": 1, "topK": 0, "topP": 1, "repetitionPenalty": 1, "tokens": 112},
         "fineTuning": {"updates": 10, "batch": 16, "rate": 0.002, "decay": 0},
         "preference": {"reward": {"updates": 5, "batch": 16, "rate": 0.001, "decay": 0.1},
                        "cost": {"updates": 5, "batch": 16, "rate": 0.001, "decay": 0.1},
                        "regularisation": 0.001, "signTerms": true, "tokenWise": false},
         "candidate": {"method": "hc-rlhf", "prompts": 200, "batch": 4, "microBatch": 4, "samples": 2, "rate": 0.0002,
                       "decay": 0.01, "divergencePenalty": 0.5, "rewardLimit": 50, "languageLoss": 0.5,
                       "sampleFactor": 4, "testFactor": 2, "counting": "buffer", "multiplier": 1,
                       "multiplierRate": 0.05, "largestMultiplier": 10, "buffer": 256},
         "test": {"prompts": 0, "batch": 32, "delta": 0.1, "limit": 0, "scale": "squashed", "bound": "betting",
                  "leastAccuracy": 0.5, "largestDivergence": 0}}
        """,
    ]

    /// The run with its configuration said anew, and the digest of it in the manifests of run and checkpoint.
    private static func folder(_ algorithm: String) throws -> CommandFolder {
        let folder = try EarlierRunTests.folder(algorithm)
        let place = folder.path("run/config.resolved.json")
        let stored = try JSONValue(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: place))))
        let section = try JSONValue(parsing: Array(try #require(sections[algorithm]).utf8))
        let members = (stored.members ?? []).map { ($0.key, $0.key == algorithm ? section : $0.value) }
        let text = JSONValue.object(members).pretty
        let before = try ConfigurationFingerprint(resolved: stored.pretty).hash
        let after = try ConfigurationFingerprint(resolved: text).hash
        #expect(before != after)
        try text.write(toFile: place, atomically: true, encoding: .utf8)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path("run"))
        let manifests = paths.filter { $0.hasSuffix("manifest.json") }
        #expect(manifests.count == 2)
        for manifest in manifests.map({ folder.path("run/" + $0) }) {
            let described = try String(contentsOfFile: manifest, encoding: .utf8)
            #expect(described.contains(before))
            try sealed(described.replacing(before, with: after)).write(
                toFile: manifest, atomically: true, encoding: .utf8)
        }
        return folder
    }

    /// A checkpoint's manifest with the digest of its lines; another one as it is.
    private static func sealed(_ manifest: String) -> String {
        guard let end = manifest.firstRange(of: "  \"manifest_sha256\"")?.lowerBound else { return manifest }
        let body = manifest[..<end]
        return body + "  \"manifest_sha256\": \"\(SHA256.hexadecimal(of: body.utf8))\"\n}\n"
    }

    @Test(arguments: sections.keys.sorted()) func itGoesOnAsItBegan(_ algorithm: String) throws {
        let folder = try Self.folder(algorithm)
        let run = try #require(EarlierRunTests.earlier.first { $0.algorithm == algorithm })
        let result = try folder.run(["resume", "run", "--quiet"])
        #expect(result.status == run.ending && !result.errors.contains("now called"), "\(result.errors)")
        try run.expectState(in: folder)
        for arguments in [
            ["evaluate", "run", "--episodes", "4"],
            ["certify", "run", "--episodes", "60", "--limit", "100", "--delta", "0.1"],
        ] {
            let again = try folder.run(arguments)
            #expect((run.acts ? [0, 3] : [64]).contains(again.status), "\(again.errors)")
        }
    }

    /// What is stored in former keys is no different configuration, and is written in today's where it changes.
    @Test func itMayBeTrainedLonger() throws {
        let folder = try Self.folder("ogsrl")
        let result = try folder.run(["resume", "run", "--quiet", "--set", "schedule.steps=62"])
        #expect(result.status == 0, "\(result.errors)")
        let rewritten = try String(contentsOfFile: folder.path("run/config.resolved.json"), encoding: .utf8)
        #expect(rewritten.contains(#""kind": "sampled""#))
        let again = try folder.run(["resume", "run", "--quiet"])
        #expect(again.status == 0 && again.errors == "", "\(again.errors)")
    }
}
