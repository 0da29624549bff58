import Pictures
import Testing

@Suite struct EpisodePictureTests {
    private static func picture(_ width: Int, _ height: Int) -> Frame {
        Frame(
            width: width, height: height,
            pixels: (0..<width * height * 3).map { UInt8($0 * 7 % 256) })
    }

    @Test(arguments: [
        (3, 2, 480, 320), (256, 256, 256, 256), (240, 100, 480, 200), (480, 480, 480, 480),
        (600, 400, 600, 400),
        (640, 480, 640, 480), (1000, 1000, 480, 480), (1280, 10, 480, 3), (1, 1, 480, 480), (5000, 1, 480, 1),
    ])
    func picturesAreBroughtToAGoodSize(_ width: Int, _ height: Int, _ wide: Int, _ high: Int) {
        let scale = ViewScale(Self.picture(width, height))
        #expect((scale.width, scale.height) == (wide, high))
        let layout = EpisodeLayout(for: Self.picture(width, height))
        #expect(layout.width % 2 == 0 && layout.height % 2 == 0)
        #expect(layout.width >= wide + 16 && layout.width >= 236 && layout.height > high + 16)
        let scaled = scale.scaled(Self.picture(width, height))
        #expect((scaled.width, scaled.height) == (wide, high))
    }

    @Test func smallPicturesGrowByWholePixels() {
        let small = Self.picture(3, 2)
        let large = ViewScale(small).scaled(small)
        for (x, y) in [(0, 0), (159, 159), (160, 0), (479, 319), (200, 161)] {
            for channel in 0..<3 {
                #expect(
                    large.pixels[(y * 480 + x) * 3 + channel]
                        == small.pixels[(y / 160 * 3 + x / 160) * 3 + channel])
            }
        }
    }

    @Test func largePicturesShrinkToMeans() {
        // Columns of 0 and 250, two to a pixel; then not even.
        for (width, parts) in [(960, 2.0), (720, 1.5)] {
            let pixels = (0..<width * 2 * 3).map { UInt8($0 / 3 % 2 * 250) }
            let frame = Frame(width: width, height: 2, pixels: pixels)
            let scaled = ViewScale(frame).scaled(frame)
            #expect((scaled.width, scaled.height) == (480, 1))
            let values = Set(scaled.pixels)
            #expect(
                values
                    == (parts == 2
                        ? [125] : [UInt8((250 * 0.5 / 1.5).rounded()), UInt8((250 / 1.5).rounded())]))
        }
    }

    /// How many pixels of some rows are red.
    private func redPixels(_ frame: Frame, from row: Int) -> Int {
        stride(from: row * frame.width * 3, to: frame.pixels.count, by: 3).count {
            frame.pixels[$0] == 0xe0 && frame.pixels[$0 + 1] == 0x31
        }
    }

    @Test(arguments: [10, 200, 700])
    func theCourseOfTheCostEndsAtTheTopAndMarksItsSteps(_ length: Int) {
        let shown = Self.picture(300, 10)
        let layout = EpisodeLayout(for: shown)
        // A cost in every step, and none in any.
        for total in [Double(length), 0] {
            var pictures = EpisodePicture(
                EpisodeCaption(index: 3, length: length, cost: total, ending: .limit), layout)
            var before = -1
            for step in 0...length {
                let cost = step > 0 && total > 0 ? 1.0 : 0
                let frame = pictures.next(shown, cost: cost)
                #expect((frame.width, frame.height) == (layout.width, layout.height))
                let now = redPixels(frame, from: 10 + 16)
                if total == 0 { #expect(now == 0) }
                // What was once marked stays; the number of the cost is red too, so a few pixels come and go.
                if cost > 0 { #expect(now > before - 60, "step \(step)") }
                before = now
            }
            if total > 0 { #expect(before > 300 * 6) }
        }
    }

    /// Pixels of the row that names the ending.
    private func lastText(_ ending: EpisodeCaption.Ending) -> [UInt8] {
        let shown = Self.picture(300, 10)
        let layout = EpisodeLayout(for: shown)
        var pictures = EpisodePicture(
            EpisodeCaption(index: 0, length: 1, cost: 0, ending: ending), layout)
        _ = pictures.next(shown, cost: 0)
        return pictures.next(shown, cost: 0).pixels
    }

    @Test func theLastPictureSaysHowTheEpisodeEnded() {
        let shown = [EpisodeCaption.Ending.goal, .terminated, .limit].map(lastText)
        #expect(Set(shown).count == 3)
        // Green marks the goal, and nothing else is green.
        func green(_ pixels: [UInt8]) -> Int {
            stride(from: 300 * 26 * 3, to: pixels.count, by: 3).count {
                Array(pixels[$0..<$0 + 3]) == [0x2b, 0x8a, 0x3e]
            }
        }
        #expect(shown.map(green).map { $0 > 0 } == [true, false, false])
    }
}
