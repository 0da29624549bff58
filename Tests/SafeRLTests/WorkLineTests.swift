import SafeRL
import Testing

@Suite struct WorkLineTests {
    /// Shows work of so many half seconds.
    private func shown(_ style: StatusLine.Style, halves: Int) -> [String] {
        final class World {
            var time = 0.0
            var texts: [String] = []
        }
        let world = World()
        let line = WorkLine(style, write: { world.texts.append($0) }, now: { world.time })
        for half in 1...halves {
            world.time += 0.5
            line.show("task: \(half) steps")
        }
        line.end()
        return world.texts
    }

    @Test func aFileGetsALineEveryTenSeconds() {
        #expect(shown(.lines, halves: 45) == ["task: 20 steps (10 s)\n", "task: 40 steps (20 s)\n"])
    }

    @Test func aTerminalGetsOneLineThatFitsAndGoes() {
        #expect(
            shown(.terminal(columns: 14, color: false), halves: 3)
                == ["\rtask: 2 steps\u{1B}[K", "\rtask: 3 steps\u{1B}[K", "\r\u{1B}[K"])
    }

    @Test func workThatEndsSoonAndQuietWorkShowNothing() {
        #expect(shown(.lines, halves: 19).isEmpty)
        #expect(shown(.terminal(columns: 80, color: false), halves: 1).isEmpty)
        #expect(shown(.quiet, halves: 100).isEmpty)
    }
}
