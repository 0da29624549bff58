import Foundation
import SafeRL
import SaferlCommand
import Testing

/// The package that the README shows, an environment and an algorithm of a user's own: `Examples/Corridor`, as it is built.
@Suite struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let names = ["main.swift", "Corridor.swift", "Imitation.swift", "mine.json"]

    private static func file(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "Examples/Corridor/\(name)"), encoding: .utf8)
    }

    private static func readme() throws -> String {
        try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    }

    /// The lines of the README that call the package's program, without what calls it.
    private static func commands() throws -> [[String]] {
        let start = "swift run -c release corridor "
        return try readme().split(separator: "\n").filter { $0.hasPrefix(start) }.map { line in
            let words = line.dropFirst(start.count).prefix { $0 != "#" }
            return words.split(separator: " ").map(String.init)
        }
    }

    @Test(arguments: ["Corridor.swift", "Imitation.swift"])
    func anExampleHasFewerThanThirtyLines(_ name: String) throws {
        #expect(try Self.file(name).split(separator: "\n", omittingEmptySubsequences: false).count <= 30)
    }

    @Test(arguments: names)
    func theReadmeShowsTheFilesAsTheyAreCompiledAndRead(_ name: String) throws {
        let language = name.hasSuffix(".json") ? "json" : "swift"
        let block = "```\(language)\n\(try Self.file(name))```"
        #expect(try Self.readme().contains(block), "README.md does not show \(name) as it is")
    }

    @Test func thePackageIsBuiltOfThoseFilesAlone() throws {
        let folder = Self.root.appending(path: "Examples/Corridor").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == Self.names.sorted())
        // Its manifest depends on the product that has what `main.swift` imports.
        let product = #".product(name: "SafeRL", package: "saferl")"#
        #expect(try Self.readme().contains(#"name: "corridor", dependencies: [\#(product)])"#))
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let library = try #require(manifest.firstRange(of: "name: \"SafeRL\",\n            targets: ["))
        #expect(manifest[library.upperBound...].prefix { $0 != "]" }.contains("\"SaferlCommand\""))
    }

    @Test(.enabled(if: CommandProcess.corridor != nil))
    func aUsersSettingIsExplainedAndCheckedAsOneOfOurs() throws {
        let folder = try CommandFolder(["mine.json": Array(try Self.file("mine.json").utf8)])
        let program = CommandProcess.corridor?.path
        let explained = try folder.run(["config", "explain", "imitation.width"], program: program)
        #expect(
            explained.output == """
                imitation.width: Hidden units.
                  allowed  a whole number from 1 to 4096
                  default  64

                """)
        let refused = try folder.run(
            ["config", "show", "mine.json", "--set", "imitation.width=5000"], program: program)
        #expect(
            refused.errors
                == "--set imitation.width=5000: must be a whole number from 1 to 4096. The default is 64.\n")
    }

    @Test(.enabled(if: CommandProcess.corridor != nil))
    func theLinesOfTheReadmeWorkAsPrinted() throws {
        let folder = try CommandFolder(["mine.json": Array(try Self.file("mine.json").utf8)])
        let commands = try Self.commands()
        #expect(commands.map { $0[0] } == ["env", "train", "evaluate", "certify"])
        for command in commands {
            let result = try folder.run(command, program: CommandProcess.corridor?.path)
            #expect(result.status == 0, "\(command): \(result.errors)")
        }
        let run = "Checkpoints/imitation-corridor-1/"
        let report = try Report(folder.path(run + "evaluation/report.json"))
        #expect(report["episodes"] == 100)
        #expect(FileManager.default.fileExists(atPath: folder.path(run + "assurance")))
    }

    @Test(.enabled(if: CommandProcess.corridor != nil))
    func theProgramSaysItsOwnName() throws {
        let folder = try CommandFolder(["mine.json": Array(try Self.file("mine.json").utf8)])
        func corridor(_ arguments: String...) throws -> CommandProcess.Result {
            try folder.run(arguments, program: CommandProcess.corridor?.path)
        }
        #expect(try corridor("--version").output == "corridor (saferl \(Saferl.version))\n")
        #expect(try corridor("evaluat").errors.hasSuffix("See \"corridor --help\".\n"))
        #expect(try corridor("certify", "run").errors.hasSuffix("See \"corridor certify --help\".\n"))
        #expect(
            try corridor("collect", "corridor", "--transitions", "50", "--out", "a.hdf5").output
                == "a.hdf5: 50 transitions, 1 episodes. See \"corridor data info\".\n")
        #expect(try corridor("collect", "--help").output.contains("\"corridor env list\""))
        #expect(try corridor("--help").output.contains("USAGE: corridor <subcommand>"))
        let missing = try corridor("data", "info", "b.hdf5")
        #expect(missing.errors.hasSuffix("make the file with `corridor collect`.\n"))
    }

    /// Walks of a hand that pushes to the far end, so that imitating it pays.
    private static func recorded() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1)
        var stream = RandomStream(seed: 3, for: .testing)
        for _ in 0..<20 {
            var (place, speed) = (stream.nextUniform(in: 0..<2), Float(0))
            for step in 1...200 {
                let wanted: Float = (2...7).contains(place) ? 0.7 : 1.5
                let action = min(max(2 * (wanted - speed) + stream.nextUniform(in: -0.2..<0.2), -1), 1)
                let before = [place, speed]
                speed = min(max(speed + 0.1 * action, -2), 2)
                place = max(place + 0.1 * speed, 0)
                columns.append(
                    observation: before, action: [action], nextObservation: [place, speed],
                    reward: place - before[0], cost: (4...6).contains(place) && abs(speed) > 1 ? 1 : 0,
                    terminated: place >= 10, truncated: place < 10 && step == 200)
                if place >= 10 { break }
            }
        }
        return try TransitionDataset(columns)
    }

    @Test(.enabled(if: CommandProcess.corridor != nil))
    func theExamplesTrainStopAndAreJudged() throws {
        let text = """
            {"algorithm": "imitation", "environment": "corridor", "data": {"file": "walks.hdf5"},
             "schedule": {"steps": 1500}, "evaluation": {"episodes": 30}, "imitation": {"width": 32}}
            """
        let folder = try CommandFolder(["my.json": Array(text.utf8)])
        try Self.recorded().write(to: folder.path("walks.hdf5"))
        for more in [[], ["--resume"]] {
            let arguments = ["train", "my.json", "--run", "run", "--quiet"] + more
            #expect(try folder.run(arguments, program: CommandProcess.corridor?.path).status == 0)
        }
        let report = try Report(folder.path("run/evaluation/report.json"))
        #expect(report["episodes"] == 30)
        // The hand reaches the end in every episode and keeps to 1 m/s where children play.
        #expect(try #require(report["terminated_share"]) == 1)
        #expect(try #require(report["violation_free_share"]) >= 0.9)
        let again = try folder.run(
            ["evaluate", "run", "--out", "again"], program: CommandProcess.corridor?.path)
        #expect(again.status == 0)
        let files = try folder.contents()
        #expect(files["again/episodes.jsonl"] == files["run/evaluation/episodes.jsonl"])
    }
}

/// The numbers of a report.
struct Report {
    private let content: JSONValue

    init(_ path: String) throws {
        content = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
    }

    subscript(key: String) -> Double? { content[key]?.number?.double }
}
