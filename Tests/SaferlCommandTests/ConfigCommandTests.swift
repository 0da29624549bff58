import Foundation
import SafeRL
import SaferlCommand
import ShippedConfigurations
import Testing

/// `saferl config` and the way a configuration is found, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ConfigCommandTests {
    private let mine: [String: [UInt8]] = [
        "Configs/my.json": Array(
            #"{"algorithm": "fisor", "environment": "point-robot", "schedule": {"steps": 9}}"#.utf8)
    ]

    @Test func whatIsShownIsAConfigurationThatShowsTheSame() throws {
        let first = try CommandProcess.run(
            ["config", "show", "configs/MY.json", "--set", "seed=3"], files: mine)
        #expect(first.status == 0)
        #expect(first.errors == "")
        let shown = try JSONValue(parsing: Array(first.output.utf8))
        #expect(shown["schedule"]?["steps"]?.number?.int == 9)
        #expect(shown["schedule"]?["log"]?.number?.int == 100)
        #expect(shown["seed"]?.number?.int == 3)
        let again = try CommandProcess.run(
            ["config", "show", "again.json"], files: ["again.json": Array(first.output.utf8)])
        #expect(again.output == first.output)
    }

    @Test func everyValueIsShownWithItsSource() throws {
        let arguments = ["config", "show", "configs/my.json", "--sources", "--set", "schedule.log=7"]
        let lines = try CommandProcess.run(arguments, files: mine).output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(lines.contains("schedule.steps = 9 Configs/my.json:1:76"))
        #expect(lines.contains("schedule.log = 7 --set schedule.log=7"))
        #expect(lines.contains("schedule.keep = 2 default"))
    }

    @Test func aKeyIsExplainedWithItsValueHereAndTheReason() throws {
        let plain = try CommandProcess.run(["config", "explain", "schedule.steps"], files: [:])
        #expect(
            plain.output == """
                schedule.steps: Number of updates.
                  allowed  a whole number from 1 to 1000000000
                  default  12000

                """)
        let here = try CommandProcess.run(
            ["config", "explain", "schedule.steps", "--file", "configs/my.json"], files: mine)
        #expect(here.output == plain.output + "  value    9 (Configs/my.json:1:76)\n")
        let group = try CommandProcess.run(["config", "explain", "data.collect"], files: [:])
        #expect(
            group.output == """
                data.collect: How data is collected without a file.
                  data.collect.behaviour    A behaviour of the environment, such as "random"; "" is its first.
                  data.collect.transitions  Transitions to collect, where "episodes" is 0; 0 is as many as the environment's standard set.
                  data.collect.episodes     Whole episodes to collect; 0 collects by "transitions".
                  data.collect.seed         Decides starts, actions and noise.

                """)
    }

    @Test func aChoiceIsExplainedWithTheKeysOfItsAlternatives() throws {
        let choice = try CommandProcess.run(["config", "explain", "ogsrl.warmStart"], files: [:])
        #expect(
            choice.output == """
                ogsrl.warmStart: What the policy starts from: a clone of the recorded behaviour, or nothing.
                  allowed  "none" or "cloning"
                  default  "none"
                  ogsrl.warmStart.updates  cloning: Updates that it takes, of schedule.steps; in a table 1.

                """)
        let former = try CommandProcess.run(["config", "explain", "ogsrl.visits"], files: [:])
        #expect(
            former.output == """
                ogsrl.visits: now called ogsrl.guardian.visits.
                ogsrl.guardian.visits: Recorded visits from which on a pair is inside.
                  allowed  a whole number from 1 to 100000000
                  default  1

                """)
    }

    @Test func aFormerKeyThatSeveralAlternativesTookOverIsExplainedWithAllOfThem() throws {
        let former = try CommandProcess.run(["config", "explain", "ogsrl.shrinkage"], files: [:])
        #expect(
            former.output == """
                ogsrl.shrinkage: now called ogsrl.optimiser.advantages.shrinkage or ogsrl.optimiser.shrinkage.
                ogsrl.optimiser.advantages.shrinkage: Pseudo-records that draw a pair's law towards its state's (m).
                  allowed  a number in (0, 1000000000]
                  default  100
                ogsrl.optimiser.shrinkage: Pseudo-records that draw a pair's law towards its state's (m).
                  allowed  a number in (0, 1000000000]
                  default  100

                """)
    }

    /// What a run prints in full is a configuration, whatever it says of keys without effect.
    @Test(arguments: [
        ["ogsrl-icu-sepsis.json", "--set", "ogsrl.guardian=none", "--set", "ogsrl.optimiser=trpo"],
        ["ogsrl.json", "--set", "ogsrl.optimiser=cpo"], ["ogsrl-dsrl.json", "--set", "ogsrl.actions=finite"],
        ["fisor.json", "--set", "fisor.objective=cloning", "--set", "fisor.choice=first"],
        ["hcrlhf-hub.json", "--set", "hcrlhf.model.directory=", "--set", "hcrlhf.model.rank=0"],
    ])
    func whatIsShownIsAConfiguration(_ arguments: [String]) throws {
        let shown = try CommandProcess.run(["config", "show"] + arguments, files: [:])
        #expect(shown.status == 0 && shown.errors == "", "\(shown.errors)")
        let again = try CommandProcess.run(
            ["config", "show", "my.json"], files: ["my.json": Array(shown.output.utf8)])
        #expect(again.output == shown.output && again.errors == "", "\(again.errors)")
    }

    @Test func aFormerKeyIsReadWithOneWarning() throws {
        let arguments = ["config", "show", "ogsrl.json", "--sources"]
        let former = try CommandProcess.run(
            arguments + ["--set", "ogsrl.visits=7", "--set", "ogsrl.visits=8"], files: [:])
        #expect(former.status == 0)
        #expect(
            former.errors
                == "warning: --set ogsrl.visits=7: ogsrl.visits is now called ogsrl.guardian.visits; the next version "
                + "will not know the former name.\n")
        let lines = former.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(lines.contains("ogsrl.guardian.visits = 8 --set ogsrl.visits=8"))
        #expect(
            lines.contains { $0.hasPrefix(#"ogsrl.guardian = "count" ogsrl.json (shipped with saferl):"#) })
        #expect(!lines.contains { $0.hasPrefix("ogsrl.guardian.bandwidth") })
    }

    @Test func theBinaryAloneHasTheShippedConfigurations() throws {
        let bare = try CommandProcess.run(["config", "show"], files: [:])
        #expect(bare.status == 0)
        #expect(try CommandProcess.run(["config", "show", "configs/fisor.json"], files: [:]) == bare)
    }

    @Test(arguments: ShippedConfigurations.texts.keys.sorted())
    func everyShippedConfigurationCanBeUsed(_ name: String) throws {
        let result = try CommandProcess.run(["config", "show", name], files: [:])
        #expect(result.status == 0 && result.errors == "")
    }

    @Test func theMachineIsDescribedInTextAndInJSON() throws {
        let json = try CommandProcess.run(["doctor", "--json"], files: [:])
        let facts = try JSONValue(parsing: Array(json.output.utf8))
        #expect(facts["saferl"]?.string == Saferl.version)
        #expect(facts["z3"]?.string?.isEmpty == false)
        let text = try CommandProcess.run(["doctor"], files: [:]).output
        for member in facts.members ?? [] {
            #expect(text.contains("\n\(member.key) ") || text.hasPrefix(member.key))
        }
    }

    @Test func aMachineWithoutZ3IsDescribedToo() throws {
        let shell = "export SAFERL_Z3_LIBRARY=/nowhere/libz3.so"
        let result = try CommandFolder([:]).run(["doctor"], shell: shell)
        #expect(result.status == 0 && result.errors == "")
        let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("z3 ") })
        #expect(line.contains("none") && line.contains("/nowhere/libz3.so"))
    }
}
