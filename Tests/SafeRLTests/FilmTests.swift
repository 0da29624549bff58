import Foundation
import SafeRL
import Tensors
import TestSupport
import Testing

/// MP4 by ffmpeg, and what happens when that program is not what it should be.
@Suite struct FilmTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Moves right by a quarter.
    private struct Push: Policy {
        let observationSize = 1
        let actionSize = 1
        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for row in 0..<streams.count { actions[row] = 0.25 }
        }
    }

    private static func evaluation() throws -> Evaluation {
        try Evaluator(episodes: 1, seed: 3).run(Push(), in: Bead.self, keeping: 1)
    }

    private func video(ffmpeg: String) throws -> EpisodeVideo {
        try EpisodeVideo(
            to: folder.path + "/a.mp4", .mp4, of: EnvironmentVector(Bead.self, slots: 1, drawsFrames: true),
            files: FaultyFiles(), ffmpeg: ffmpeg)
    }

    /// A script that stands for ffmpeg: says that it can write H.264, else does what is given.
    private func program(_ commands: String, encoders: String = " V....D libx264  H.264") throws -> String {
        let path = folder.path + "/program"
        let text = """
            #!/bin/sh
            case "$*" in *-encoders*) echo '\(encoders)'; exit 0;; esac
            for last; do :; done
            \(commands)
            """
        try writeScript(text, to: path)
        return path
    }

    private func contents() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test(.enabled(if: Program.ffmpeg.isHere)) func ffmpegWritesAFilmOfEveryStep() throws {
        let evaluation = try Self.evaluation()
        let count = try video(ffmpeg: "ffmpeg").record(evaluation)
        #expect(count == evaluation.episodes[0].length + 1)
        #expect(try contents() == ["a.mp4"])
        let raw = folder.path + "/raw"
        let arguments = [
            "-v", "error", "-y", "-i", folder.path + "/a.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24",
        ]
        #expect(try Program.ffmpeg.run(arguments + [raw]) == 0)
        let frame = 496 * 148 * 3
        let pixels = try read(raw)
        // The end stays for a second: ten frames.
        #expect(pixels.count == (count + 9) * frame)
        // Nearly the colours of an exact copy: the compression loses a little.
        try EpisodeVideo(
            to: folder.path + "/a.png", .png, of: EnvironmentVector(Bead.self, slots: 1, drawsFrames: true)
        ).record(evaluation)
        for (index, exact) in try DecodedVideo(png: read(folder.path + "/a.png")).frames.enumerated() {
            let shown = pixels[index * frame..<(index + 1) * frame]
            let errors = zip(shown, exact.pixels).map { abs(Int($0) - Int($1)) }
            #expect(errors.reduce(0, +) < 3 * errors.count, "frame \(index)")
        }
    }

    @Test func withoutTheProgramNothingIsTried() throws {
        let error = #expect(throws: FilmError.self) { try video(ffmpeg: "no-such-ffmpeg") }
        #expect(
            error?.description
                == "\(folder.path)/a.mp4: there is no ffmpeg to write it. Install ffmpeg (Debian: apt-get install "
                + "ffmpeg), or write a .gif or .png.")
        #expect(try contents().isEmpty)
    }

    @Test func aProgramThatWritesNoSuitableVideoIsRefused() throws {
        let program = try program("exit 1", encoders: " V..... gif  GIF")
        #expect(throws: FilmError.noEncoder(path: folder.path + "/a.mp4")) { try video(ffmpeg: program) }
    }

    @Test(arguments: [
        ("head -c 1000 >/dev/null; echo 'no space left' >&2; exit 1", "failed: no space left"),
        ("echo 'broken pipe' >&2; exit 3", "failed: broken pipe"),
        ("cat >/dev/null; exit 1", "failed without a word"),
        ("cat >/dev/null; kill -9 $$", "failed without a word"),
        // More words than a pipe holds, and none of the pictures is taken.
        (
            "i=0; while [ $i -lt 4000 ]; do echo 'a long complaint, again and again' >&2; i=$((i+1)); done; exit 1",
            "failed: a long complaint, again and again"
        ),
        ("head -c 1000 >\"${last#file:}\"; echo 'lost its way' >&2; exit 1", "failed: lost its way"),
    ])
    func aProgramThatFailsLeavesNothing(_ commands: String, _ reason: String) throws {
        let video = try video(ffmpeg: program(commands))
        try overwrite(folder.path + "/a.mp4", [1, 2, 3])
        let error = #expect(throws: FilmError.self) { try video.record(Self.evaluation()) }
        #expect(error == .ffmpegFailed(path: folder.path + "/a.mp4", reason: reason))
        #expect(
            error?.description
                == "\(folder.path)/a.mp4: ffmpeg \(reason). Nothing was written; try a .gif or .png.")
        #expect(try contents() == ["a.mp4", "program"])
        #expect(try read(folder.path + "/a.mp4") == [1, 2, 3])
    }

    @Test func theProgramIsGivenEveryPictureInOrder() throws {
        let video = try video(ffmpeg: program("cat >\"${last#file:}\"; echo \"$*\" >\"$0.said\""))
        let evaluation = try Self.evaluation()
        try video.record(evaluation)
        try EpisodeVideo(
            to: folder.path + "/a.png", .png, of: EnvironmentVector(Bead.self, slots: 1, drawsFrames: true)
        ).record(evaluation)
        let frames = try DecodedVideo(png: read(folder.path + "/a.png")).frames
        let last = try #require(frames.last)
        let expected = frames.flatMap(\.pixels) + (0..<9).flatMap { _ in last.pixels }
        #expect(try read(folder.path + "/a.mp4") == expected)
        let said = try String(contentsOfFile: folder.path + "/program.said", encoding: .utf8)
        #expect(said.contains("-s 496x158 -r 10 -i pipe:0") && said.contains("-c:v libx264"))
    }
}
