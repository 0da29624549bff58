import Foundation
import GymnasiumEnvironments
import SafeRL
import Testing

/// Videos whose pictures come from a worker.
@Suite(.enabled(if: Fakes.isPythonHere)) struct WorkerVideoTests {
    /// Drifts with noise from each row's own stream.
    private struct Drift: Policy {
        let observationSize = 2
        let actionSize = 2

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for index in 0..<2 * streams.count { actions[index] = streams[index / 2].nextUniform(in: -1..<1) }
        }
    }

    private static func evaluation(_ name: String) throws -> Evaluation {
        try Evaluator(episodes: 5, seed: 8).run(
            Drift(), in: Fakes.make(name, slots: 3, workers: 2), keeping: 2)
    }

    private func place() -> String {
        FileManager.default.temporaryDirectory.appending(path: "video-\(UUID().uuidString).gif").path
    }

    @Test func theTasksOwnRateIsKnown() throws {
        #expect(try Fakes.make("Filmed").frameRate == 12)
        #expect(try Fakes.make("Walk").frameRate == nil)
    }

    /// Also where every step draws from Python's own generator.
    @Test(arguments: ["Walk", "Filmed", "Global", "FourValues"])
    func anEvaluatedEpisodeIsPlayedAgainInAWorkerOfItsOwn(_ name: String) throws {
        let evaluation = try Self.evaluation(name)
        let environment = try Fakes.make(name, draws: true)
        for index in 0..<2 {
            var replay = EpisodeReplay(in: environment, of: evaluation, index)
            var cost = 0.0
            for step in 0...replay.record.length {
                let shown = try replay.play(step)
                // The fakes paint their age.
                #expect(shown.picture.pixels[0] == UInt8(step))
                cost += shown.cost
            }
            #expect(cost == replay.record.totalCost)
        }
    }

    @Test func aVideoIsMadeOfTheWorkersPictures() throws {
        let path = place()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let evaluation = try Self.evaluation("Filmed")
        let video = try EpisodeVideo(to: path, .gif, of: Fakes.make("Filmed", draws: true))
        #expect(video.rate == 12)
        #expect(
            try video.record(evaluation, first: 2)
                == evaluation.episodes[..<2].reduce(0) { $0 + $1.length + 1 })
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).starts(with: Data("GIF89a".utf8)))
    }

    @Test func anEpisodeThatDrawingChangesIsNotShown() throws {
        let path = place()
        let video = try EpisodeVideo(to: path, .gif, of: Fakes.make("Disturbed", draws: true))
        #expect(throws: VideoError.otherCourse(environment: "python:fakes:Disturbed", episode: 0, step: 1)) {
            try video.record(Self.evaluation("Disturbed"))
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: ["Blind", "Filmed"]) func whatDrawsNothingIsRefusedAtOnce(_ name: String) throws {
        let error = #expect(throws: WorkerError.self) {
            // Filmed draws only if it was made for that.
            try EpisodeVideo(to: place(), .gif, of: Fakes.make(name, draws: name != "Filmed"))
        }
        #expect(error?.description == "python:fakes:\(name): it draws no pictures.")
        #expect(error?.cause == .unsupported)
    }
}
