import SafeRL
import Testing

/// The file over the defaults, `--set` over the file, and every refusal in full.
@Suite struct ConfigurationOverlayTests {
    /// Options such as an algorithm has.
    struct Toy: Defaulted, Equatable {
        enum Choice: String, Codable, Sendable { case safest, mostRewarding }
        @Setting(.open(0, 1), "Expectile.") var expectile: Float = 0.9
        @Setting(.open(0, 1), "Discount.") var discount: Float = 0.99
        @Setting(.above(0), "alpha.") var feasibilityTemperature: Float = 5
        @Setting("Widths.") var hidden = [256, 256]
        @Setting("Clip.") var clipped = true
        @Setting(oneOf: [.safest, .mostRewarding], "Which candidate to take.") var actionChoice = Choice
            .safest
        @Setting(0...100, "Budgets.") var budgets: [String: Double] = [:]
        @Setting("Rows.") var batch = Batch()

        func validate() throws { try batch.validate(under: "batch") }
    }

    struct Batch: Defaulted, Equatable {
        @Setting(1...65_536, "Rows for the policy.") var policy = 1024
        @Setting(1...Int.max, "Rows for the critics.") var critics = 256

        func validate() throws {
            if critics > policy {
                throw OptionIssue("critics", "more than batch.policy, \(policy). Lower it.")
            }
        }
    }

    private func resolve(_ text: String, _ overrides: [String] = []) throws -> ResolvedRun<Toy> {
        let file = ConfigurationFile(name: "Configs/x.json", bytes: Array(text.utf8))
        let document = try RunDocument(file, overriding: overrides)
        let names = ["toy", "ogsrl"]
        return try document.resolve(Toy.self, of: try document.algorithm(among: names), among: names)
    }

    private func fault(_ text: String, _ overrides: [String] = []) -> String {
        do {
            return "accepted: \(try resolve(text, overrides).resolvedJSON().compact)"
        } catch {
            return "\(error)"
        }
    }

    private static let plain = #"{"algorithm": "toy", "environment": "point-robot"}"#

    @Test func whatTheFileDoesNotSayIsTheDefault() throws {
        let run = try resolve(Self.plain)
        #expect(run.options == Toy())
        var expected = RunConfiguration()
        (expected.algorithm, expected.environment) = ("toy", "point-robot")
        #expect(run.run == expected)
        #expect(run.algorithm == "toy")
    }

    @Test func aWholeNumberMayBeWrittenWithAnExponent() throws {
        let text = #"""
            {"algorithm": "toy", "environment": "e", "schedule": {"steps": 2.5e4},
             "toy": {"hidden": [1e2, 64.0], "batch": {"critics": 1e2}}}
            """#
        let run = try resolve(text, ["schedule.log=1e2"])
        #expect(run.run.schedule.steps == 25_000 && run.run.schedule.log == 100)
        #expect(run.options.hidden == [100, 64] && run.options.batch.critics == 100)
        #expect(run.resolvedJSON()["schedule"]?["steps"]?.compact == "25000")
    }

    @Test func seedsMayHaveAll64Bits() throws {
        let text = #"{"algorithm": "toy", "environment": "e", "seed": 18446744073709551615}"#
        let run = try resolve(text, ["data.collect.seed=9223372036854775808", "evaluation.seed=1e19"])
        #expect(run.run.seed == .max && run.run.data.collect.seed == 1 << 63)
        #expect(run.run.evaluation.seed == 10_000_000_000_000_000_000)
        #expect(try resolve(run.resolvedJSON().pretty).run == run.run)
    }

    @Test func numbersUnderNamesThatTheUserChooses() throws {
        let text = #"{"algorithm": "toy", "environment": "e", "toy": {"budgets": {"b": 2, "a": 0.5}}}"#
        #expect(try resolve(text).options.budgets == ["a": 0.5, "b": 2])
        let run = try resolve(text, ["toy.budgets.c=3", "toy.budgets.a=1", "toy.budgets={\"d\": 4}"])
        #expect(run.options.budgets == ["a": 1, "b": 2, "c": 3, "d": 4])
        let resolved = run.resolvedJSON()
        #expect(resolved["toy"]?["budgets"]?.compact == #"{"a": 1, "b": 2, "c": 3, "d": 4}"#)
        // What a run directory keeps can be read again.
        #expect(try resolve(resolved.pretty).options.budgets == run.options.budgets)
        let allowed =
            #"must be an object of names with numbers in [0, 100], such as {"speed": 0}. The default is {}."#
        #expect(
            fault(#"{"algorithm": "toy", "environment": "e", "toy": {"budgets": {"a": -1}}}"#)
                == #"Configs/x.json:1:61: toy.budgets = {"a": -1}: \#(allowed)"#)
        #expect(
            fault(text, ["toy.budgets.a=much"])
                == #"--set toy.budgets.a=much: toy.budgets = {"a": "much"}: \#(allowed)"#)
        #expect(
            fault(text, ["toy.budgets.a.b=1"])
                == #"--set toy.budgets.a.b=1: "toy.budgets" has no keys of its own."#)
    }

    @Test func everyValueKnowsWhereItCameFrom() throws {
        let text = """
            {"algorithm": "toy", "environment": "point-robot",
             "schedule": {"steps": 7, "log": 3},
             "toy": {"expectile": 0.7, "hidden": [64], "batch": {"critics": 8}}}
            """
        let run = try resolve(
            text, ["schedule.log=4", "toy.actionChoice=mostRewarding", "toy.clipped=false"])
        #expect(run.run.schedule.steps == 7)
        #expect(run.run.schedule.log == 4)
        #expect(run.options.expectile == 0.7)
        #expect(run.options.hidden == [64])
        #expect(
            run.options.batch
                == {
                    var batch = Batch(); batch.critics = 8; return batch
                }())
        #expect(run.options.actionChoice == .mostRewarding)
        #expect(!run.options.clipped)
        #expect(run.source(of: "schedule.steps").description == "Configs/x.json:2:24")
        #expect(run.source(of: "schedule.log").description == "--set schedule.log=4")
        #expect(run.source(of: "toy.batch.critics").description == "Configs/x.json:3:65")
        #expect(run.source(of: "toy.batch.policy").description == "default")
        #expect(run.source(of: "toy.hidden").description == "Configs/x.json:3:38")
    }

    @Test func theResolvedConfigurationIsCompleteAndReadsBackEqual() throws {
        let run = try resolve(Self.plain, ["toy.expectile=0.30000001192092896", "seed=9223372036854775807"])
        let text = run.resolvedJSON().pretty
        let back = try resolve(text)
        #expect(back.run == run.run)
        #expect(back.options == run.options)
        #expect(back.resolvedJSON().pretty == text)
        #expect(
            text == """
                {
                  "algorithm": "toy",
                  "seed": 9223372036854775807,
                  "environment": "point-robot",
                  "data": {
                    "file": "",
                    "task": "auto",
                    "actions": "auto",
                    "rewards": "raw",
                    "normalizeObservations": false,
                    "collect": {
                      "behaviour": "",
                      "transitions": 0,
                      "episodes": 0,
                      "seed": 1
                    },
                    "allow": ""
                  },
                  "guard": {
                    "rules": "",
                    "react": "project,fallback,stop",
                    "fallback": "",
                    "reward": "task",
                    "monitor": "",
                    "returnDeviation": 1
                  },
                  "schedule": {
                    "steps": 12000,
                    "log": 100,
                    "checkpoint": 1000,
                    "keep": 2
                  },
                  "precision": "float32",
                  "evaluation": {
                    "environment": "",
                    "episodes": 100,
                    "seed": 1000,
                    "confidence": 0.95,
                    "costLimit": -1,
                    "workers": 0,
                    "retries": 0,
                    "interval": 0,
                    "intervalEpisodes": 0
                  },
                  "parallel": {
                    "shards": 0,
                    "timeout": 300
                  },
                  "toy": {
                    "expectile": 0.3,
                    "discount": 0.99,
                    "feasibilityTemperature": 5,
                    "hidden": [256, 256],
                    "clipped": true,
                    "actionChoice": "safest",
                    "budgets": {},
                    "batch": {
                      "policy": 1024,
                      "critics": 256
                    }
                  }
                }

                """)
    }

    @Test(arguments: [
        (
            #""toy": {"feasibilityTemprature": 3}"#,
            #"Configs/x.json:2:10: toy.feasibilityTemprature: unknown key. Did you mean "feasibilityTemperature"?"#
        ),
        (#""sead": 3"#, #"Configs/x.json:2:2: sead: unknown key. Did you mean "seed"?"#),
        (
            #""episodes": 3"#,
            #"Configs/x.json:2:2: episodes: unknown key. Did you mean "evaluation.episodes"?"#
        ),
        (
            #""schedule": {"zzz": 3}"#,
            "Configs/x.json:2:15: schedule.zzz: unknown key. Known keys: steps, log, checkpoint, keep."
        ),
        (
            "\"a\\nb\": 3",
            #"Configs/x.json:2:2: a\nb: unknown key. Known keys: algorithm, seed, environment, data, guard, "#
                + "schedule, precision, evaluation, parallel, toy."
        ),
        (
            #""toy": {"expectile": 1.4}"#,
            "Configs/x.json:2:23: toy.expectile = 1.4: must be a number in (0, 1). The default is 0.9."
        ),
        (
            #""toy": {"expectile": "high"}"#,
            #"Configs/x.json:2:23: toy.expectile = "high": must be a number in (0, 1). The default is 0.9."#
        ),
        (
            #""toy": {"feasibilityTemperature": 0}"#,
            "Configs/x.json:2:36: toy.feasibilityTemperature = 0: must be a number greater than 0. The default is 5."
        ),
        (
            #""toy": {"feasibilityTemperature": 1e300}"#,
            "Configs/x.json:2:36: toy.feasibilityTemperature = 1e300: too large for single precision."
        ),
        (
            #""toy": {"discount": 0.9999999999}"#,
            "Configs/x.json:2:22: toy.discount = 0.9999999999: must be a number in (0, 1), but is rounded to 1."
        ),
        (
            #""schedule": {"steps": 3.7}"#,
            "Configs/x.json:2:24: schedule.steps = 3.7: must be a whole number from 1 to 1000000000. "
                + "The default is 12000."
        ),
        (
            #""schedule": {"steps": null}"#,
            "Configs/x.json:2:24: schedule.steps = null: must be a whole number from 1 to 1000000000. "
                + "The default is 12000."
        ),
        (#""schedule": 12"#, "Configs/x.json:2:14: schedule = 12: must be an object in braces."),
        (
            #""seed": -1"#,
            "Configs/x.json:2:10: seed = -1: must be a whole number from 0 to 18446744073709551615. The default is 0."
        ),
        (
            #""toy": {"hidden": []}"#,
            "Configs/x.json:2:20: toy.hidden = []: must be a list of 1 to 64 whole numbers from 1 to 1000000, "
                + "such as [256, 256]. The default is [256, 256]."
        ),
        (
            #""toy": {"hidden": [64, -1]}"#,
            "Configs/x.json:2:20: toy.hidden = [64, -1]: must be a list of 1 to 64 whole numbers from 1 to 1000000, "
                + "such as [256, 256]. The default is [256, 256]."
        ),
        (
            #""toy": {"clipped": 1}"#,
            "Configs/x.json:2:21: toy.clipped = 1: must be true or false. The default is true."
        ),
        (
            #""toy": {"actionChoice": "safst"}"#,
            #"Configs/x.json:2:26: toy.actionChoice = "safst": must be "safest" or "mostRewarding". "#
                + #"Did you mean "safest"?"#
        ),
        (
            #""data": {"file": 3}"#,
            #"Configs/x.json:2:19: data.file = 3: must be text in quotation marks. The default is ""."#
        ),
        (
            #""toy": {"batch": {"critics": 2048}}"#,
            "Configs/x.json:2:31: toy.batch.critics = 2048: more than batch.policy, 1024. Lower it."
        ),
        (
            #""toy": {"batch": {"policy": 16}}"#,
            "Configs/x.json: toy.batch.critics: more than batch.policy, 16. Lower it."
        ),
        (
            #""ogsrl": {}"#,
            #"Configs/x.json:2:2: ogsrl: options of an algorithm that this run, which trains "toy", does not have. "#
                + #"Remove them, or write "algorithm": "ogsrl"."#
        ),
        (
            #""data": {"rewards": "task", "task": "none"}"#,
            #"Configs/x.json:2:22: data.rewards = "task": "task" contradicts data that is collected from an "#
                + #"environment. Write "recorded" or "raw"."#
        ),
        (
            #""data": {"file": "a.hdf5", "rewards": "task", "task": "none"}"#,
            #"Configs/x.json:2:40: data.rewards = "task": "task" contradicts "task": "none". "#
                + #"Write "recorded" or "raw", or name the task."#
        ),
        (
            #""data": {"task": "SafetyBallRun-v0"}"#,
            #"Configs/x.json:2:19: data.task = "SafetyBallRun-v0": "SafetyBallRun-v0" contradicts data that is "#
                + #"collected from an environment. Write "none"."#
        ),
    ])
    func aWrongFileIsRefusedInOneSentence(_ member: String, _ expected: String) {
        #expect(fault("{\"algorithm\": \"toy\", \"environment\": \"point-robot\",\n \(member)}") == expected)
    }

    @Test(arguments: [
        ("toy.expectle=0.8", #"--set toy.expectle=0.8: unknown key. Did you mean "toy.expectile"?"#),
        ("episodes=5", #"--set episodes=5: unknown key. Did you mean "evaluation.episodes"?"#),
        (
            "schedule.steps",
            "--set schedule.steps: not a key and a value. Write key=value, such as schedule.steps=1000."
        ),
        ("=3", "--set =3: not a key and a value. Write key=value, such as schedule.steps=1000."),
        ("seed.x=3", #"--set seed.x=3: "seed" has no keys of its own."#),
        (
            "schedule.steps=many",
            "--set schedule.steps=many: must be a whole number from 1 to 1000000000. The default is 12000."
        ),
        ("toy.expectile=", "--set toy.expectile=: must be a number in (0, 1). The default is 0.9."),
        ("toy.expectile=NaN", "--set toy.expectile=NaN: must be a number in (0, 1). The default is 0.9."),
        (
            "toy.batch={\"critics\": 0}",
            "--set toy.batch={\"critics\": 0}: toy.batch.critics = 0: must be a whole number of at least 1. "
                + "The default is 256."
        ),
        ("toy.batch.critics=4096", "--set toy.batch.critics=4096: more than batch.policy, 1024. Lower it."),
        ("algorithm=tyo", #"--set algorithm=tyo: unknown algorithm. Did you mean "toy"?"#),
    ])
    func aWrongOverrideIsRefusedInOneSentence(_ override: String, _ expected: String) {
        #expect(fault(Self.plain, [override]) == expected)
    }

    @Test func theAlgorithmMustBeNamedAndKnown() {
        #expect(fault("{}") == "Configs/x.json: algorithm: no algorithm named. Known algorithms: toy, ogsrl.")
        #expect(
            fault(#"{"algorithm": "xyz"}"#)
                == #"Configs/x.json:1:15: algorithm = "xyz": unknown algorithm. Known algorithms: toy, ogsrl."#
        )
        #expect(
            fault(#"{"algorithm": "ogslr"}"#)
                == #"Configs/x.json:1:15: algorithm = "ogslr": unknown algorithm. Did you mean "ogsrl"?"#)
        #expect(
            fault(#"{"algorithm": 3}"#)
                == #"Configs/x.json:1:15: algorithm = 3: must be text in quotation marks. The default is ""."#
        )
    }

    @Test func aRunWithoutAnythingToLearnFromIsRefused() {
        #expect(
            fault(#"{"algorithm": "toy"}"#)
                == #"Configs/x.json: data.file: no data to learn from. Name a file, or an "environment" "#
                + "to collect data from.")
    }

    @Test func aFileThatIsNoObjectIsRefused() {
        #expect(fault("[1]") == "Configs/x.json:1:1: a list where an object in braces should stand.")
        #expect(fault("[1") == "Configs/x.json:1:3: the file ends where \",\" or \"]\" should stand.")
    }

    @Test func everyKeyOfARunIsDescribedAndItsDefaultAllowed() throws {
        #expect(try RunConfiguration.inconsistencies() == [])
        #expect(try Toy.inconsistencies() == [])
        #expect(
            try Careless.inconsistencies() == [
                "forgotten is encoded but not described",
                "size: the default 0 is not a whole number of at least 1",
                "size is described twice", "size: the default 0 is not a whole number of at least 1",
                "absent is described but not encoded",
            ])
    }

    private struct Careless: Defaulted {
        var size = 0
        var forgotten = 1
        static var options: [Option] {
            [
                Option("size", .integer(minimum: 1, maximum: .max), ""),
                Option("size", .integer(minimum: 1, maximum: .max), ""), Option("absent", .boolean, ""),
            ]
        }
    }
}
