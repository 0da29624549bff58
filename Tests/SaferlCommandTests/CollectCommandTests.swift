import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl collect` and `data.collect`, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct CollectCommandTests {
    @Test func aBehaviourIsRecordedForSoManyEpisodes() throws {
        let folder = try CommandFolder([:])
        let result = try folder.run(
            ["collect", "point-robot", "--behaviour", "controller", "--episodes", "5", "--out", "a.hdf5"])
        #expect(result.status == 0 && result.errors == "")
        let dataset = try TransitionDataset(contentsOf: folder.path("a.hdf5"))
        #expect(dataset.episodes.count == 5 && dataset.unendedTail == nil)
        #expect(
            result.output == "a.hdf5: \(dataset.count) transitions, 5 episodes. See \"saferl data info\".\n")
        #expect(!dataset.hasNamedCosts)
    }

    @Test func equalArgumentsGiveEqualBytesAndTheFirstBehaviourIsTheDefault() throws {
        let folder = try CommandFolder([:])
        for (name, more) in [
            ("a", []), ("b", ["--behaviour", "standard"]), ("c", ["--behaviour", "random"]),
            ("d", ["--seed", "2"]),
        ] as [(String, [String])] {
            let arguments = ["collect", "point-robot", "--transitions", "300", "--out", name] + more
            #expect(try folder.run(arguments).status == 0)
        }
        let files = try folder.contents()
        #expect(files["a"] == files["b"] && files["a"] != files["c"] && files["a"] != files["d"])
    }

    @Test func aFileThatIsThereIsReplacedWhereThatIsAskedFor() throws {
        let folder = try CommandFolder(["a.hdf5": Array("mine".utf8)])
        let words = ["collect", "point-robot", "--transitions", "300", "--out", "a.hdf5"]
        let refused = try folder.run(words)
        #expect(
            refused.errors == "a.hdf5: there already. Add --force to replace it, or name another file.\n")
        #expect(refused.status == CommandStatus.cannotCreate.rawValue)
        #expect(try folder.contents()["a.hdf5"] == Array("mine".utf8))
        #expect(try folder.run(words + ["--force"]).status == 0)
        #expect(try TransitionDataset(contentsOf: folder.path("a.hdf5")).count == 300)
    }

    @Test func theListShowsBehavioursAndChannels() throws {
        let folder = try CommandFolder([:])
        let line = try folder.run(["env", "list"]).output.split(separator: "\n").first {
            $0.hasPrefix("point-robot ")
        }
        #expect(line?.hasSuffix("at most 300 steps, behaviours: standard, random, controller") == true)
        let list = try JSONValue(parsing: Array(folder.run(["env", "list", "--json"]).output.utf8))
        guard case .list(let entries) = list.content else { throw CocoaError(.fileReadCorruptFile) }
        #expect(entries.first?["costs"]?.compact == #"["cost"]"#)
    }

    @Test func aRunCollectsWhatItsConfigurationSays() throws {
        let text = """
            {"algorithm": "fisor", "environment": "point-robot",
             "data": {"collect": {"behaviour": "controller", "episodes": 4, "seed": 3}},
             "schedule": {"steps": 5, "log": 5, "checkpoint": 5}, "fisor": \(TinyRun.options),
             "evaluation": {"episodes": 1}}
            """
        let folder = try CommandFolder(["my.json": Array(text.utf8)])
        let result = try folder.run(["train", "my.json", "--run", "run"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.contains("data: collected from point-robot (controller): 4 episodes, seed 3 ("))
        #expect(
            try folder.run(
                [
                    "collect", "point-robot", "--behaviour", "controller", "--episodes", "4", "--seed", "3",
                    "--out", "a",
                ]
            ).status == 0)
        let dataset = try TransitionDataset(contentsOf: folder.path("a"))
        #expect(result.output.contains("(\(dataset.count) transitions, 4 episodes)"))
    }

    @Test func aRunFromBeforeBehavioursHadNamesGoesOn() throws {
        let text = """
            {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 50}},
             "schedule": {"steps": 5, "log": 5, "checkpoint": 5}, "fisor": \(TinyRun.options),
             "evaluation": {"episodes": 1}}
            """
        let folder = try CommandFolder(["my.json": Array(text.utf8)])
        #expect(try folder.run(["train", "my.json", "--run", "run", "--quiet"]).status == 0)
        let resolved = folder.path("run/config.resolved.json")
        var old = try String(contentsOfFile: resolved, encoding: .utf8)
        for line in ["\"behaviour\": \"\",", "\"episodes\": 0,"] {
            #expect(old.contains(line))
            old = old.replacing(line, with: "")
        }
        try old.write(toFile: resolved, atomically: true, encoding: .utf8)
        let result = try folder.run(["resume", "run"])
        #expect(result.status == 0, "\(result.errors)")
    }
}
