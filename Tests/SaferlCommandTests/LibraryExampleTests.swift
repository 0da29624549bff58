import Foundation
import Testing

/// The programs of `Examples` that call the library instead of the commands.
@Suite struct LibraryExampleTests {
    private static let guarding = CommandProcess.example("guarding")
    private static let fromData = CommandProcess.example("from-data")

    /// Everywhere else a program that was not built leaves tests out.
    @Test func everyProgramIsBuiltBesideTheTests() {
        #expect(CommandProcess.binary != nil)
        for example in ["corridor", "guarding", "from-data"] {
            #expect(CommandProcess.example(example) != nil, "\(example)")
        }
    }

    @Test(.enabled(if: guarding != nil)) func aGuardOfOnesOwnIsCertifiedAndItsClaimRead() throws {
        let folder = try CommandFolder([:])
        let result = try folder.run(["0.05"], program: Self.guarding?.path)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.map { $0[0] } == ["alone", "guarded", "tested", "claimed"])
        let (alone, guarded) = (try #require(Int(lines[0][1])), try #require(Int(lines[1][1].dropLast())))
        #expect(alone > guarded, "\(result.output)")
        #expect(lines[2][1] == "certified")
        // The run is one like any other.
        let again = try folder.run(["evaluate", "Checkpoints/bc-point-mass-1", "--episodes", "5"])
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test(.enabled(if: guarding != nil)) func anErrorOfOnesOwnEndsWithTheCodeOfItsKind() throws {
        // Of 400 episodes no test can show less than 0.7 %.
        let result = try CommandFolder([:]).run(["0.001"], program: Self.guarding?.path)
        #expect(result.status == 78)
        #expect(
            result.errors.hasPrefix(
                "guarding: no solution found: the share of episodes with a violation is at most "))
        #expect(result.errors.hasSuffix("Name a larger limit.\n"))
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test(.enabled(if: fromData != nil)) func aRecordingAloneIsImitatedJudgedAndDrawn() throws {
        let folder = try CommandFolder([:])
        let collect = ["collect", "point-mass", "--episodes", "30", "--out", "recording.hdf5"]
        #expect(try folder.run(collect).status == 0)
        let result = try folder.run(["recording.hdf5", "curves.svg"], program: Self.fromData?.path)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("30 episodes") && result.output.contains("Return, fqe"))
        let picture = try String(contentsOfFile: folder.path("curves.svg"), encoding: .utf8)
        #expect(picture.contains("Squared error of actions") && picture.contains("<path "))
    }

    @Test(.enabled(if: fromData != nil)) func whatAnExampleCannotDoIsOneLineWithACode() throws {
        let folder = try CommandFolder(["bad.hdf5": Array("no HDF5".utf8)])
        let none = try folder.run([], program: Self.fromData?.path)
        #expect(none.status == 64)
        #expect(
            none.errors == "from-data: two arguments are needed. Call: from-data RECORDING.hdf5 PICTURE.svg\n"
        )
        let missing = try folder.run(["none.hdf5", "a.svg"], program: Self.fromData?.path)
        #expect(missing.status == 66 && missing.errors.split(separator: "\n").count == 1)
        let bad = try folder.run(["bad.hdf5", "a.svg"], program: Self.fromData?.path)
        #expect(bad.status == 65 && bad.errors.split(separator: "\n").count == 1)
    }

    @Test func theListOfExamplesNamesEveryFolderAndProgram() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let list = try String(contentsOf: root.appending(path: "Examples/README.md"), encoding: .utf8)
        let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        let folders = try FileManager.default.contentsOfDirectory(
            at: root.appending(path: "Examples"), includingPropertiesForKeys: [.isDirectoryKey]
        ).filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
        #expect(folders.count >= 3)
        for folder in folders.map(\.lastPathComponent) {
            #expect(list.contains("[\(folder)](\(folder))"))
            #expect(manifest.contains("path: \"Examples/\(folder)\""))
        }
        for words in list.matches(of: /swift run -c release ([a-z-]+)/) {
            #expect(manifest.contains("name: \"\(words.1)\""))
        }
    }
}

/// `Examples/GuardedLoop`: a policy and its shield in a loop in C.
@Suite struct GuardedLoopTests {
    private static let program = CommandProcess.example("guarded-loop")

    @Test(.enabled(if: program != nil)) func aLoopInCKeepsTheRules() throws {
        let folder = try CommandFolder([:])
        let train = [
            "train", "bc.json", "--set", "data.file=", "--set", "environment=point-robot", "--set",
            "data.collect.transitions=2000", "--set", "schedule.steps=20", "--set", "evaluation.episodes=2",
            "--run",
            "run", "--quiet",
        ]
        let trained = try folder.run(train)
        try #require(trained.status == 0, "\(trained.errors)")
        let kept = try folder.run(["run", "point-robot.rules"], program: Self.program?.path)
        #expect(
            kept.status == 0 && kept.output.hasSuffix(" 0 steps in a hazard\n"),
            "\(kept.output)\(kept.errors)")
        // Both episodes begin at the same place, and the second one knows nothing of the first.
        let lines = kept.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == lines[1], "\(kept.output)")
        try aMemoryBeginsAnewWithAnEpisode(in: folder)
        try aCertificateIsCheckedAndCounts(in: folder)
        // Rules about something else keep nobody out.
        let other = try folder.run(["run", "icu-sepsis.rules"], program: Self.program?.path)
        #expect([0, 3].contains(other.status))
        for (words, status, start) in [
            (["run"], 64, "guarded-loop: two arguments"),
            (["none", "point-robot.rules"], 65, "guarded-loop: none: "),
            (["run", "none.rules"], 65, "guarded-loop: none.rules: no such file."),
            (["run", "hopper-velocity.rules"], 65, "guarded-loop: hopper-velocity.rules"),
        ] {
            let result = try folder.run(words, program: Self.program?.path)
            #expect(
                result.status == Int32(status) && result.errors.hasPrefix(start), "\(words): \(result.errors)"
            )
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    /// A rule that allows ten steps of an episode stops each of them there, and says which rule it was.
    private func aMemoryBeginsAnewWithAnEpisode(in folder: CommandFolder) throws {
        let path = folder.path("ten.rules")
        try "rules 1\nsignal a = action[0]\nrule ten: count[0..300](a >= -9) <= 10\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
        let result = try folder.run(["run", "ten.rules"], program: Self.program?.path)
        let episode = "stopped in step 10: ten\n10 steps, 0 interventions, 0 steps in a hazard\n"
        #expect(result.status == 0 && result.output == episode + episode, "\(result.output)\(result.errors)")
    }

    /// What is proved of braking is loaded for the rules that it was made for alone, and covers the loop's states or does not.
    private func aCertificateIsCheckedAndCounts(in folder: CommandFolder) throws {
        let property = """
            {"property": {"kind": "invariant", "environment": "point-robot", "value": "clearance", "margin": 1e-4,
              "slack": 1e-7, "steps": 900}, "input": {"low": [-3, -3, -0.1, -3.15], "high": [3, 3, 2, 3.15]}}
            """
        try property.write(toFile: folder.path("clear.json"), atomically: true, encoding: .utf8)
        let proved = try folder.run([
            "verify", "--property", "clear.json", "--rules", "point-robot.rules", "--out", "c.json",
        ])
        #expect([0, 3].contains(proved.status), "\(proved.errors)")
        let covered = try folder.run(["run", "point-robot.rules", "c.json"], program: Self.program?.path)
        #expect(
            covered.status == 0 && covered.output.contains(" 0 that the certificate does not cover\n"),
            "\(covered.output)\(covered.errors)")
        let other = try folder.run(["run", "ten.rules", "c.json"], program: Self.program?.path)
        #expect(
            other.status == 65 && other.errors.hasPrefix("guarded-loop: c.json: "), "\(other.errors)")
        #expect(other.errors.split(separator: "\n").count == 1)
    }

    @Test func theHeaderIsPlainC() throws {
        let header = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/CSaferlGuard/include/saferl_guard.h").path
        for language in [["-x", "c", "-std=c99"], ["-x", "c++", "-std=c++11"]] {
            let compiler = Process()
            compiler.executableURL = URL(filePath: "/usr/bin/env")
            compiler.arguments =
                ["clang"] + language + ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", header]
            try compiler.run()
            compiler.waitUntilExit()
            #expect(compiler.terminationStatus == 0, "\(language)")
        }
    }
}
