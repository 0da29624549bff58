import SafeRL
import Testing

@Suite struct StatusLineTests {
    /// Shows a run of 1,000 updates, one each half second, for `steps` of them.
    private func shown(_ style: StatusLine.Style, steps: Int) -> [String] {
        final class World {
            var time = 0.0
            var texts: [String] = []
        }
        let world = World()
        var line = StatusLine(
            style, write: { world.texts.append($0) }, now: { world.time }, step: 0, total: 1000)
        for step in 1...steps {
            world.time += 0.5
            line.update(step: step, stage: "fisor", metrics: [("vhLoss", 0.012345), ("qhLoss", 1.5e-7)])
        }
        line.end()
        return world.texts
    }

    @Test func aFileGetsALineEveryTenSeconds() {
        #expect(
            shown(.lines, steps: 45) == [
                "fisor 20/1000  2 updates/s  8 min 10 s left  vhLoss 0.0123  qhLoss 1.5e-07\n",
                "fisor 40/1000  2 updates/s  8 min 0 s left  vhLoss 0.0123  qhLoss 1.5e-07\n",
            ])
    }

    @Test func aTerminalGetsOneLineThatFits() {
        #expect(
            shown(.terminal(columns: 62, color: false), steps: 1) == [
                "\rfisor 1/1000  2 updates/s  8 min 20 s left  vhLoss 0.0123\u{1B}[K", "\n",
            ])
        #expect(
            shown(.terminal(columns: 30, color: true), steps: 1) == [
                "\r\u{1B}[1mfisor 1/1000\u{1B}[0m  2 updates/s  8 \u{1B}[K", "\n",
            ])
    }

    @Test func whatHappenedStaysAsALineOfItsOwn() {
        for (style, expected) in [
            (StatusLine.Style.lines, ["evaluation 7/9  return_mean 3.5  cost_mean nan\n"]),
            (
                .terminal(columns: 80, color: false),
                ["\r\u{1B}[K", "\revaluation 7/9  return_mean 3.5  cost_mean nan\u{1B}[K\n"]
            ), (.quiet, []),
        ] {
            var texts: [String] = []
            var time = 0.0
            var line = StatusLine(style, write: { texts.append($0) }, now: { time }, step: 0, total: 9)
            time = 11
            line.update(step: 5, stage: "fisor", metrics: [])
            texts = []
            line.clear()
            line.note(
                step: 7, stage: "evaluation", metrics: [("return_mean", 3.5), ("cost_mean", .nan)], taking: 3)
            line.end()
            #expect(texts == expected)
        }
    }

    /// Five updates in a second, and a hundred seconds that are not theirs.
    @Test func theRateIsThatOfTraining() {
        var texts: [String] = []
        var time = 0.0
        var line = StatusLine(.lines, write: { texts.append($0) }, now: { time }, step: 0, total: 100)
        time = 100
        line.note(step: 1, stage: "evaluation", metrics: [], taking: 100)
        time = 110
        line.update(step: 50, stage: "fisor", metrics: [])
        #expect(texts == ["evaluation 1/100\n", "fisor 50/100  5 updates/s  10 s left\n"])
    }

    @Test func quietIsQuiet() { #expect(shown(.quiet, steps: 100).isEmpty) }

    @Test(arguments: [
        (0.4, "0 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7325, "2 h 2 min"), (1e300, "long"),
    ])
    func timeLeftHasTwoUnits(seconds: Double, text: String) { #expect(StatusLine.duration(seconds) == text) }
}
