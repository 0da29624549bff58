import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Actions that are choices, from the recording to the certificate, through the whole command line.
@Suite struct ChoiceCommandTests {
    private let registry = Registry.builtIn.adding(environments: [Crossing.self], algorithms: [])

    private func saferl(_ arguments: String...) -> CommandStatus {
        for _ in 0..<100 {
            let status = Saferl.run(arguments, registry: registry)
            // Processes that other tests start hold a copy of a run's lock for a moment.
            if status != .cannotCreate { return status }
            usleep(20_000)
        }
        return .cannotCreate
    }

    private static let bc = """
        {"algorithm": "bc", "environment": "crossing", "schedule": {"steps": 800, "log": 200, "checkpoint": 400},
         "evaluation": {"episodes": 60}, "bc": {"rows": 128, "widths": [32], "learningRate": 0.01}}
        """

    private static func ogsrl(
        _ options: String,
        learning: String = #""widths": [16], "optimiser": {"advantages": {"rollouts": 16}},"#
    ) -> String {
        """
        {"algorithm": "ogsrl", "environment": "crossing", "data": {"collect": {"behaviour": "hasty"}},
         "schedule": {"steps": 30, "log": 10, "checkpoint": 15}, "evaluation": {"episodes": 60},
         "ogsrl": {"reportRollouts": 50, \(learning) \(options)}}
        """
    }

    @Test func choicesAreRecordedAsTheirNumbersAndTheFileSaysSo() throws {
        let folder = try CommandFolder([:])
        for behaviour in ["careful", "hasty", "random"] {
            let file = folder.path("\(behaviour).hdf5")
            #expect(
                saferl("collect", "crossing", "--behaviour", behaviour, "--transitions", "600", "--out", file)
                    == .success)
            let data = try TransitionDataset(contentsOf: file)
            #expect((data.actionSize, data.actionChoices, data.count) == (1, 5, 600))
            #expect(Set(data.actions) == [0, 1, 2, 3, 4])
            #expect(data.costChannels.map(\.name) == ["traffic"])
        }
        #expect(saferl("collect", "crossing", "--out", folder.path("standard.hdf5")) == .success)
        let standard = try TransitionDataset(contentsOf: folder.path("standard.hdf5"))
        #expect(standard.count == 4_000)
        guard CommandProcess.binary != nil else { return }
        let info = try folder.run(["data", "info", "careful.hdf5"])
        #expect(info.output.contains("values        2 a state, an action is one of 5 choices\n"), "\(info)")
        let json = try folder.run(["data", "info", "careful.hdf5", "--json"])
        #expect(json.output.contains(#""action_choices" : 5"#), "\(json)")
    }

    @Test(
        arguments: [
            ("bc", bc),
            (
                "ogsrl-table",
                ogsrl(
                    #""guardian": {"kind": "count", "visits": 3}, "mode": "reject", "model": "tabular", "inputs": "table""#
                )
            ),
            (
                "ogsrl-exact",
                ogsrl(
                    #""guardian": "count", "mode": "reject", "model": "tabular", "inputs": "table","#
                        + #" "optimiser": "exact", "budgets": {"traffic": 20}, "discountsCosts": true"#,
                    learning: "")
            ),
            ("ogsrl-nearest", ogsrl(#""budgets": {"traffic": 0.5}"#)),
            (
                "ogsrl-ensemble",
                ogsrl(
                    #""model": {"kind": "ensemble", "updates": 12, "members": 2, "elites": 1, "widths": [8]},"#
                        + #" "guardian": "neighbours""#)
            ),
        ])
    func theyAreLearnedEvaluatedAndCertified(_ name: String, _ text: String) throws {
        let folder = try CommandFolder(["my.json": Array(text.utf8)])
        let (file, run) = (folder.path("my.json"), folder.path("run"))
        #expect(saferl("train", file, "--run", run, "--quiet") == .success)
        let report = try Report(run + "/evaluation/report.json")
        #expect(report["episodes"] == 60)
        #expect(saferl("evaluate", run, "--out", folder.path("again")) == .success)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder.path("again/episodes.jsonl")))
                == Data(contentsOf: URL(fileURLWithPath: run + "/evaluation/episodes.jsonl")))
        let certified = saferl(
            "certify", run, "--episodes", "400", "--limit", "6", "--delta", "0.05", "--channel", "traffic")
        #expect(certified == .success || (certified == .noSolutionFound && name != "bc"))
        if name == "bc" {
            // The careful cross in every episode, and the noise of their choices is not imitated.
            #expect(report["terminated_share"] == 1)
            #expect(try #require(report["violation_free_share"]) == 1)
        }
    }

    @Test func theSameRunTwiceGivesTheSameBytes() throws {
        let folder = try CommandFolder(["my.json": Array(Self.bc.utf8)])
        for run in ["a", "b"] {
            let (file, place) = (folder.path("my.json"), folder.path(run))
            #expect(
                saferl("train", file, "--run", place, "--quiet", "--set", "schedule.steps=60") == .success)
        }
        let files = try folder.contents()
        let states = files.keys.filter { $0.hasPrefix("a/") && $0.hasSuffix("state.safetensors") }
        #expect(!states.isEmpty)
        for state in states { #expect(files[state] == files["b" + state.dropFirst()]) }
    }

    @Test(.enabled(if: CommandProcess.binary != nil))
    func aMethodThatDoesNotLearnThemIsRefusedByName() throws {
        let text = #"{"algorithm": "fisor", "data": {"file": "a.hdf5"}}"#
        let folder = try CommandFolder(["my.json": Array(text.utf8)])
        #expect(
            saferl("collect", "crossing", "--transitions", "300", "--out", folder.path("a.hdf5")) == .success)
        let result = try folder.run(["train", "my.json", "--run", "run"])
        #expect(
            result.errors.split(separator: "\n").last.map(String.init)
                == "my.json:1:15: algorithm = \"fisor\": \"fisor\" learns actions of real numbers, and the data's are "
                + "one of 5 choices. Algorithms that learn choices: \"bc\", \"ogsrl\".")
        #expect(result.status == CommandStatus.configuration.rawValue)
        #expect(result.files == ["a.hdf5", "my.json"])
        // The remedy, on the very file.
        let learned = try folder.run(
            ["train", "my.json", "--set", "algorithm=bc", "--set", "schedule.steps=5", "--run", "run"])
        #expect(learned.status == 0, "\(learned.errors)")
    }

    @Test func whatIsOfAnotherKindIsNoPlaceToActIn() throws {
        let folder = try CommandFolder(["my.json": Array(Self.bc.utf8)])
        let (file, run) = (folder.path("my.json"), folder.path("run"))
        #expect(saferl("train", file, "--run", run, "--quiet", "--set", "schedule.steps=4") == .success)
        #expect(saferl("evaluate", run, "--environment", "point-robot") == .configuration)
        let other = [
            "train", file, "--run", folder.path("other"), "--set", "evaluation.environment=point-robot",
        ]
        #expect(Saferl.run(other, registry: registry) == .configuration)
        #expect(!(try folder.paths()).contains("other"))
    }
}
