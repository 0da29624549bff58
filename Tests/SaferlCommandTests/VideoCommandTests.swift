import Foundation
import SafeRL
import SaferlCommand
import Testing

/// A run of forty updates on the point robot, made once by the binary itself.
private enum RobotRun {
    static let files = (try? make()) ?? [:]

    private static func make() throws -> [String: [UInt8]] {
        let configuration = """
            {"algorithm": "bc", "environment": "point-robot", "data": {"collect": {"transitions": 400}},
             "bc": {"widths": [8], "rows": 8}, "schedule": {"steps": 40, "log": 20, "checkpoint": 40},
             "evaluation": {"episodes": 4}}
            """
        let folder = try CommandFolder(["my.json": Array(configuration.utf8)])
        let result = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        guard result.status == 0 else { throw TinyRun.Failure(output: result.errors) }
        return try folder.contents()
    }
}

/// `saferl evaluate --video` with the built binary.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct VideoCommandTests {
    private static let fakes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Environments/gymnasium/tests/fakes.py")
    private static let clean = "unset SAFERL_PYTHON; export SAFERL_HOME=/nowhere PYTHONDONTWRITEBYTECODE=1"
    private static let evaluate = ["evaluate", "run", "--seed", "5", "--episodes", "4"]
    /// Bytes by which a kind of file is known, and how far in they stand.
    private static let marks: [String: (Int, String)] = [
        "gif": (0, "GIF89a"), "png": (1, "PNG"), "mp4": (4, "ftyp"),
    ]

    private static let isFfmpegHere: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-version"]
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func bytes(_ folder: CommandFolder, _ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: folder.path(path))))
    }

    private func isKind(_ kind: String, _ bytes: [UInt8]) throws -> Bool {
        let (place, mark) = try #require(Self.marks[kind])
        return bytes.dropFirst(place).starts(with: Array(mark.utf8))
    }

    /// The lengths of the episodes that `--out` wrote.
    private func lengths(_ folder: CommandFolder, _ path: String) throws -> [Int] {
        try String(decoding: bytes(folder, path), as: UTF8.self).split(separator: "\n").map {
            try JSONDecoder().decode(EpisodeRecord.self, from: Data($0.utf8)).length
        }
    }

    @Test func filmingChangesNoFigure() throws {
        let folder = try CommandFolder(RobotRun.files)
        let plain = try folder.run(Self.evaluate + ["--json", "--out", "plain"])
        #expect(plain.status == 0, "\(plain.errors)")
        for (kind, episodes) in [("gif", 1), ("png", 4)] {
            let filmed = try folder.run(
                Self.evaluate + [
                    "--json", "--out", "filmed", "--video", "v.\(kind)", "--video-episodes", "\(episodes)",
                ])
            #expect(filmed.status == 0 && filmed.errors == "", "\(filmed.errors)")
            #expect(filmed.output == plain.output)
            for file in ["report.json", "episodes.jsonl"] {
                #expect(try bytes(folder, "filmed/\(file)") == bytes(folder, "plain/\(file)"))
            }
            #expect(try isKind(kind, bytes(folder, "v.\(kind)")))
            #expect(!filmed.files.contains { $0.hasSuffix(".partial") })
        }
        let text = try folder.run(Self.evaluate)
        let filmed = try folder.run(Self.evaluate + ["--video", "V.GIF", "--video-episodes", "2"])
        let frames = try lengths(folder, "plain/episodes.jsonl").prefix(2).reduce(0) { $0 + $1 + 1 }
        #expect(
            filmed.output == text.output + "Video  V.GIF: episodes 0 to 1, \(frames) frames, 20 a second\n")
    }

    @Test(.enabled(if: isFfmpegHere)) func ffmpegWritesTheFilm() throws {
        let folder = try CommandFolder(RobotRun.files)
        let result = try folder.run(Self.evaluate + ["--video", "v.mp4", "--video-fps", "30"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        #expect(result.output.hasSuffix(" frames, 30 a second\n"))
        #expect(try isKind("mp4", bytes(folder, "v.mp4")))
    }

    @Test func withoutFfmpegNothingIsEvaluated() throws {
        let folder = try CommandFolder(RobotRun.files)
        let result = try folder.run(
            Self.evaluate + ["--video", "v.mp4", "--out", "o"], shell: "PATH=/nowhere")
        #expect(
            result.errors
                == "v.mp4: there is no ffmpeg to write it. Install ffmpeg (Debian: apt-get install ffmpeg), or write a "
                + ".gif or .png.\n")
        #expect(result.status == CommandStatus.missingInput.rawValue)
        #expect(
            result.output == "" && !result.files.contains("o")
                && !result.files.contains { $0.hasPrefix("v.") })
    }

    @Test func anOldFileIsReplacedByAWholeOneOnly() throws {
        let old: [UInt8] = [1, 2, 3]
        let folder = try CommandFolder(RobotRun.files.merging(["v.gif": old]) { $1 })
        // As on a disk that fills up: the figures are out by then, and the old video stays.
        let full = try folder.run(Self.evaluate + ["--video", "v.gif"], shell: "ulimit -f 8")
        #expect(
            full.errors
                == "v.gif: cannot write: File too large. Raise the limit on the size of files (\"ulimit -f\").\n"
        )
        #expect(full.status == CommandStatus.inputOutput.rawValue)
        #expect(full.output.contains("Episodes           4, seed 5"))
        #expect(try bytes(folder, "v.gif") == old && !full.files.contains("v.gif.partial"))
        #expect(try folder.run(Self.evaluate + ["--video", "v.gif"]).status == 0)
        #expect(try isKind("gif", bytes(folder, "v.gif")))
    }

    @Test func aStoppedFilmLeavesNothing() throws {
        let folder = try CommandFolder(RobotRun.files)
        let partial = folder.path("v.png.partial")
        let result = try folder.run(
            ["evaluate", "run", "--episodes", "40", "--video", "v.png", "--video-episodes", "40"]
        ) { process in
            let size = (try? FileManager.default.attributesOfItem(atPath: partial))?[.size] as? Int
            guard (size ?? 0) > 1000 else { return true }
            kill(process.processIdentifier, SIGTERM)
            return false
        }
        #expect(result.errors == "v.png: stopped before it was complete. Nothing was written.\n")
        #expect(result.status == CommandStatus.terminated.rawValue)
        #expect(!result.files.contains { $0.hasPrefix("v.") })
    }

    // MARK: Environments in Python

    /// The fakes with the sizes of the robot, and a run's files.
    private func python() throws -> CommandFolder {
        let environments = """
            from fakes import Box, Disturbed, Blind, Walk

            class Robot(Walk):
                metadata = {"render_fps": 40}

                def __init__(self):
                    super().__init__()
                    self.observation_space = Box([-9.0] * 11, [9.0] * 11)

                def reset(self, **options):
                    return super().reset(**options)[0] + [0.0] * 9, {}

                def step(self, action):
                    observation, *rest = super().step(action)
                    return (observation + [0.0] * 9, *rest)

            class Moved(Robot, Disturbed):
                pass

            class Unseen(Robot):
                def render(self):
                    return None
            """
        return try CommandFolder(
            RobotRun.files.merging([
                "robots.py": Array(environments.utf8), "fakes.py": Array(try Data(contentsOf: Self.fakes)),
            ]) { $1 })
    }

    private func evaluate(_ folder: CommandFolder, _ environment: String, _ more: String...) throws
        -> CommandProcess.Result
    {
        try folder.run(
            Self.evaluate + ["--workers", "2", "--environment", "python:robots:" + environment] + more,
            shell: Self.clean)
    }

    @Test(.enabled(if: isPythonHere)) func aSimulatorsOwnPicturesAreShown() throws {
        let folder = try python()
        let plain = try evaluate(folder, "Robot", "--json")
        let filmed = try evaluate(folder, "Robot", "--json", "--video", "v.png", "--video-episodes", "3")
        #expect(filmed.status == 0 && filmed.errors == "", "\(filmed.errors)")
        #expect(filmed.output == plain.output)
        let text = try evaluate(folder, "Robot", "--video", "v.gif")
        #expect(text.output.hasSuffix("Video  v.gif: episode 0, 37 frames, 40 a second\n"), "\(text.output)")
    }

    @Test(.enabled(if: isPythonHere)) func anEpisodeThatDrawingChangesIsNotShown() throws {
        let folder = try python()
        let result = try evaluate(folder, "Moved", "--video", "v.gif", "--out", "o")
        #expect(
            result.errors
                == "python:robots:Moved: episode 0, step 1: drawn, the episode takes another course than the evaluated "
                + "one with equal seed and actions, so the video would show something else. Nothing was written; look "
                + "with \"saferl env check\", and leave \"reset=reuse\" away.\n")
        #expect(result.status == CommandStatus.internalFault.rawValue)
        #expect(
            result.output.contains("Episodes           4, seed 5") && result.files.contains("o/report.json"))
        #expect(!result.files.contains { $0.hasPrefix("v.") })
    }

    @Test(.enabled(if: isPythonHere)) func aSimulatorWithoutPicturesIsRefusedBeforeItIsEvaluated() throws {
        let folder = try python()
        let result = try evaluate(folder, "Unseen", "--video", "v.gif", "--out", "o")
        #expect(result.errors == "python:robots:Unseen: it draws no pictures.\n")
        #expect(result.status == CommandStatus.configuration.rawValue)
        #expect(
            result.output == "" && !result.files.contains("o")
                && !result.files.contains { $0.hasPrefix("v.") })
    }
}
