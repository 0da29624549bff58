import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl guard model-error`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ModelErrorCommandTests {
    /// A place and a speed; x + 0.5 v is what is recorded, but for errors that are known.
    private static func rules(within place: Double) -> String {
        """
        rules 1
        signal x = observation[0]
        signal v = observation[1]
        signal a = action[0]
        signal next_x = next[0]
        signal next_v = next[1]
        model next_x = x + 0.5 * v within \(place)
        model next_v = v + a within 0
        rule wall: x < 9
        rule slow: next_v < 9

        """
    }

    /// Episodes of three steps; in the second step of episode k the place is off by k / 64.
    private static func table(episodes: Int, hasNext: Bool) -> String {
        var text = "episode,observation_0,observation_1,action_0,reward,cost,timeout"
        text += hasNext ? ",next_observation_0,next_observation_1\n" : "\n"
        for episode in 0..<episodes {
            var x = 0.0
            for step in 0..<3 {
                let next = x + 0.5 + (step == 1 ? Double(episode + 1) / 64 : 0)
                text += "\(episode),\(x),1,0,0,0,\(step == 2 ? 1 : 0)" + (hasNext ? ",\(next),1\n" : "\n")
                x = next
            }
        }
        return text
    }

    private func run(
        within place: Double, episodes: Int = 9, hasNext: Bool = true, _ more: [String] = []
    ) throws -> CommandProcess.Result {
        let files = [
            "a.rules": Self.rules(within: place), "a.csv": Self.table(episodes: episodes, hasNext: hasNext),
        ]
        return try CommandFolder(files.mapValues { Array($0.utf8) }).run(
            ["guard", "model-error", "a.rules", "a.csv"] + more)
    }

    @Test func largestErrorsAndTheBoundOfAFurtherEpisode() throws {
        let result = try run(within: 0.25, ["--model-alpha", "0.25", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONValue(parsing: Array(result.output.utf8))
        #expect(report["rows"]?.number?.int == 27 && report["episodes"]?.number?.int == 9)
        let models = try #require(report["models"]?.elements)
        #expect(models.map { $0["signal"]?.string } == ["next_x", "next_v"])
        #expect(models[0]["largest"]?.number?.double == 9.0 / 64 && models[0]["row"]?.number?.int == 25)
        // ⌈10 · 0.75⌉ is 8: the eighth of nine.
        #expect(models[0]["bound"]?.number?.double == 8.0 / 64)
        #expect(models[1]["largest"]?.number?.double == 0 && models[1]["bound"]?.number?.double == 0)
    }

    @Test func aModelThatStatesLessEndsWithThree() throws {
        let small = try run(within: 0.125)
        #expect(small.status == 3 && small.errors == "")
        #expect(
            small.output.contains(
                "model next_x  within 0.125: largest error 0.140625 (row 25), which is more. Write at least that"
            ))
        #expect(try run(within: 9.0 / 64).status == 0)
    }

    @Test func fewEpisodesSayNothingOfAFurtherOne() throws {
        let result = try run(within: 1, ["--json"])
        let report = try JSONValue(parsing: Array(result.output.utf8))
        #expect(report["episodes_needed"]?.number?.int == 19)
        #expect(report["models"]?.elements?[0]["bound"]?.number == nil)
        #expect(try run(within: 1).output.contains("that needs 19 episodes"))
    }

    @Test func theLastRowsOfDataWithoutNextObservationsAreLeftOut() throws {
        let result = try run(within: 1, hasNext: false, ["--json", "--model-alpha", "0.5"])
        let report = try JSONValue(parsing: Array(result.output.utf8))
        #expect(report["rows"]?.number?.int == 18)
        #expect(report["models"]?.elements?[0]["largest"]?.number?.double == 9.0 / 64)
        #expect(report["models"]?.elements?[0]["bound"]?.number?.double == 5.0 / 64)
    }

    @Test func filesOfOtherFormatsAreRead() throws {
        let folder = try CommandFolder(
            [
                "a.rules": Self.rules(within: 1), "a.csv": Self.table(episodes: 3, hasNext: true),
            ].mapValues { Array($0.utf8) })
        #expect(try folder.run(["data", "convert", "a.csv", "a.hdf5"]).status == 0)
        let wanted = try folder.run(["guard", "model-error", "a.rules", "a.csv"]).output
        let found = try folder.run(["guard", "model-error", "a.rules", "a.hdf5"]).output
        #expect(found == wanted.replacing("a.csv", with: "a.hdf5"))
    }
}
