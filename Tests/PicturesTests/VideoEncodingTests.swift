import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@Suite struct VideoEncodingTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Three pictures of few colours; the third is the second again.
    private static let plain: [Frame] = {
        var frames: [Frame] = []
        for step in 0..<3 {
            var pixels = [UInt8](repeating: 255, count: 20 * 10 * 3)
            let x = min(step, 1) * 5 + 2
            for row in 3..<7 {
                for column in x..<x + 4 {
                    pixels.replaceSubrange(
                        (row * 20 + column) * 3..<(row * 20 + column) * 3 + 3, with: [200, 10, UInt8(column)])
                }
            }
            frames.append(Frame(width: 20, height: 10, pixels: pixels))
        }
        return frames
    }()

    /// Pictures of thousands of colours: a gradient that moves, with some noise.
    private static let rich: [Frame] = {
        var stream = RandomStream(seed: 5, for: .testing)
        return (0..<3).map { step in
            let pixels = (0..<120 * 80 * 3).map { index in
                let (x, y) = (index / 3 % 120, index / 360)
                let value = [x * 2, y * 3, (x + y + step * 9) % 256][index % 3]
                return UInt8(min(max(value + stream.nextInteger(below: 5), 0), 255))
            }
            return Frame(width: 120, height: 80, pixels: pixels)
        }
    }()

    private func png(_ frames: [Frame], rate: Int = 25, lasting: [Int]? = nil) throws -> [UInt8] {
        let path = folder.path + "/a.png"
        try FaultyFiles().replaceFile(path) { sink in
            let size = (frames[0].width, frames[0].height)
            var encoder = try AnimatedPNG(to: sink, size: size, rate: rate, count: frames.count)
            for (index, frame) in frames.enumerated() {
                try encoder.append(frame, lasting: lasting?[index] ?? 1)
            }
            try encoder.end()
        }
        return try read(path)
    }

    private func gif(_ frames: [Frame], rate: Int = 25, lasting: [Int]? = nil) throws -> [UInt8] {
        let path = folder.path + "/a.gif"
        try FaultyFiles().replaceFile(path) { sink in
            var encoder = try AnimatedGIF(to: sink, size: (frames[0].width, frames[0].height), rate: rate)
            for (index, frame) in frames.enumerated() {
                try encoder.append(frame, lasting: lasting?[index] ?? 1)
            }
            try encoder.end()
        }
        return try read(path)
    }

    @Test func aPNGIsExactForEveryPicture() throws {
        for frames in [Self.plain, Self.rich] {
            let video = try DecodedVideo(png: png(frames, rate: 20, lasting: [1, 1, 20]))
            #expect(video.frames == frames)
            #expect(video.delays.map { $0.0 } == [1, 1, 20] && video.delays.allSatisfy { $0.1 == 20 })
            #expect(video.isRepeated)
        }
    }

    @Test func aGIFIsExactWhereColoursAreFew() throws {
        let video = try DecodedVideo(gif: gif(Self.plain, rate: 20, lasting: [1, 1, 20]))
        #expect(video.frames == Self.plain)
        #expect(video.seconds == [0.05, 0.05, 1])
        #expect(video.isRepeated)
    }

    @Test func aGIFOfManyColoursIsNear() throws {
        let video = try DecodedVideo(gif: gif(Self.rich))
        for (shown, frame) in zip(video.frames, Self.rich) {
            let errors = zip(shown.pixels, frame.pixels).map { abs(Int($0) - Int($1)) }
            #expect(
                errors.reduce(0, +) < 6 * errors.count,
                "mean \(Double(errors.reduce(0, +)) / Double(errors.count))")
            #expect((errors.max() ?? 0) < 48, "\(errors.max() ?? 0)")
        }
    }

    @Test func frequentColoursOfARichPictureAreExact() throws {
        var pixels = Self.rich[0].pixels
        for index in 0..<120 * 40 * 3 { pixels[index] = [11, 22, 33][index % 3] }
        let frame = Frame(width: 120, height: 80, pixels: pixels)
        let shown = try DecodedVideo(gif: gif([frame])).frames[0]
        #expect(shown.pixels[..<(120 * 40 * 3)] == pixels[..<(120 * 40 * 3)])
        #expect(shown != frame)
    }

    @Test(arguments: [(1, 256), (2, 256), (3, 128), (255, 200), (256, 256), (257, 255)])
    func anyNumberOfColoursFits(_ colours: Int, _ steps: Int) throws {
        let first = Frame(
            width: colours, height: 2,
            pixels: (0..<colours * 6).map {
                [UInt8($0 / 3 % colours % 256), UInt8($0 / 3 % colours / 256), 9][$0 % 3]
            })
        var pixels = first.pixels
        for index in stride(from: 0, to: pixels.count, by: 9) { pixels[index] = 255 - pixels[index] }
        let frames = [first, Frame(width: colours, height: 2, pixels: pixels), first]
        let video = try DecodedVideo(gif: gif(frames))
        if colours <= 255 {
            #expect(video.frames == frames)
        } else {
            let errors = zip(video.frames[0].pixels, first.pixels).map { abs(Int($0) - Int($1)) }
            #expect((errors.max() ?? 0) <= (colours == 256 ? 0 : 8))
        }
        #expect(try DecodedVideo(png: png(frames)).frames == frames)
    }

    @Test(arguments: [1, 7, 24, 30, 50]) func hundredthsOfASecondDoNotAddUp(_ rate: Int) throws {
        let frames = (0..<60).map { Self.plain[$0 % 2] }
        let video = try DecodedVideo(gif: gif(frames, rate: rate))
        var (shown, total) = (0.0, 0.0)
        for seconds in video.seconds {
            (shown, total) = (shown + seconds, total + 1 / Double(rate))
            #expect(abs(shown - total) < 0.00501)
            #expect(seconds >= 0.02)
        }
    }

    @Test func whatDoesNotChangeTakesNoRoom() throws {
        let still = Array(repeating: Self.rich[0], count: 11)
        for bytes in [
            try png(still).count - png([still[0]]).count, try gif(still).count - gif([still[0]]).count,
        ] {
            #expect(bytes < 10 * 100)
        }
    }

    /// The decoders of ffmpeg, where it is installed.
    @Test(.enabled(if: Program.ffmpeg.isHere)) func ffmpegSeesTheSamePictures() throws {
        for (kind, frames) in [("gif", Self.plain), ("png", Self.plain), ("png", Self.rich)] {
            _ = try kind == "gif" ? gif(frames) : png(frames)
            let raw = folder.path + "/raw"
            let arguments = [
                "-v", "error", "-y", "-i", folder.path + "/a." + kind, "-vsync", "0", "-f", "rawvideo",
            ]
            #expect(try Program.ffmpeg.run(arguments + ["-pix_fmt", "rgb24", raw]) == 0)
            // In a GIF some versions end with the last picture a second time.
            let expected = frames.flatMap(\.pixels)
            #expect(try Array(read(raw).prefix(expected.count)) == expected, "\(kind)")
        }
    }
}
