import MuJoCoEnvironments
import SafeRL

/// What `saferl evaluate --video` does beside the evaluation.
struct FilmWork {
    let path: String
    let format: VideoFormat
    /// How many of the first episodes are shown.
    let episodes: Int
    /// Frames a second; nothing for the task's own.
    let rate: Int?

    /// Finds out whether the video can be made, before anything is evaluated.
    ///
    /// - Parameters:
    ///   - evaluated: how many episodes there will be.
    ///   - named: where they take place; made once more, to draw.
    /// - Returns: what records the episodes.
    /// - Throws: `VideoError`, `FilmError`, `StorageError`, and what the environment throws.
    func prepare(evaluated: Int, in named: NamedEnvironment) throws -> EpisodeVideo {
        guard episodes <= evaluated else {
            throw VideoError.tooManyEpisodes(episodes, evaluated: evaluated)
        }
        let place = try named.make(EnvironmentRequest(slots: 1, workers: 1, drawsFrames: true))
        return try EpisodeVideo(to: path, format, of: place, rate: rate, orElse: named.drawnElsewhere)
    }

    /// Makes it.
    ///
    /// - Returns: a line about it.
    /// - Throws: `VideoError`, `FilmError`, `StorageError`, and what the environment throws.
    func record(_ evaluation: Evaluation, as video: EpisodeVideo) throws -> String {
        let frames = try video.record(evaluation, first: episodes)
        let shown = episodes == 1 ? "episode 0" : "episodes 0 to \(episodes - 1)"
        return aligned([("Video", "\(path): \(shown), \(frames) frames, \(video.rate) a second")])
    }
}

extension NamedEnvironment {
    /// The simulator's own environment of a task that is simulated natively, without pictures.
    var drawnElsewhere: String? {
        (try? VelocityTask(named: name)).map { "gymnasium:" + $0.rawValue }
    }
}
