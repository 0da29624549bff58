import Assurance
import Foundation
import SafeRL
import SaferlCommand
import Testing

/// A run of twenty updates on the point robot, made once by the binary itself.
enum SmallRun {
    static let files = (try? make()) ?? [:]
    static let checkpoint = "run/checkpoints/step-000000020"

    private static func make() throws -> [String: [UInt8]] {
        let configuration = """
            {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 400}},
             "schedule": {"steps": 20, "log": 10, "checkpoint": 20}, "fisor": \(TinyRun.options),
             "evaluation": {"episodes": 4}}
            """
        let folder = try CommandFolder(["my.json": Array(configuration.utf8)])
        let result = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        guard result.status == 0 else { throw TinyRun.Failure(output: result.errors) }
        return try folder.contents()
    }
}

/// `saferl certify` with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct CertifyCommandTests {
    private static let certify = ["certify", "run", "--episodes", "30", "--delta", "0.05", "--json"]
    private static let loose = certify + ["--limit", "299"]

    private func text(_ folder: CommandFolder, _ path: String) throws -> String {
        try String(contentsOfFile: folder.path(path), encoding: .utf8)
    }

    private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    private func number(_ report: JSONValue, _ key: String) throws -> Double {
        try #require(report[key]?.number?.double, "\(key)")
    }

    /// The episodes of a certificate.
    private func episodes(_ folder: CommandFolder, _ number: Int = 1) throws -> [EpisodeRecord] {
        try text(folder, "run/assurance/episodes-\(number).jsonl").split(separator: "\n").map {
            try JSONDecoder().decode(EpisodeRecord.self, from: Data($0.utf8))
        }
    }

    @Test func aBoundWithinTheLimitIsCertified() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.loose)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let report = try json(result.output)
        #expect(report["verdict"]?.string == "certified")
        #expect(report["bound"]?.string == "betting")
        #expect(try number(report, "n") == 30)
        #expect(try number(report, "delta") == 0.05)
        #expect(try number(report, "limit") == 299)
        #expect(
            report["assumptions"]?.string
                == "independent, identically distributed costs, every possible cost in [0, 300], in an order that does "
                + "not depend on them")
        #expect(report["cost_range"]?.string == "stated by the environment, times 300 steps")
        #expect(report["tested"]?.string == "mean cost of an episode")
        // The figures follow from the episodes that were written.
        let costs = try episodes(folder).map(\.totalCost)
        #expect(costs.count == 30 && costs.contains { $0 > 0 })
        #expect(try number(report, "mean") == SampleMean(costs).mean)
        #expect(
            try number(report, "upper_bound") == BettingBound(in: 0...300).upper(costs, delta: 0.05))
        #expect(try text(folder, "run/assurance/certificate-1.json") == result.output)
    }

    @Test func aBoundAboveTheLimitIsNoSolutionAndExitsWithThree() throws {
        let folder = try CommandFolder(SmallRun.files)
        let report = try json(try folder.run(Self.loose).output)
        let upper = try number(report, "upper_bound")
        let limits: [(Double, Bool)] = [(upper, true), (upper.nextDown, false), (0, false), (-1, false)]
        for (limit, isCertified) in limits {
            let result = try CommandFolder(SmallRun.files).run(Self.certify + ["--limit=\(limit)"])
            #expect(result.status == (isCertified ? 0 : 3))
            #expect(result.errors.isEmpty == (limit > 0))
            let verdict = isCertified ? "certified" : "no solution found"
            #expect(try json(result.output)["verdict"]?.string == verdict, "\(limit)")
        }
    }

    @Test(arguments: BoundChoice.allCases)
    func everyBoundIsTheLibrarys(_ choice: BoundChoice) throws {
        let folder = try CommandFolder(SmallRun.files)
        let isBinary = choice == .clopperPearson
        let limit = isBinary ? 0.999 : 299
        let result = try folder.run(
            Self.certify + ["--limit", "\(limit)", "--bound", choice.rawValue]
                + (isBinary ? ["--violations"] : []))
        let report = try json(result.output)
        #expect(report["bound"]?.string == choice.rawValue)
        let costs = try episodes(folder).map { isBinary ? ($0.isViolated ? 1 : 0) : $0.totalCost }
        let bound = try #require(choice.bound(in: 0...300))
        let upper = try bound.upper(costs, delta: 0.05)
        #expect(try number(report, "upper_bound") == upper)
        #expect(result.status == (upper <= limit ? 0 : 3))
        #expect((report["cost_range"] != nil) == choice.needsRange)
    }

    @Test func violationsHaveTheBinomialBoundUnlessAnotherIsNamed() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.certify + ["--limit", "0.999", "--violations"])
        let report = try json(result.output)
        #expect(report["tested"]?.string == "probability that an episode has a violation")
        #expect(report["bound"]?.string == "clopper-pearson" && report["cost_range"] == nil)
        let count = try episodes(folder).count { $0.isViolated }
        #expect(try number(report, "mean") == Double(count) / 30)
        #expect(
            try number(report, "upper_bound")
                == BinomialCount(events: count, trials: 30).upperBound(delta: 0.05))
        let betting = try json(
            try folder.run(Self.certify + ["--limit", "0.999", "--violations", "--bound", "betting"]).output)
        #expect(betting["cost_range"]?.string == "an episode has a violation or none")
    }

    @Test func theEpisodesAreThoseOfNoEvaluation() throws {
        let folder = try CommandFolder(SmallRun.files)
        #expect(try folder.run(Self.loose + ["--seed", "7"]).status == 0)
        let fresh = Set(try episodes(folder).map(\.seed))
        #expect(fresh.count == 30)
        let evaluated = try folder.run(["evaluate", "run", "--episodes", "30", "--seed", "7", "--out", "o"])
        #expect(evaluated.status == 0)
        for path in ["o/episodes.jsonl", "run/evaluation/episodes.jsonl"] {
            for line in try text(folder, path).split(separator: "\n") {
                let record = try JSONDecoder().decode(EpisodeRecord.self, from: Data(line.utf8))
                #expect(!fresh.contains(record.seed))
            }
        }
        #expect(try folder.run(Self.loose + ["--seed", "8"]).status == 0)
        #expect(fresh.isDisjoint(with: try episodes(folder, 2).map(\.seed)))
    }

    @Test func theSameTestAgainIsTheSameCertificateAndNoNewTest() throws {
        let folder = try CommandFolder(SmallRun.files)
        let first = try folder.run(Self.loose)
        let again = try folder.run(Self.loose)
        #expect(again == first)
        #expect(!again.files.contains("run/assurance/certificate-2.json"))
        #expect(try number(try json(again.output), "earlier_tests") == 0)
    }

    @Test func theCertificateSaysWhatWasTestedAndHow() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.loose + ["--set", "fisor.candidates=3"])
        let report = try json(result.output)
        let manifest = try json(try text(folder, SmallRun.checkpoint + "/manifest.json"))
        let hash = try #require(manifest["state_sha256"]?.string)
        let origin = try #require(report["origin"])
        #expect(origin["policy"]?.string == hash && hash.count == 64)
        #expect(origin["name"]?.string == "point-robot" && origin["source"]?.string == "environment")
        #expect(origin["settings"]?["fisor.candidates"]?.string == "3")
        #expect(origin["settings"]?["step limit"]?.string == "300")
        #expect(report["checkpoint"]?.string == SmallRun.checkpoint)
        #expect(try number(report, "step") == 20)
        let statement =
            "Relative to the environment point-robot as it is simulated, with its own starts and this way of acting: "
            + "it says nothing about other starts, other dynamics, or a policy that learns on."
        #expect(report["statement"]?.string == statement)
        let markdown = try text(folder, "run/assurance/certificate-1.md")
        #expect(markdown.hasPrefix("# certified: mean cost of an episode in point-robot\n"))
        for part in [
            statement, hash, "fisor.candidates 3", "| Limit | 299 |", "| Delta | 0.05 |",
            "over 30 fresh episodes, seed 0", "with probability delta at most",
        ] { #expect(markdown.contains(part), "\(part)") }
        let shown = try folder.run(Self.loose.dropLast(3) + ["--limit", "299", "--out", "o"])
        #expect(shown.output.hasPrefix("Verdict      certified\nTested       mean cost of an episode\n"))
        #expect(shown.output.hasSuffix("\(statement)\nCertificate  o/certificate-1.json\n"))
    }

    @Test func aCostBeyondWhatWasStatedIsNoSolution() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.certify + ["--limit", "0.4", "--max-cost", "0.5"])
        #expect(result.status == 3)
        let report = try json(result.output)
        #expect(report["verdict"]?.string == "no solution found")
        #expect(report["upper_bound"] == .null)
        #expect(report["fault"]?.string?.contains("outside the stated range [0, 0.5]") == true)
        #expect(report["cost_range"]?.string == "stated with --max-cost")
        #expect(
            try text(folder, "run/assurance/certificate-1.md").contains(
                "none by the betting bound: cost "))
    }

    @Test func whatCannotBeTestedOrWrittenIsRefusedBeforeAnyEpisode() throws {
        let folder = try CommandFolder(SmallRun.files)
        let channel = try folder.run(Self.loose + ["--channel", "costs"])
        #expect(channel.errors == "costs: unknown cost channel. Did you mean \"cost\"?\n")
        #expect(channel.status == CommandStatus.usage.rawValue && channel.output == "")
        let out = try folder.run(Self.loose + ["--out", "my.json/certificates"])
        #expect(
            out.errors == "my.json: cannot create the directory: File exists. Name another place.\n")
        #expect(out.status == CommandStatus.cannotCreate.rawValue && out.output == "")
        #expect(!out.files.contains { $0.contains("certif") })
    }

    @Test func theOnlyChannelCanBeNamed() throws {
        let folder = try CommandFolder(SmallRun.files)
        let (all, one) = (try folder.run(Self.loose), try folder.run(Self.loose + ["--channel", "cost"]))
        let (whole, part) = (try json(all.output), try json(one.output))
        #expect(part["upper_bound"] == whole["upper_bound"])
        #expect(part["tested"]?.string == "mean cost of an episode, channel cost alone")
    }

    // MARK: An environment that does not say how large its costs can be

    private func python() throws -> CommandFolder {
        let fakes = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Environments/gymnasium/tests/fakes.py")
        let robot = """
            from fakes import Box, Walk

            class Robot(Walk):
                def __init__(self):
                    super().__init__()
                    self.observation_space = Box([-9.0] * 11, [9.0] * 11)

                def reset(self, **options):
                    return super().reset(**options)[0] + [0.0] * 9, {}

                def step(self, action):
                    observation, *rest = super().step(action)
                    return (observation + [0.0] * 9, *rest)
            """
        return try CommandFolder(
            SmallRun.files.merging([
                "robots.py": Array(robot.utf8), "fakes.py": Array(try Data(contentsOf: fakes)),
            ]) { $1 })
    }

    private func certifyPython(_ folder: CommandFolder, _ more: [String]) throws -> CommandProcess.Result {
        try folder.run(
            Self.certify + ["--limit", "40", "--workers", "2", "--environment", "python:robots:Robot"] + more,
            shell: "unset SAFERL_PYTHON; export SAFERL_HOME=/nowhere PYTHONDONTWRITEBYTECODE=1")
    }

    @Test(.enabled(if: isPythonHere)) func aBoundThatNeedsARangeIsRefusedWhereNobodyStatesOne() throws {
        let folder = try python()
        let result = try certifyPython(folder, [])
        #expect(
            result.errors
                == "python:robots:Robot: does not state the largest cost of a step, which the betting bound needs. Give "
                + "--max-cost or --max-step-cost, or choose --violations, or --bound student-t, which is an approximation.\n"
        )
        #expect(result.status == CommandStatus.usage.rawValue && result.output == "")
        #expect(!result.files.contains("run/assurance"))
    }

    @Test(.enabled(if: isPythonHere)) func theRangeCanBeStatedForAStepOrForAnEpisode() throws {
        let folder = try python()
        func range(_ more: String...) throws -> [String?] {
            let report = try json(try certifyPython(folder, more).output)
            let words = report["assumptions"]?.string ?? ""
            return [report["cost_range"]?.string, words.components(separatedBy: ", ").dropFirst(2).first]
        }
        #expect(
            try range("--max-step-cost", "1") == [
                "stated with --max-step-cost, times 50 steps", "every possible cost in [0",
            ])
        #expect(try range("--max-cost", "60") == ["stated with --max-cost", "every possible cost in [0"])
        #expect(try range("--bound", "student-t").first == .some(nil))
        #expect(try range("--violations").first == .some(nil))
        let report = try json(try certifyPython(folder, ["--max-step-cost", "1"]).output)
        #expect(report["conditions"]?.elements?.last?["high"]?.number?.double == 50)
    }
}
